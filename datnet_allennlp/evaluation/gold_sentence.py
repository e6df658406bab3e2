"""Sentences with their gold entities, as a corpus holds them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from datnet_allennlp.data.dataset_readers import MultiResourceReader
from datnet_allennlp.data.tag_coding import Span, read_spans_leniently, write_tags
from datnet_allennlp.evaluation.batches import read_set
from datnet_allennlp.evaluation.entities import words_of


class GoldSentence(NamedTuple):
    """
    # Parameters

    tokens : `list[str]`
    spans : `list[Span]`
        Its entities, in order.
    """

    tokens: list[str]
    spans: list[Span]

    @property
    def tags(self) -> list[str]:
        """In IOB2."""
        return write_tags(self.spans, len(self.tokens), "IOB2")


def read_gold(reader: DatasetReader, path: str, resource: str | None = None) -> list[GoldSentence]:
    """
    All sentences of a corpus, in order.

    # Parameters

    reader : `DatasetReader`
        The `validation_dataset_reader` of a model's configuration.
    path : `str`
    resource : `str | None`, optional
        Whose reader is to be used, for a `multi_resource` reader. Default: the target.

    Raises `ConfigurationError` for a corpus without sentences or without tags.
    """
    of = resource if isinstance(reader, MultiResourceReader) else None
    instances: Sequence[Any] = read_set(reader, path, of)
    if not instances:
        raise ConfigurationError(f"{path}: found no sentences, expected some to score")
    if any("tags" not in instance.fields for instance in instances):
        raise ConfigurationError(f"{path}: found sentences without tags, expected gold tags")
    return [
        GoldSentence(words_of(each), read_spans_leniently(each["tags"].labels))
        for each in instances
    ]
