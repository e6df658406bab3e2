"""The plain commands go through the door as well."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from allennlp.commands import evaluate, main, predict, train
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.models import Model, archival
from allennlp.predictors import Predictor, predictor

from datnet_allennlp.archive.install import install

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "fixtures" / "golden" / "model.tar.gz"


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    # What is replaced is put back after the test.
    for module in list(sys.modules.values()):
        for name in ("load_archive", "archive_model"):
            if name in vars(module):
                monkeypatch.setattr(module, name, getattr(module, name))
    install()


@pytest.fixture
def evil(forge, tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return forge(edit=lambda config: config.update(evaluation="subprocess.Popen"))


def refused(match: str = "config.json: evaluation: found 'subprocess.Popen'"):
    return pytest.raises(ConfigurationError, match=match)


def command(monkeypatch, *args: str) -> None:
    monkeypatch.setattr(sys, "argv", ["allennlp", *args])
    main("allennlp")


def test_a_run_without_weights(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigurationError, match="best.th: found no such file, expected it for"):
        train.archive_model(tmp_path)


@pytest.mark.long
def test_evaluate(evil: Path, monkeypatch):
    with refused():
        command(monkeypatch, "evaluate", str(evil), f"{ROOT}/fixtures/target/dev.conll")


def test_predict(evil: Path, monkeypatch):
    with refused():
        command(monkeypatch, "predict", str(evil), f"{ROOT}/fixtures/tweets.jsonl")


def test_fine_tuning(evil: Path):
    with refused():
        Model.from_params(Params({"type": "from_archive", "archive_file": str(evil)}))


def test_predictor_from_path(evil: Path):
    with refused():
        Predictor.from_path(evil)


@pytest.mark.process
def test_the_command_itself(evil: Path, prepared_allennlp):
    done = subprocess.run(
        [*prepared_allennlp, "predict", evil, "fixtures/tweets.jsonl"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith(f"error: {evil}: config.json: evaluation: found 'subprocess.Popen'")
    assert "Traceback" not in done.stderr


def test_everything_that_has_the_function_has_this_one():
    install()  # twice does nothing
    for module in (archival, evaluate, predict, predictor):
        assert module.load_archive.__module__ == "datnet_allennlp.archive.install"


def test_trust_and_limits_by_environment(forge, plain: Path, monkeypatch):
    path = forge({"notes.txt": b"hello"})
    with refused("notes.txt"):
        archival.load_archive(path)
    monkeypatch.setenv("DATNET_TRUST_ARCHIVE", "1")
    archival.load_archive(path)
    monkeypatch.setenv("DATNET_ARCHIVE_LIMITS", "tags=2")
    with refused("limit 'tags'"):
        archival.load_archive(plain)
    monkeypatch.setenv("DATNET_TRUST_ARCHIVE", "yes")
    with refused("DATNET_TRUST_ARCHIVE: found 'yes', expected 0 or 1"):
        archival.load_archive(plain)


@pytest.mark.long
@pytest.mark.parametrize("name", ["evaluate", "predict", "tag", "calibrate"])
def test_the_remedy_that_errors_name_works(name, forge, archive, tmp_path, monkeypatch):
    # Nothing can be calibrated on entities that are all wrong.
    source = GOLDEN if name == "calibrate" else archive
    path = forge({"notes.txt": b"hello"}, source=source)
    texts = "tweets.jsonl" if name in ("predict", "tag") else "target/dev.conll"
    options = ("-o", str(tmp_path / "new.tar.gz")) if name == "calibrate" else ()
    arguments = (name, str(path), f"{ROOT}/fixtures/{texts}", *options)
    monkeypatch.chdir(ROOT)
    with refused("'notes.txt': .*set the environment variable DATNET_TRUST_ARCHIVE=1$"):
        command(monkeypatch, *arguments)
    monkeypatch.setenv("DATNET_TRUST_ARCHIVE", "1")
    command(monkeypatch, *arguments)
    monkeypatch.setenv("DATNET_ARCHIVE_LIMITS", "tags=2")
    with refused("limit 'tags'"):
        command(monkeypatch, *arguments)


def test_training_writes_a_manifest(run: Path, tmp_path: Path):
    path = train.archive_model(run, archive_path=str(tmp_path))
    with tarfile.open(path) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
        names = {member.name for member in archive if member.isreg()}
    assert set(manifest["sha256"]) == {n for n in names if ".lock" not in n} - {"manifest.json"}
    assert set(manifest["versions"]) == {"datnet-allennlp", "allennlp", "torch", "python"}
    (vectors,) = manifest["vectors"]
    assert Path(vectors).name == "en.50d.txt.gz"
    assert len(manifest["vectors"][vectors]) == 64
    archival.load_archive(path)
