"""Good archives load, from wherever they come."""

import logging
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.archive import Limits, load

# AllenNLP's own; the plugin has put ours in its place.
PLAIN_LOAD = sys.modules["datnet_allennlp.archive.install"]._PLAIN


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    ours, theirs = one.state_dict(), other.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)


def unpack_by_hand(archive: Path, folder: Path) -> None:
    folder.mkdir()
    subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)


def test_loads_what_allennlp_loads(plain: Path, run: Path, with_manifest: Path, tmp_path: Path):
    expected = PLAIN_LOAD(plain)
    unpack_by_hand(with_manifest, tmp_path / "unpacked")
    for path in (plain, run, with_manifest, tmp_path / "unpacked"):
        found = load(path)
        assert same_weights(found.model, expected.model)
        assert found.config.as_dict(quiet=True) == expected.config.as_dict(quiet=True)
        assert type(found.dataset_reader) is type(expected.dataset_reader)
        assert found.meta == expected.meta


def test_overrides_and_other_weights(plain: Path, run: Path):
    archive = load(plain, overrides={"model.dropout": 0.25}, weights_file=run / "best.th")
    assert archive.config["model"]["dropout"] == 0.25


def test_repacked_by_hand(forge, plain: Path, tmp_path: Path):
    unpack_by_hand(plain, tmp_path / "unpacked")
    with tarfile.open(tmp_path / "again.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "unpacked", arcname=".")
    load(tmp_path / "again.tar.gz")


@pytest.mark.parametrize("name", ["nowhere.tar.gz", "model.tar.gz!config.json"])
def test_no_such_archive(name: str, tmp_path: Path):
    with pytest.raises(ConfigurationError, match=rf"{name}: found .*, expected"):
        load(tmp_path / name)


def test_packages_are_imported(plain: Path, tmp_path: Path, monkeypatch, forge):
    (tmp_path / "named_by_the_user.py").write_text(
        "from allennlp.data import Tokenizer\n"
        "from allennlp.data.tokenizers import WhitespaceTokenizer\n"
        "Tokenizer.register('of_the_user')(WhitespaceTokenizer)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def edit(config: dict) -> None:
        config["dataset_reader"]["readers"]["target"]["tokenizer"] = "of_the_user"

    path = forge(edit=edit)
    with pytest.raises(ConfigurationError, match="of_the_user"):
        load(path)
    load(path, packages=["named_by_the_user"])


def test_trust_opens_names_and_files(forge):
    def edit(config: dict) -> None:
        readers = config["dataset_reader"]["readers"]
        readers["target"]["tokenizer"] = "allennlp.data.tokenizers.WhitespaceTokenizer"

    path = forge({"notes.txt": b"hello"}, edit)
    with pytest.raises(ConfigurationError, match="notes.txt"):
        load(path)
    load(path, trust=True)


def test_limits_are_options(plain: Path):
    for name in ("members", "total_bytes", "config_bytes", "vocabulary_bytes", "words", "tags"):
        with pytest.raises(ConfigurationError, match=f"expected at most .*'{name}'"):
            load(plain, limits=Limits(**{name: 2}))


def test_limits_from_the_environment(monkeypatch):
    monkeypatch.setenv("DATNET_ARCHIVE_LIMITS", "tags=20,words=7")
    assert Limits.from_environment() == Limits(tags=20, words=7)
    for wrong in ("tags", "tags=many", "cows=3", "tags=-1"):
        monkeypatch.setenv("DATNET_ARCHIVE_LIMITS", wrong)
        with pytest.raises(ConfigurationError, match=f"found '{wrong}'"):
            Limits.from_environment()


def test_other_versions_are_named_in_one_line(with_manifest: Path, forge, caplog):
    with tarfile.open(with_manifest) as archive:
        manifest = archive.extractfile("manifest.json").read()
    with caplog.at_level(logging.WARNING):
        load(with_manifest)
    assert "other versions" not in caplog.text
    caplog.clear()
    changed = manifest.replace(b'"torch": "2', b'"torch": "1')
    with caplog.at_level(logging.WARNING):
        load(forge({"manifest.json": changed}, source=with_manifest))
    lines = [m for m in caplog.messages if "other versions" in m]
    assert len(lines) == 1
    torch_version = torch.__version__.partition("+")[0]
    assert f"torch 1{torch_version[1:]} (here {torch_version})" in lines[0]
    assert "allennlp" not in lines[0].partition("versions:")[2]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there(plain: Path):
    with pytest.raises(ConfigurationError, match="^cuda_device: found 0, expected -1 for the CPU"):
        load(plain, cuda_device=0)
