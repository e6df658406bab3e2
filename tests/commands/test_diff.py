"""AllenNLP's `diff` on archives of this project."""

import sys

import pytest
import torch
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError


@pytest.fixture
def diff(monkeypatch, capsys):
    def diff(*places) -> str:
        monkeypatch.setattr(sys, "argv", ["allennlp", "diff", *map(str, places)])
        main(prog="allennlp")
        return capsys.readouterr().out

    return diff


def test_an_archive_differs_from_another_in_what_was_changed(diff, archive, tmp_path) -> None:
    run = archive.parent
    assert "distance" not in diff(archive, run)
    state = torch.load(run / "best.th")
    name = next(name for name, tensor in state.items() if tensor.is_floating_point())
    mask = next(name for name, tensor in state.items() if tensor.dtype == torch.bool)
    state[name] = state[name] + 1.0
    state[mask] = ~state[mask]
    torch.save(state, tmp_path / "changed.th")
    changed = [
        line for line in diff(archive, tmp_path / "changed.th").splitlines() if "dist" in line
    ]
    assert len(changed) == 2 and all("distance = 1.0000" in line for line in changed)
    assert any(f"!{name}, " in line for line in changed)


@pytest.mark.parametrize("name", ["none.tar.gz", "none.th"])
def test_an_archive_that_is_not_there(name, diff, archive) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}: found no such file, expected"):
        diff(archive, name)


def test_a_file_of_something_else(diff, archive, tmp_path) -> None:
    (tmp_path / "a.th").write_text("a letter")
    with pytest.raises(ConfigurationError, match="a.th: found no zip of tensors"):
        diff(archive, tmp_path / "a.th")
    torch.save({"a": torch.nn.Linear(1, 1)}, tmp_path / "a.th")
    with pytest.raises(ConfigurationError, match="a.th: found no tensors"):
        diff(archive, tmp_path / "a.th")
