"""A sentence with its gold and its predicted tags: what every score is computed from."""

from collections.abc import Sequence
from typing import NamedTuple

from seqeval.scheme import IOB1, IOBES, Tokens

from datnet_allennlp.data.tag_coding import (
    ForbiddenTag,
    read_spans,
    read_spans_leniently,
    to_seqeval,
    write_tags,
)


class TaggedSentence(NamedTuple):
    """
    # Parameters

    tokens : `list[str]`
    gold, predicted : `list[str]`
        One tag a token, in IOB2 whatever the model's coding is: `B-TYPE` begins an entity,
        `I-TYPE` continues it, `O` is outside. A predicted sequence may break these rules.
    """

    tokens: list[str]
    gold: list[str]
    predicted: list[str]


def to_iob2(tags: Sequence[str], coding: str) -> list[str]:
    """
    Writes the tags of one sentence in IOB2.

    A sequence that its coding forbids, which only a model without constraints predicts, keeps its
    lenient reading (`read_spans_leniently`): the entities that conlleval finds stay. Of these, one
    that seqeval's strict reading of the coding does not find begins with `I-` in place of `B-`, so
    that it is not found in IOB2 either. Only where it directly follows an entity of its type, it
    has to begin with `B-`.

    # Parameters

    tags : `Sequence[str]`
    coding : `str`
        As for `read_spans`.
    """
    try:
        return write_tags(read_spans(tags, coding), len(tags), "IOB2")
    except ForbiddenTag:
        if coding in ("IOB2", "BIO"):
            return list(tags)
    letters = [to_seqeval(tag) for tag in tags]
    strict = {
        (entity.start, entity.end, entity.tag)
        for entity in Tokens(letters, IOB1 if coding == "IOB1" else IOBES).entities
    }
    spans = read_spans_leniently(tags)
    written = write_tags(spans, len(tags), "IOB2")
    for start, end, entity_type in spans:
        before = written[start - 1] if start else "O"
        if (start, end, entity_type) not in strict and before[2:] != entity_type:
            written[start] = f"I-{entity_type}"
    return written
