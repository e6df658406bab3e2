"""What a tagger makes of a text."""

from dataclasses import dataclass, field
from typing import Any


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
