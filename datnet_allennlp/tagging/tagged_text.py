"""What the tagger makes of a text."""

import functools
import itertools
from collections.abc import Iterator, Sequence

from datnet_allennlp.data.tag_coding import Span, read_spans_leniently
from datnet_allennlp.standalone.tagged_text import Alternative as Alternative
from datnet_allennlp.standalone.tagged_text import Entity
from datnet_allennlp.standalone.tagged_text import TaggedText as TaggedText
from datnet_allennlp.tagging.text_record import TextRecord


def locate_entities(
    record: TextRecord, spans: Sequence[Span], confidences: Sequence[float] | None = None
) -> list[Entity]:
    """The entities of a record's tokens, in characters of its text."""
    entities = []
    for i, (first, end_token, entity_type) in enumerate(spans):
        start, end = record.starts[first], record.ends[end_token - 1]
        confidence = None if confidences is None else confidences[i]
        text = record.text[start:end]
        entities.append(Entity(entity_type, text, start, end, first, end_token, confidence))
    return entities


def read_entities(tags: Sequence[str]) -> list[Span]:
    """What `read_spans_leniently` makes of the tags, in a fraction of its time."""
    if tags.count("O") == len(tags):
        return []  # as of most tweets
    return list(_spans(tags))


def _spans(tags: Sequence[str]) -> Iterator[Span]:
    start = 0
    for is_outside, group in itertools.groupby(tags, "O".__eq__):
        run = tuple(group)
        if not is_outside:
            for span in _spans_of_run(run):
                yield Span(start + span.start, start + span.end_exclusive, span.entity_type)
        start += len(run)


# `O` ends any entity, and of the sequences between them few are different.
_spans_of_run = functools.lru_cache(2**12)(read_spans_leniently)
