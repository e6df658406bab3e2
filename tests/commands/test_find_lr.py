"""AllenNLP's `find-lr` on configurations of this project."""

import json
import sys

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError


@pytest.fixture
def find_lr(small_config, tmp_path, monkeypatch):
    (tmp_path / "a.json").write_text(json.dumps(small_config("datnet_f")))

    def find_lr(*options: str) -> None:
        arguments = ["find-lr", str(tmp_path / "a.json"), "-s", str(tmp_path / "run"), *options]
        monkeypatch.setattr(sys, "argv", ["allennlp", *arguments])
        main(prog="allennlp")

    return find_lr


@pytest.mark.long
def test_draws_losses(find_lr, tmp_path, capsys) -> None:
    find_lr("--num-batches", "12")
    picture = tmp_path / "run" / "lr-losses.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out == f"Wrote {picture}\n"


@pytest.mark.parametrize(
    "options, message",
    [
        (["--num-batches", "3"], "--num-batches: found 3, expected at least 11"),
        (["--start-lr", "1", "--end-lr", "0.1"], "--start-lr, --end-lr: found 1.0 and 0.1"),
        (["-o", '{"trainer.num_epoch": 3}'], "trainer.num_epoch: found an unknown key"),
        (["-o", '{"distributed": {"cuda_devices": [-1, -1]}}'], "distributed: found processes"),
        (["-o", '{"model.dropout": 1.5}'], "model.dropout: found 1.5, expected 0 or more"),
    ],
)
def test_mistakes(options, message, find_lr) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}"):
        find_lr(*options)
