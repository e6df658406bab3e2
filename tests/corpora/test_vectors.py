import gzip
import hashlib
import os

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.vectors import missing_vectors, take_vectors


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    lines = [f"{'0' * 64}  README.md"]
    for name in ("en.50d.txt.gz", "nl.50d.txt.gz"):
        (folder / name).write_bytes(gzip.compress(f"1 2\n{name[:2]} 0.5 -1\n".encode()))
        lines.append(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}")
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("copy", [False, True])
def test_all_are_taken(source, tmp_path, copy):
    target = tmp_path / "data" / "embeddings"
    assert take_vectors(source, target, copy) == ["en.50d.txt.gz", "nl.50d.txt.gz"]
    assert sorted(os.listdir(target)) == ["en.50d.txt.gz", "nl.50d.txt.gz"]
    for path in target.iterdir():
        assert path.is_symlink() is not copy
        assert gzip.decompress(path.read_bytes()).startswith(b"1 2\n")


def damage(source):
    (source / "nl.50d.txt.gz").write_bytes(b"damaged")


def drop(source):
    (source / "nl.50d.txt.gz").unlink()


def add(source):
    (source / "xx.50d.txt.gz").write_bytes(b"unlisted")


def escape(source):
    with open(source / "SHA256SUMS", "a") as listing:
        listing.write(f"{'0' * 64}  ../up.txt.gz\n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (damage, r"nl\.50d\.txt\.gz: found SHA-256"),
        (drop, r"nl\.50d\.txt\.gz: no such file"),
        (add, r"no sum for xx\.50d\.txt\.gz"),
        (escape, r"expected a name without folders"),
    ],
)
def test_a_fault_replaces_nothing(source, tmp_path, change, message):
    change(source)
    target = tmp_path / "embeddings"
    target.mkdir()
    (target / "en.50d.txt.gz").write_bytes(b"old")
    with pytest.raises(ConfigurationError, match=message):
        take_vectors(source, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {"en.50d.txt.gz": b"old"}


def test_folder_without_vectors(tmp_path):
    (tmp_path / "SHA256SUMS").write_text("")
    with pytest.raises(ConfigurationError, match=r"found no \*\.txt\.gz"):
        take_vectors(tmp_path, tmp_path / "embeddings")


def test_missing_vectors_are_named(tmp_path):
    (tmp_path / "es.50d.txt.gz").write_bytes(b"")
    notice = missing_vectors(tmp_path)
    assert str(tmp_path / "en.50d.txt.gz") in notice
    assert "es.50d.txt.gz" not in notice
    assert "word2vec text format" in notice
    for name in ("en.50d.txt.gz", "nl.50d.txt.gz"):
        (tmp_path / name).write_bytes(b"")
    assert missing_vectors(tmp_path) == ""
