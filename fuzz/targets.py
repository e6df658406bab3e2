"""
What is fuzzed. A target takes any bytes and raises `AssertionError` for a wrong result. Errors that
are documented are caught; any other is a finding.
"""

import gzip
import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.archive import Limits, load
from datnet_allennlp.archive.unpacking import unpack
from datnet_allennlp.data.column_file import read_column_file
from datnet_allennlp.data.tag_coding import (
    ForbiddenTag,
    read_spans,
    read_spans_leniently,
    write_tags,
)
from datnet_allennlp.data.vector_file import read_vector_file
from datnet_allennlp.tagging.files import FileOptions, tag_file
from fuzz.exports import export_files, export_lines, export_settings
from fuzz.golden import golden_folder, golden_tagger, with_another_value
from fuzz.page import page_bodies, page_requests, page_values
from fuzz.training import training_values

_CODINGS = ("IOB1", "IOB2", "IOBES", "BIOUL", "BMES")


def columns(data: bytes) -> None:
    """A file of columns; the first byte says which ones."""
    tag_column = (None, -1, 1, 2)[data[0] % 4]
    with _file("in.conll.gz" if data[0] & 4 else "in.conll", data[1:]) as path:
        sentences = list(read_column_file(str(path), 0, tag_column))
        assert sentences
        for sentence in sentences:
            assert sentence.tokens and all(sentence.tokens)
            assert len(sentence.tags) == (0 if tag_column is None else len(sentence.tokens))


def vectors(data: bytes) -> None:
    """A file of word vectors; the first byte says of which kind."""
    names = ("v.txt", "v.bin", "v.txt.gz", "v.txt.xz", "v.txt.zip", "v.bin.gz")
    with _file(names[data[0] % len(names)], data[1:]) as path:
        table = read_vector_file(str(path))
        assert len(table.words) == len(set(table.words)) == len(table.vectors) > 0
        assert table.vectors.dtype == numpy.float32 and numpy.isfinite(table.vectors).all()
        assert table.vectors.shape[1] > 0


def codings(data: bytes) -> None:
    """Tags, apart by blanks; the first byte says of which coding."""
    coding = _CODINGS[data[0] % len(_CODINGS)]
    tags = data[1:].decode(errors="replace").split(" ")
    lenient = read_spans_leniently(tags)
    with suppress(ForbiddenTag):
        spans = read_spans(tags, coding)
        assert spans == lenient
        assert read_spans(write_tags(spans, len(tags), coding), coding) == spans


def configuration(data: bytes) -> None:
    """
    The configuration of an archive in which a value is another: the first two bytes say which one,
    the rest is JSON.
    """
    with suppress(ValueError, RecursionError):
        with tempfile.TemporaryDirectory() as name:
            folder = shutil.copytree(golden_folder(), Path(name) / "archive")
            config = json.loads((folder / "config.json").read_text())
            (folder / "config.json").write_text(json.dumps(with_another_value(config, data)))
            _load(folder)


def configuration_bytes(data: bytes) -> None:
    """`config.json` itself."""
    _load_with("config.json", data)


def weights(data: bytes) -> None:
    """`weights.th`"""
    _load_with("weights.th", data)


def vocabulary(data: bytes) -> None:
    """A file of the vocabulary; the first byte says which one."""
    files = sorted(path.name for path in (golden_folder() / "vocabulary").glob("[!.]*"))
    _load_with(f"vocabulary/{files[data[0] % len(files)]}", data[1:])


def archives(data: bytes) -> None:
    """A tar."""
    with _file("model.tar.gz", gzip.compress(data, 1)) as path:
        inside = path.parent / "inside"
        inside.mkdir()
        with suppress(ConfigurationError):
            unpack(path, inside, Limits(), trust=bool(len(data) % 2))
        assert {each.name for each in path.parent.iterdir()} == {"inside", "model.tar.gz"}
        assert not any(each.is_symlink() for each in inside.rglob("*"))


def json_lines(data: bytes) -> None:
    _tag("in.jsonl", data)


def text(data: bytes) -> None:
    _tag("in.txt", data)


def tables(data: bytes) -> None:
    _tag("in.csv", data)


def conll(data: bytes) -> None:
    _tag("in.conll", data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        *(columns, vectors, codings, archives, json_lines, text, tables, conll),
        *(configuration, configuration_bytes, weights, vocabulary),
        *(export_files, export_settings, export_lines),
        *(page_bodies, page_values, page_requests),
        training_values,
    )
}
# Each input of these loads an archive or an export, or builds what is trained, which takes some
# hundredths of a second.
SLOW = (
    *("configuration", "configuration_bytes", "weights", "vocabulary"),
    *("export_files", "export_settings", "training_values"),
)


def run(name: str, data: bytes) -> None:
    """Gives the bytes to a target, which is to take them whatever they are."""
    TARGETS[name](data or b"\0")


class _file:
    """
    A file with these contents in a folder of its own. Inside, a `ConfigurationError` is fine if it
    is a sentence that names the file.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / name
        self._path.write_bytes(data)

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        self._folder.cleanup()
        if isinstance(error, ConfigurationError):
            assert str(self._path) in str(error), error
        return isinstance(error, ConfigurationError)


def _load(folder: Path) -> None:
    with suppress(ConfigurationError):
        assert load(folder).model is not None


def _load_with(member: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(golden_folder(), Path(name) / "archive")
        (folder / member).write_bytes(data)
        _load(folder)


def _tag(name: str, data: bytes) -> None:
    shown: list[dict] = []
    with _file(name, data) as path:
        target = path.parent / "out.jsonl"
        try:
            tag_file(golden_tagger(), str(path), str(target), FileOptions())
        finally:
            if target.exists():
                shown = [json.loads(line) for line in target.read_text().splitlines()]
    for record in shown:
        assert len(record["tokens"]) == len(record["tags"])
        for entity in record["entities"]:
            assert record["text"][entity["start"] : entity["end"]] == entity["text"]
            assert 0 <= entity["confidence"] <= 1
