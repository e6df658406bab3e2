import re
import sys
import tarfile
from pathlib import Path

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError

from datnet_allennlp import Tagger

ROOT = Path(__file__).parents[2]
DEV = ROOT / "fixtures" / "target" / "dev.conll"
# Trained long enough to find entities.
GOLDEN = ROOT / "fixtures" / "golden" / "model.tar.gz"


@pytest.fixture
def calibrate(monkeypatch):
    def calibrate(*arguments: object) -> None:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["allennlp", "calibrate", *map(str, arguments)])
        main(prog="allennlp")

    return calibrate


@pytest.mark.long
def test_the_archive_keeps_the_temperature(calibrate, tmp_path, capsys) -> None:
    target = tmp_path / "new.tar.gz"
    calibrate(GOLDEN, DEV, "-o", target, "--picture", tmp_path / "reliability.png")
    line = capsys.readouterr().out.splitlines()[-1]
    found = re.fullmatch(
        r"target: temperature ([\d.]+) from \d+ entities in \d+ sentences; calibration error "
        r"[\d.]+ % before, [\d.]+ % after; log loss an entity ([\d.]+) before, ([\d.]+) after",
        line,
    )
    assert found and float(found[3]) <= float(found[2])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.tar.gz", "reliability.png"]

    old, new = Tagger.load(GOLDEN), Tagger.load(target)
    assert new.model.temperature["target"] == pytest.approx(float(found[1]), abs=5e-4)
    assert new.model.temperature["source"] == old.model.temperature["target"] == 1.0
    text = "Mia Torres in Dublin"
    assert new(text).tags == old(text).tags
    assert [e.confidence for e in new(text).entities] != [e.confidence for e in old(text).entities]

    def members(path) -> set[str]:
        with tarfile.open(path) as tar:
            return set(tar.getnames())

    assert members(target) == members(GOLDEN)
    # Once more, over itself.
    calibrate(target, DEV, "-o", target)
    again = Tagger.load(target).model.temperature["target"]
    assert again == pytest.approx(new.model.temperature["target"], rel=1e-3)


def test_what_is_wrong_is_told(calibrate, tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="none: found no such file, expected the archive"):
        calibrate(tmp_path / "none", DEV, "-o", tmp_path / "new.tar.gz")
    with pytest.raises(ConfigurationError, match="found no folder '.*no', expected one"):
        calibrate(GOLDEN, DEV, "-o", tmp_path / "no" / "new.tar.gz")
    with pytest.raises(ConfigurationError, match="none.conll: found no such file"):
        calibrate(GOLDEN, tmp_path / "none.conll", "-o", tmp_path / "new.tar.gz")
    (tmp_path / "outside.conll").write_text("Halden O\nUnited O\n\nDublin O\n")
    with pytest.raises(ConfigurationError, match="outside.conll: found .* 0 of them right, expect"):
        calibrate(GOLDEN, tmp_path / "outside.conll", "-o", tmp_path / "new.tar.gz")
    (tmp_path / "outside.conll").unlink()
    assert list(tmp_path.iterdir()) == []
