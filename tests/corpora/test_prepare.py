import dataclasses
import os

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.prepare import prepare_corpus


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.fixture
def expected(prepared):
    return {f"{name}.conll": text for name, text in prepared.items()}


@pytest.fixture
def source(tmp_path, expected):
    folder = tmp_path / "source"
    folder.mkdir()
    for name, text in expected.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def own(tmp_path, originals):
    folder = tmp_path / "own"
    folder.mkdir()
    for name, text in originals.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def target(tmp_path):
    """A corpus folder that holds an old file."""
    folder = tmp_path / "data" / "invented"
    folder.mkdir(parents=True)
    (folder / "train.conll").write_text("old\tO\n\n")
    return folder


OLD = {"train.conll": "old\tO\n\n"}


@pytest.mark.parametrize("copy", [False, True])
def test_from_a_folder(corpus, source, target, expected, copy):
    prepare_corpus(corpus, target, source=source, copy=copy)
    assert contents(target) == expected
    assert all(path.is_symlink() is not copy for path in target.iterdir())


def test_from_a_folder_with_a_damaged_file(corpus, source, target):
    (source / "dev.conll").write_text("other\tO\n\n")
    with pytest.raises(ConfigurationError, match=r"dev\.conll: found SHA-256"):
        prepare_corpus(corpus, target, source=source)
    assert contents(target) == OLD


def test_from_a_folder_without_a_file(corpus, source, target):
    (source / "test.conll").unlink()
    with pytest.raises(ConfigurationError, match=r"test\.conll: no such file"):
        prepare_corpus(corpus, target, source=source)
    assert contents(target) == OLD


def test_what_is_in_place_stays(corpus, source, target):
    prepare_corpus(corpus, target, source=source, copy=True)
    before = {path: os.stat(path).st_mtime_ns for path in target.iterdir()}
    assert prepare_corpus(corpus, target, source=source / "missing") == "already in place"
    assert {path: os.stat(path).st_mtime_ns for path in target.iterdir()} == before


def test_a_folder_that_is_linked_to_its_source(corpus, source, tmp_path, expected):
    target = tmp_path / "linked"
    target.symlink_to(source)
    prepare_corpus(corpus, target, source=source)
    prepare_corpus(corpus, target, source=source, copy=True)
    assert contents(source) == expected


def test_from_own_originals(corpus, own, target, expected):
    prepare_corpus(corpus, target, originals=own)
    assert contents(target) == expected


def test_from_other_originals(corpus, own, target):
    (own / "inv.testb").write_text("Oldbay NP I-LOC\nlost VB O\n")
    with pytest.raises(ConfigurationError, match=r"inv\.testb, which is not the published"):
        prepare_corpus(corpus, target, originals=own)
    assert contents(target) == OLD


def test_without_an_original(corpus, own, target):
    (own / "inv.testa").unlink()
    with pytest.raises(ConfigurationError, match=r"inv\.testa: no such file"):
        prepare_corpus(corpus, target, originals=own)
    assert contents(target) == OLD


def test_download(corpus, loopback, target, expected):
    said = []
    prepare_corpus(corpus, target, base_url=loopback.url, announce=said.append)
    assert contents(target) == expected
    assert "For rowers only." in said[0]
    assert "https://example.org/invented" in said[0]


@pytest.mark.parametrize("fault", ["missing", "cut off", "other"])
def test_failed_download(corpus, loopback, target, fault):
    path = f"/{corpus.download_path}/inv.testb"
    body = loopback.bodies.pop(path)
    if fault == "cut off":
        loopback.bodies[path] = body[: len(body) // 2]
        loopback.announced_lengths[path] = len(body)
    elif fault == "other":
        loopback.bodies[path] = body.replace(b"Oldbay", b"Newbay")
    with pytest.raises(ConfigurationError, match="Nothing was replaced"):
        prepare_corpus(corpus, target, base_url=loopback.url)
    assert contents(target) == OLD


def test_no_free_download(corpus, target):
    private = dataclasses.replace(corpus, download_path=None)
    message = r"cannot be downloaded freely.*inv\.train, inv\.testa, inv\.testb.*--invented DIR"
    with pytest.raises(ConfigurationError, match=message):
        prepare_corpus(private, target)
    assert contents(target) == OLD
