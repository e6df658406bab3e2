"""Formats of texts to tag and of tagged texts, by name and by the suffix of a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.brat import BratOutput
from datnet_allennlp.tagging.formats.conll import ConllInput, ConllOutput
from datnet_allennlp.tagging.formats.csv_table import CsvInput, CsvOutput
from datnet_allennlp.tagging.formats.doc_bin import DocBinOutput
from datnet_allennlp.tagging.formats.format import InputFormat, OutputFormat
from datnet_allennlp.tagging.formats.html_page import HtmlOutput
from datnet_allennlp.tagging.formats.json_lines import JsonLinesInput, JsonLinesOutput
from datnet_allennlp.tagging.formats.parquet import ParquetInput
from datnet_allennlp.tagging.formats.spacy_json import SpacyJsonOutput
from datnet_allennlp.tagging.formats.text_lines import TextLinesInput

# Of the suffixes that fit, the first in this order counts.
INPUTS: dict[str, type[InputFormat]] = {
    "jsonl": JsonLinesInput,
    "text": TextLinesInput,
    "conll": ConllInput,
    "csv": CsvInput,
    "parquet": ParquetInput,
}
OUTPUTS: dict[str, type[OutputFormat]] = {
    "spacy_json": SpacyJsonOutput,
    "jsonl": JsonLinesOutput,
    "conll": ConllOutput,
    "csv": CsvOutput,
    "brat": BratOutput,
    "spacy": DocBinOutput,
    "html": HtmlOutput,
}

_Format = TypeVar("_Format", InputFormat, OutputFormat)


def input_format(name: str | None, source: str, column: str | None = None) -> InputFormat:
    """
    # Parameters

    name : `str | None`
        One of `INPUTS`. Default: by the suffix of the file, before `.gz` or `.bz2`; `jsonl` where
        there is none.
    source : `str`
    column : `str | None`, optional
        See `InputFormat`.

    Raises `ConfigurationError` for an unknown name, or an unknown suffix.
    """
    return _choose("input_format", INPUTS, name, source)(column)


def output_format(name: str | None, target: str) -> OutputFormat:
    """The same for one of `OUTPUTS`."""
    return _choose("output_format", OUTPUTS, name, target)()


def _choose(
    option: str, formats: Mapping[str, type[_Format]], name: str | None, path: str
) -> type[_Format]:
    if name is None:
        stem = path.lower().removesuffix(".gz").removesuffix(".bz2")
        fitting = (key for key in formats if stem.endswith(formats[key].suffixes))
        name = next(fitting, None)
        if name is None and (suffix := Path(stem).suffix):
            known = sorted(suffix for each in formats.values() for suffix in each.suffixes)
            raise ConfigurationError(
                f"{path}: found the suffix '{suffix}', expected one of {known}, or as {option} one "
                f"of {sorted(formats)}"
            )
        name = name or "jsonl"
    if name not in formats:
        raise ConfigurationError(f"{option}: found '{name}', expected one of {sorted(formats)}")
    return formats[name]
