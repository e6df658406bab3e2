"""Two processes that have not equally much to do, and one that dies."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params

ROOT = Path(__file__).parents[2]
DIE = '''
"""The second process ends without a word in the second epoch."""

import os
import time
from pathlib import Path

import torch
from allennlp.training.callbacks import TrainerCallback


@TrainerCallback.register("die")
class Die(TrainerCallback):
    def on_batch(self, trainer, inputs, outputs, metrics, epoch, *args, **kwargs):
        if epoch == 1 and torch.distributed.get_rank() == 1:
            (Path(self.serialization_dir) / "died").write_text(str(time.time()))
            os._exit(9)
'''


def two_processes(config: dict, source: int, target: int) -> dict:
    config["data_loader"]["batch_sampler"] = {"type": "resource_bucket", "batch_size": 6}
    config["train_data_path"]["source"]["max_sentences"] = source
    config["train_data_path"]["target"]["max_sentences"] = target
    config["distributed"] = {
        "cuda_devices": [-1, -1],
        "ddp_accelerator": {"type": "torch", "find_unused_parameters": True},
    }
    return config


@pytest.mark.process
@pytest.mark.usefixtures("fork_distributed")
def test_uneven_shards_do_not_hang(small_config, tmp_path) -> None:
    """
    13 and 12 sentences of the source are 3 and 2 batches; one process has a target sentence more.
    """
    run = tmp_path / "run"
    config = two_processes(small_config("datnet_f"), source=25, target=7)
    train_model(Params(config), str(run), include_package=["datnet_allennlp"], return_model=False)
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["epoch"] == 1 and (run / "model.tar.gz").exists()
    assert metrics["training_tag_loss_source"] > 0 and metrics["training_tag_loss_target"] > 0


@pytest.mark.process
def test_a_dead_process_ends_the_other(small_config, prepared_allennlp, tmp_path) -> None:
    (tmp_path / "die.py").write_text(DIE)
    config = two_processes(small_config("datnet_f"), source=25, target=7)
    config["trainer"]["callbacks"].append({"type": "die"})
    (tmp_path / "config.json").write_text(json.dumps(config))
    run = tmp_path / "run"
    done = subprocess.run(
        [
            *(*prepared_allennlp, "train", "config.json", "-s", run),
            *("--include-package", "datnet_allennlp", "--include-package", "die"),
        ],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}:{tmp_path}"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert time.time() - float((run / "died").read_text()) < 60
    assert done.returncode != 0 and not (run / "model.tar.gz").exists()
    assert "exit code 9" in done.stderr
    # No log, and no warning that only AllenNLP could heed.
    assert "epoch 1 of " in done.stdout and "INFO" not in done.stdout
    assert "is not empty" not in done.stdout + done.stderr
