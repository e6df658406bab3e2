"""What the page asks for: to read a file, to tag, to see alternatives, to download."""

import io
import tempfile
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.models import DatnetTagger
from datnet_allennlp.tagging import TaggedText, Tagger
from datnet_allennlp.tagging.formats import INPUTS, OUTPUTS, input_format, output_format
from datnet_allennlp.tagging.formats.format import MissingColumn
from datnet_allennlp.tagging.text_record import TextRecord

MAX_TEXTS = 5_000
# Ranked taggings of longer texts would take seconds.
MAX_RANKED_TOKENS = 500
_RANKED = 4
_SHOWN_ERRORS = 5
_GZIP = b"\x1f\x8b"


class DemoService:
    """
    # Parameters

    taggers : `Mapping[str, Tagger]`
        By the name that the page shows.

    Its methods take and give plain values. They may be called in several threads; one tags at a
    time. They raise `ConfigurationError` for requests that make no sense.
    """

    def __init__(self, taggers: Mapping[str, Tagger]) -> None:
        self._taggers = taggers
        self._lock = threading.Lock()

    def describe(self) -> dict[str, Any]:
        """The models, the types of their entities, and the formats."""
        types: set[str] = set()
        for tagger in self._taggers.values():
            if isinstance(tagger.model, DatnetTagger):
                labels = tagger.model.decoder(tagger.model.target).labels.values()
                types.update(label[2:] for label in labels if label != "O")
        return {
            "models": list(self._taggers),
            "types": sorted(types),
            "formats": sorted(OUTPUTS),
            "suffixes": _suffixes(),
        }

    def read(self, name: str, content: bytes, column: str | None = None) -> dict[str, Any]:
        """
        # Parameters

        name : `str`
            Of a file, whose suffix says its format.
        content : `bytes`
        column : `str | None`, optional
            The column of a table that holds the texts. Default: the usual ones.

        # Returns

        `dict[str, Any]`
            `records` to tag, `errors` that say in a sentence each which lines are none, and, of a
            table whose texts stand in no usual column, `columns` to choose from.
        """
        name = Path(name.replace("\\", "/")).name
        suffix = next((each for each in _suffixes() if name.lower().endswith(each)), None)
        if suffix is None or content[:2] == _GZIP:
            raise ConfigurationError(
                f"{name}: found a file of another kind, expected one in {', '.join(_suffixes())}"
            )
        records, errors = [], []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"file{suffix}"
            path.write_bytes(content)
            reader = input_format(None, path.name, column)
            try:
                for entry in reader.read(str(path)):
                    try:
                        records.append(dict(reader.record(entry.content)))
                    except ConfigurationError as error:
                        errors.append(f"{entry.place}: {error}".replace(str(path), name))
                    _check_number(len(records) + len(errors))
            except ConfigurationError as error:
                missing = error.__cause__
                if column is None and isinstance(missing, MissingColumn) and missing.names:
                    return {"records": [], "errors": [], "columns": missing.names}
                raise ConfigurationError(str(error).replace(str(path), name)) from None
        if len(errors) > _SHOWN_ERRORS:
            more = len(errors) - _SHOWN_ERRORS
            errors = [*errors[:_SHOWN_ERRORS], f"{name}: found {more} more lines of this kind"]
        return {"records": records, "errors": errors, "columns": []}

    def tag(self, model: str, records: list[Any]) -> list[dict[str, Any]]:
        """Of each record what the JSON lines of `allennlp tag` hold, or its `error`."""
        with self._lock:
            tagged = self._tag(self._tagger(model), records)
        return [
            each.to_dict() if isinstance(each, TaggedText) else {"error": each} for each in tagged
        ]

    def alternatives(self, model: str, record: Any) -> list[dict[str, Any]]:
        """The best taggings of one text, each with its probability."""
        tagger = self._tagger(model)
        if not isinstance(tagger.model, DatnetTagger):
            raise ConfigurationError(
                f"{model}: found a model without confidence, expected a datnet_tagger"
            )
        read = tagger.read(record)
        if len(read.words) > MAX_RANKED_TOKENS:
            raise ConfigurationError(
                f"found a text of {len(read.words):,} tokens, expected at most "
                f"{MAX_RANKED_TOKENS:,} to rank its taggings"
            )
        ranking = Tagger(tagger.model, tagger.dataset_reader, top_k=_RANKED)
        with self._lock:
            [tagged] = ranking.tag([read])
        return [each.to_dict() for each in tagged.alternatives]

    def download(self, model: str, name: str, records: list[Any]) -> tuple[str, bytes]:
        """
        The name and the content of a file of the tagged records, in one of the formats that
        `allennlp tag` writes; a zip of the two files of brat. Those with errors are left out.
        """
        writer = output_format(name, "")
        with self._lock:
            tagged = self._tag(self._tagger(model), records)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / f"entities{writer.suffixes[0]}"
            with writer.open(str(target)) as write:
                for number, each in enumerate(tagged, start=1):
                    if isinstance(each, TaggedText):
                        write(number, writer.render(each))
            written = sorted(Path(folder).iterdir())
            if len(written) == 1:
                return target.name, target.read_bytes()
            file = io.BytesIO()
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in written:
                    archive.write(path, path.name)
            return f"entities.{name}.zip", file.getvalue()

    def _tagger(self, model: str) -> Tagger:
        if model not in self._taggers:
            raise ConfigurationError(
                f"model: found '{model}', expected one of {list(self._taggers)}"
            )
        return self._taggers[model]

    def _tag(self, tagger: Tagger, records: list[Any]) -> list[TaggedText | str]:
        """Of each record the answer, or its error."""
        _check_number(len(records))
        read: list[TextRecord | str] = []
        for record in records:
            try:
                read.append(tagger.read_record(record))
            except ConfigurationError as error:
                read.append(str(error))
        answers = iter(tagger.tag(each for each in read if isinstance(each, TextRecord)))
        return [each if isinstance(each, str) else next(answers) for each in read]


def _suffixes() -> list[str]:
    return [suffix for each in INPUTS.values() for suffix in each.suffixes]


def _check_number(number: int) -> None:
    if number > MAX_TEXTS:
        raise ConfigurationError(
            f"found more than {MAX_TEXTS:,} texts, expected at most these; `allennlp tag` tags "
            "any number"
        )
