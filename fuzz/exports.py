"""What is fuzzed of exported folders: any folder is refused, or tags."""

import functools
import hashlib
import json
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.export.folder import export
from datnet_allennlp.standalone.folder import MANIFEST
from datnet_allennlp.standalone.records import parse_line
from datnet_allennlp.standalone.refusal import Refusal
from datnet_allennlp.standalone.tagged_text import TaggedText
from datnet_allennlp.standalone.tagger import SETTINGS, ExportedTagger
from datnet_allennlp.tagging.text_record import TextRecord
from fuzz.golden import golden_tagger, with_another_value

_TEXTS = ("Just saw Mia Torres at Gatwick", "", "@leo_88 Halden United 😍", "x" * 50)


def export_files(data: bytes) -> None:
    """
    A file of the folder; the first byte says which one, and whether the rest is the file or is
    written over a part of it, three bytes saying where. The manifest knows of the change.
    """
    names = [MANIFEST, *sorted(path.name for path in _exported().glob("*.[jno]*"))]
    name = names[data[0] % len(names)]
    with tempfile.TemporaryDirectory() as parent:
        folder = _copy(parent)
        content = bytearray((folder / name).read_bytes())
        if data[0] & 128:
            start = int.from_bytes(data[1:4], "little") % len(content)
            content[start : start + len(data[4:])] = data[4:]
        (folder / name).write_bytes(content if data[0] & 128 else data[1:])
        if name != MANIFEST:
            _agree(folder, name)
        _tag_all(folder)


def export_settings(data: bytes) -> None:
    """Settings in which a value is another: the first two bytes say which one, the rest is JSON."""
    settings = json.loads((_exported() / SETTINGS).read_text())
    with suppress(ValueError, RecursionError):
        text = json.dumps(with_another_value(settings, data))
        with tempfile.TemporaryDirectory() as parent:
            folder = _copy(parent)
            (folder / SETTINGS).write_text(text)
            _agree(folder, SETTINGS)
            _tag_all(folder)


def export_lines(data: bytes) -> None:
    """Lines of JSON, which the export and the archive tag alike."""
    for line in data.decode(errors="replace").split("\n"):
        found: list[TaggedText | None] = []
        try:
            found.append(_tagger()(parse_line(line)))
        except Refusal:
            found.append(None)
        record: TextRecord | None = None
        with suppress(ConfigurationError, Refusal):
            record = golden_tagger().read_record(parse_line(line))
        if record is not None:
            [expected] = golden_tagger().tag([record])
            [tagged] = found
            assert tagged is not None and tagged.tags == expected.tags
            assert tagged.tokens == expected.tokens and tagged.text == expected.text
            pairs = zip(tagged.entities, expected.entities, strict=True)
            assert all(abs(a.confidence - b.confidence) < 1e-3 for a, b in pairs)
        else:
            assert found == [None]


@functools.cache
def _exported() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="datnet-fuzz-")) / "exported"
    export(golden_tagger(), folder)
    return folder


@functools.cache
def _tagger() -> ExportedTagger:
    return ExportedTagger(_exported())


def _copy(parent: str) -> Path:
    return shutil.copytree(_exported(), Path(parent) / "exported")


def _agree(folder: Path, name: str) -> None:
    """Has the manifest say what the file holds."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def _tag_all(folder: Path) -> None:
    with suppress(Refusal):
        tagger = ExportedTagger(folder)
        for text, tagged in zip(_TEXTS, tagger.pipe(_TEXTS), strict=True):
            assert tagged.text == text
            assert len(tagged.tags) == len(tagged.tokens)
            assert all(isinstance(tag, str) for tag in tagged.tags)
            for entity in tagged.entities:
                assert text[entity.start : entity.end] == entity.text
                assert entity.confidence is not None and 0 <= entity.confidence <= 1
