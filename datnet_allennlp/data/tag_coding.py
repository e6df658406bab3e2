"""
Tag sequences and the entity spans that they stand for.

AllenNLP's `span_utils` read most codings leniently and say neither where nor why a sequence is
wrong. Here a forbidden sequence raises an error that names the token, and a lenient reading is a
separate function.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple, Optional

from allennlp.common.checks import ConfigurationError
from seqeval.metrics.sequence_labeling import get_entities

# A tag of any coding.
TAG = re.compile(r"O|[BIESLUM]-\S+")


class Span(NamedTuple):
    """
    One entity.

    # Parameters

    start : `int`
        The index of its first token.
    end_exclusive : `int`
        One more than the index of its last token.
    entity_type : `str`
        For example `"PER"`. It may contain hyphens.
    """

    start: int
    end_exclusive: int
    entity_type: str


class ForbiddenTag(ValueError):
    """
    A tag that is malformed, or that the coding does not allow where it stands.

    # Parameters

    index : `int`
        The index of the token, from 0.
    found : `str`
        What stands there, in words.
    expected : `str`
        What the coding allows there, in words.
    """

    def __init__(self, index: int, found: str, expected: str) -> None:
        super().__init__(index, found, expected)
        self.index = index
        self.found = found
        self.expected = expected

    def __str__(self) -> str:
        return f"token {self.index}: found {self.found}, expected {self.expected}"


class _Letters(NamedTuple):
    single: str
    begin: str
    inside: str
    end: str


_LETTERS: dict[str, _Letters] = {
    # IOB1 writes "B" only where an entity directly follows another of its type.
    "IOB1": _Letters("I", "I", "I", "I"),
    "IOB2": _Letters("B", "B", "I", "I"),
    "BIO": _Letters("B", "B", "I", "I"),
    "IOBES": _Letters("S", "B", "I", "E"),
    "BIOES": _Letters("S", "B", "I", "E"),
    "BIOUL": _Letters("U", "B", "I", "L"),
    "BMES": _Letters("S", "B", "M", "E"),
}
_SEQEVAL_LETTERS = {"U": "S", "L": "E", "M": "I"}


def read_spans(tags: Sequence[str], coding: str) -> list[Span]:
    """
    Reads the entities of one sentence strictly.

    # Parameters

    tags : `Sequence[str]`
        One tag a token, such as `["B-PER", "I-PER", "O"]`.
    coding : `str`
        `"IOB1"`, `"IOB2"` (also called `"BIO"`), `"IOBES"` (also called `"BIOES"`), `"BIOUL"` or
        `"BMES"`.

    # Returns

    `List[Span]`
        In the order of the tokens.

    Raises `ForbiddenTag` if a tag is malformed or not allowed after the tags before it, or if the
    sentence ends inside an entity.
    """
    letters = _letters(coding)
    closes = letters.end != letters.inside
    spans: list[Span] = []
    start: Optional[int] = None
    open_type = ""

    def expected() -> str:
        if start is None:
            firsts = {letters.single, letters.begin}
            return "'O' or " + " or ".join(f"'{first}-...'" for first in sorted(firsts))
        goes_on = f"'{letters.inside}-{open_type}'"
        if closes:
            return f"{goes_on} or '{letters.end}-{open_type}'"
        return f"'O' or {goes_on} or '{letters.begin}-...'"

    def describe(index: int, tag: str) -> str:
        return f"'{tag}' after '{tags[index - 1]}'" if index else f"'{tag}' as the first tag"

    for index, tag in enumerate(tags):
        if tag == "O" and start is None:
            continue  # most tags are
        letter, entity_type = _split(tag, index, letters, coding)
        continues = start is not None and entity_type == open_type
        if coding == "IOB1":
            starts = letter == "B" or (letter == "I" and not continues)
            allowed = letter != "B" or continues
        else:
            starts = letter in (letters.single, letters.begin)
            if starts or letter == "O":
                allowed = not closes or start is None
            else:
                allowed = continues
        if not allowed:
            wanted = expected()
            if coding == "IOB1":
                wanted = f"'I-{entity_type}', since 'B' only parts two entities of one type"
            raise ForbiddenTag(index, describe(index, tag), wanted)

        if start is not None and (starts or letter == "O"):
            spans.append(Span(start, index, open_type))
            start = None
        if starts:
            start, open_type = index, entity_type
        if closes and start is not None and letter in (letters.single, letters.end):
            spans.append(Span(start, index + 1, open_type))
            start = None

    if start is not None:
        if closes:
            last = len(tags) - 1
            raise ForbiddenTag(last, f"'{tags[last]}' as the last tag", f"then {expected()}")
        spans.append(Span(start, len(tags), open_type))
    return spans


def read_spans_leniently(tags: Sequence[str]) -> list[Span]:
    """
    Reads the entities of one sentence as conlleval does: an entity also starts where a tag cannot
    continue the entity before it. No sequence is forbidden; an empty tag is outside. For a sequence
    that its coding allows the result is that of [`read_spans`](#read_spans), in every coding.

    # Parameters

    tags : `Sequence[str]`
        One tag a token, with the letters of any coding.
    """
    entities = get_entities([to_seqeval(tag or "O") for tag in tags])
    return [Span(start, last + 1, entity_type) for entity_type, start, last in entities]


def write_tags(spans: Sequence[Span], num_tokens: int, coding: str) -> list[str]:
    """
    Writes the tags of one sentence, the inverse of [`read_spans`](#read_spans).

    # Parameters

    spans : `Sequence[Span]`
        In the order of the tokens, not empty and not overlapping.
    num_tokens : `int`
        The length of the sentence.
    coding : `str`
        As for [`read_spans`](#read_spans).

    Raises `ValueError` if a span is empty, has no type, overlaps another, comes before its
    predecessor or lies outside the sentence.
    """
    letters = _letters(coding)
    tags = ["O"] * num_tokens
    previous = Span(0, 0, "")
    for span in spans:
        start, end, entity_type = span
        if not previous.end_exclusive <= start < end <= num_tokens or not entity_type:
            raise ValueError(
                f"found {span} after {previous} in a sentence of {num_tokens} tokens, "
                "expected typed spans in order that do not overlap"
            )
        tags[start:end] = [f"{letters.inside}-{entity_type}"] * (end - start)
        tags[end - 1] = f"{letters.end}-{entity_type}"
        first = letters.single if end - start == 1 else letters.begin
        touches = start == previous.end_exclusive and entity_type == previous.entity_type
        if coding == "IOB1" and touches:
            first = "B"
        tags[start] = f"{first}-{entity_type}"
        previous = span
    return tags


def all_tags(entity_types: Sequence[str], coding: str) -> list[str]:
    """
    All tags that a coding has for some entity types: `O`, then those of each type.

    # Parameters

    entity_types : `Sequence[str]`
    coding : `str`
        As for [`read_spans`](#read_spans).
    """
    single, begin, inside, end = _letters(coding)
    letters = dict.fromkeys(("B", begin, inside, end, single))  # IOB1 has a "B" as well
    return ["O", *(f"{letter}-{name}" for name in entity_types for letter in letters)]


def to_seqeval(tag: str) -> str:
    """
    Maps a tag of any coding to the letters that seqeval reads: `U` to `S`, `L` to `E` and `M` to
    `I`. Other tags stay as they are.
    """
    letter, hyphen, entity_type = tag.partition("-")
    return _SEQEVAL_LETTERS.get(letter, letter) + hyphen + entity_type


def _letters(coding: str) -> _Letters:
    if coding not in _LETTERS:
        raise ConfigurationError(
            f"found the tag coding {coding!r}, expected one of {', '.join(sorted(_LETTERS))}"
        )
    return _LETTERS[coding]


def _split(tag: str, index: int, letters: _Letters, coding: str) -> tuple[str, str]:
    if tag == "O":
        return "O", ""
    letter, hyphen, entity_type = tag.partition("-")
    known = sorted({"B", *letters})
    if letter not in known or not hyphen or not entity_type:
        forms = " or ".join(f"'{prefix}-TYPE'" for prefix in known)
        raise ForbiddenTag(index, f"'{tag}'", f"'O' or {forms}, as {coding} writes tags")
    return letter, entity_type
