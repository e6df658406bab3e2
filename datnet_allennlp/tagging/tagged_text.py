"""What the tagger makes of a text."""

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from datnet_allennlp.data.tag_coding import Span, read_spans_leniently
from datnet_allennlp.tagging.text_record import TextRecord


@dataclass(frozen=True, slots=True)
class Entity:
    """
    # Parameters

    type : `str`
    text : `str`
        `text[start:end]` of the text as given.
    start, end : `int`
        In characters; the end is one past the last.
    first_token, end_token : `int`
        In tokens; the end is one past the last.
    confidence : `float | None`
        The probability, by the model's CRF, that there is an entity of just these tokens and this
        type. `None` where the model is no `datnet_tagger`.
    """

    type: str
    text: str
    start: int
    end: int
    first_token: int
    end_token: int
    confidence: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As in a line of the output: the confidence with six digits, left out if there is none."""
        record: dict[str, Any] = {
            "type": self.type,
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "first_token": self.first_token,
            "end_token": self.end_token,
        }
        if self.confidence is not None:
            record["confidence"] = round(self.confidence, 6)
        return record


@dataclass(frozen=True, slots=True)
class Alternative:
    """
    One of the best sequences of tags of a text.

    # Parameters

    probability : `float`
        Of the whole sequence, by the model's CRF.
    tags : `list[str]`
    entities : `list[Entity]`
        Without confidence.
    """

    probability: float
    tags: list[str]
    entities: list[Entity]

    def to_dict(self) -> dict[str, Any]:
        return {
            "probability": round(self.probability, 6),
            "tags": self.tags,
            "entities": [entity.to_dict() for entity in self.entities],
        }


@dataclass(frozen=True, slots=True)
class TaggedText:
    """
    # Parameters

    text : `str`
        As given; of a list of words, the words joined by single spaces.
    tokens : `list[str]`
    tags : `list[str]`
        The best tag of each token, in the coding of the model.
    entities : `list[Entity]`
        In their order. Those below the tagger's threshold are left out, while `tags` has them.
    token_spans : `list[tuple[int, int]]`
        The stretch of the text that each token stands for, in characters. A token may differ from
        it: of `&amp;` it is `&`.
    alternatives : `list[Alternative]`
        The best sequences of tags, best first; empty unless the tagger was asked for them.
    carried : `dict[str, Any]`
        All other keys of a record.
    """

    text: str
    tokens: list[str]
    tags: list[str]
    entities: list[Entity]
    token_spans: list[tuple[int, int]]
    alternatives: list[Alternative] = field(default_factory=list)
    carried: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """A line of the output: what was carried, then `text`, `tokens`, `tags`, `entities`."""
        record = {
            **self.carried,
            "text": self.text,
            "tokens": self.tokens,
            "tags": self.tags,
            "entities": [entity.to_dict() for entity in self.entities],
        }
        if self.alternatives:
            record["alternatives"] = [each.to_dict() for each in self.alternatives]
        return record


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
