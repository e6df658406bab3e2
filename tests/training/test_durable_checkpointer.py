import json
import logging
import re
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.training import DurableCheckpointer


@pytest.fixture
def config(small_config):
    config = small_config("base")
    config["trainer"].update(validation_metric="-loss")  # the best epoch is the last
    return config


def results(built, metrics):
    return (
        {k: v for k, v in metrics.items() if not re.search("duration|memory", k)},
        {k: v.tolist() for k, v in built.model.state_dict().items()},
        {k: v.tolist() for k, v in torch.load(Path(built.serialization_dir) / "best.th").items()},
    )


DAMAGES = {
    "an empty model": ("model_state_e2_b0.th", 0.0),
    "most of a model": ("model_state_e2_b0.th", 0.999),
    "an empty training state": ("training_state_e2_b0.th", 0.0),
    "most of a training state": ("training_state_e2_b0.th", 0.999),
    "no training state": ("training_state_e2_b0.th", None),
    "no model": ("model_state_e2_b0.th", None),
    "half of the best weights": ("best_e1.th", 0.5),
}


@pytest.mark.long
@pytest.mark.parametrize("damage", DAMAGES)
def test_goes_on_from_the_newest_whole_pair(damage, config, build, caplog) -> None:
    config["trainer"]["num_epochs"] = 3
    whole = build(config)
    expected = results(whole, whole.run())

    config["trainer"]["num_epochs"] = 2
    stopped = build(config, "stopped")
    assert stopped.run()["best_epoch"] == 1  # so that the best weights have to go back as well
    name, part = DAMAGES[damage]
    path = Path(stopped.serialization_dir) / name
    if part is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])

    config["trainer"]["num_epochs"] = 3
    recovered = build(config, "stopped")
    with caplog.at_level(logging.INFO, "datnet_allennlp"):
        assert results(recovered, recovered.run()) == expected
    assert "Going on after 1 epochs and 0 batches" in caplog.text
    if name.startswith("model") or name.startswith("best"):
        kind = "missing" if part is None else "damaged"
        assert (f"{path}: found a file that is {kind}" in caplog.text) == (part is not None)


def test_starts_anew_where_no_pair_is_whole(config, build) -> None:
    config["trainer"]["num_epochs"] = 1
    built = build(config, "run")
    expected = results(built, built.run())
    folder = Path(built.serialization_dir)
    (folder / "training_state_e1_b0.th").write_bytes(b"")
    (folder / ".model_state_e2_b0.th.unfinished").write_bytes(b"half")
    again = build(config, "run")
    assert results(again, again.run()) == expected
    assert not list(folder.glob(".*.unfinished"))


@pytest.mark.parametrize("metric", ["+loss", "+f1-measure-overall"])
def test_keeps_the_best_weights_of_each_checkpoint_that_it_keeps(metric, config, build) -> None:
    config["trainer"].update(num_epochs=5, validation_metric=metric)
    built = build(config)
    built.run()
    folder = Path(built.serialization_dir)
    best = {}
    for epoch in range(5):
        metrics = json.loads((folder / f"metrics_epoch_{epoch}.json").read_text())
        best[epoch + 1] = metrics["best_epoch"]
    kept = {int(re.findall(r"\d+", path.name)[0]) for path in folder.glob("model_state*")}
    assert kept == {4, 5}
    names = {path.name for path in folder.glob("best_e*.th")}
    assert names == {f"best_e{best[epochs]}.th" for epochs in kept}


def test_saves_where_a_run_that_was_not_stopped_would(config, build) -> None:
    config["trainer"]["checkpointer"] = {
        "type": "durable",
        "save_every_num_batches": 2,
        "save_completed_epochs": False,
        "keep_most_recent_by_count": None,
    }
    config["data_loader"]["batch_sampler"]["batch_size"] = 6  # 7 batches
    config["trainer"]["num_epochs"] = 1
    whole = build(config, "run")
    whole.run()
    folder = Path(whole.serialization_dir)
    names = {path.name for path in folder.glob("model_state*")}
    assert names == {f"model_state_e0_b{batches}.th" for batches in (2, 4, 6)}
    for batches in (4, 6):
        for path in folder.glob(f"*_e0_b{batches}.th"):
            path.unlink()
    build(config, "run").run()
    assert {path.name for path in folder.glob("model_state*")} == names


def test_any_name_of_the_folder(config, build) -> None:
    config["trainer"]["checkpointer"] = {"type": "durable", "keep_most_recent_by_count": 1}
    config["trainer"]["num_epochs"] = 1
    build(config, "run [a]").run()
    config["trainer"]["num_epochs"] = 2
    built = build(config, "run [a]")
    built.run()
    assert [path.name for path in Path(built.serialization_dir).glob("model_state*")] == [
        "model_state_e2_b0.th"
    ]


def test_removes_no_other_checkpoint(tmp_path) -> None:
    for name in ("model_state", "training_state"):
        for batches in (5, 50):
            (tmp_path / f"{name}_e1_b{batches}.th").touch()
    checkpointer = DurableCheckpointer(str(tmp_path))
    checkpointer._remove_checkpoint(1, 5)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["model_state_e1_b50.th", "training_state_e1_b50.th"]


def test_refuses_a_model_in_shards(tmp_path) -> None:
    checkpointer = DurableCheckpointer(tmp_path)
    checkpointer.state_is_sharded = True
    with pytest.raises(ConfigurationError, match="found 'durable' with a model that is sharded"):
        checkpointer.load_checkpoint()
