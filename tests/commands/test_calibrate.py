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
    # Once more.
    calibrate(target, DEV, "-o", tmp_path / "newer.tar.gz")
    again = Tagger.load(tmp_path / "newer.tar.gz").model.temperature["target"]
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


@pytest.mark.parametrize(
    "options, expected",
    [
        (["-o", "c.zip"], "c.zip: found this name of an archive, expected one that ends in"),
        (["-o", "."], "found this name of an archive, expected one that ends in .tar.gz"),
        (["-o", "folder.tar.gz"], "folder.tar.gz: found a folder, expected a file to write"),
        (["-o", "model.tar.gz"], "model.tar.gz: found the input, expected another file to write"),
        (["-o", "link.tar.gz"], "link.tar.gz: found the input, expected another file to write"),
        (["-o", "dev.tar.gz"], "dev.tar.gz: found the input, expected another file to write"),
        (["-o", "c.tar.gz", "--picture", "dev.tar.gz"], "dev.tar.gz: found the input, expected"),
        (["-o", "c.tar.gz", "--picture", "no/c.png"], "found no folder '.*no', expected one"),
        (["-o", "c.tar.gz", "--picture", "c.txt"], "c.txt: found the suffix 'txt', expected one"),
    ],
)
def test_outputs_that_would_be_a_loss(calibrate, tmp_path, options, expected) -> None:
    (tmp_path / "folder.tar.gz").mkdir()
    for path in ("model.tar.gz", "dev.tar.gz"):
        (tmp_path / path).write_text("as it was")
    (tmp_path / "link.tar.gz").symlink_to(tmp_path / "model.tar.gz")
    before = sorted(tmp_path.iterdir())
    outputs = [each if each.startswith("-") else tmp_path / each for each in options]
    with pytest.raises(ConfigurationError, match=expected):
        calibrate(tmp_path / "model.tar.gz", tmp_path / "dev.tar.gz", *outputs)
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "model.tar.gz").read_text() == "as it was"
