"""What a model has over a base model: entities gained, entities lost, negative transfer."""

from collections.abc import Sequence
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.tag_coding import read_spans_leniently
from datnet_allennlp.evaluation.counts import count_entities
from datnet_allennlp.evaluation.entities import Entity, read_entities
from datnet_allennlp.evaluation.significance import Interval, paired_bootstrap
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence


def gains_and_losses(
    base: Sequence[TaggedSentence], other: Sequence[TaggedSentence]
) -> tuple[list[Entity], list[Entity]]:
    """
    The gold entities that the other model finds and the base model does not, and those that the
    base model finds and the other does not.

    # Parameters

    base, other : `Sequence[TaggedSentence]`
        The same sentences, tagged by each.
    """
    first, second = _found(base), _found(other)
    return sorted(second - first), sorted(first - second)


def by_type(
    base: Sequence[TaggedSentence], other: Sequence[TaggedSentence]
) -> dict[str, dict[str, Any]]:
    """
    The transfer to each type.

    # Parameters

    base, other
        See `gains_and_losses`.

    # Returns

    `dict[str, dict[str, Any]]`
        For each type that the gold tags hold, the most frequent first: `gold`, `gained` and `lost`
        count entities, `difference` is the `Interval` of the other model's F1 less the base
        model's (`paired_bootstrap`), and `negative` says whether this is below zero, `certain`
        whether its interval leaves out zero.
    """
    if [each[:2] for each in base] != [each[:2] for each in other]:
        raise ConfigurationError(
            "transfer: found other sentences of the one model than of the other, expected the same"
        )
    gained, lost = gains_and_losses(base, other)
    gold = [each for i, sentence in enumerate(base) for each in read_entities(i, *sentence[:2])]
    table: dict[str, dict[str, Any]] = {}
    for entity_type in {each.entity_type for each in gold}:
        pair = [count_entities([_only(each, entity_type) for each in of]) for of in (other, base)]
        difference: Interval = paired_bootstrap(pair[:1], pair[1:])
        table[entity_type] = {
            "gold": _count(gold, entity_type),
            "gained": _count(gained, entity_type),
            "lost": _count(lost, entity_type),
            "difference": difference,
            "negative": difference.mean < 0,
            "certain": difference.low > 0 or difference.high < 0,
        }
    return dict(sorted(table.items(), key=lambda item: (-item[1]["gold"], item[0])))


def _found(sentences: Sequence[TaggedSentence]) -> set[Entity]:
    found: set[Entity] = set()
    for index, (tokens, gold, predicted) in enumerate(sentences):
        found |= {*read_entities(index, tokens, gold)} & {*read_entities(index, tokens, predicted)}
    return found


def _only(sentence: TaggedSentence, entity_type: str) -> TaggedSentence:
    """The sentence with the entities of one type."""

    def keep(tags: list[str]) -> list[str]:
        kept = ["O"] * len(tags)
        for start, end, found in read_spans_leniently(tags):
            if found == entity_type:
                kept[start:end] = [f"B-{found}", *[f"I-{found}"] * (end - start - 1)]
        return kept

    return TaggedSentence(sentence.tokens, keep(sentence.gold), keep(sentence.predicted))


def _count(entities: Sequence[Entity], entity_type: str) -> int:
    return sum(each.entity_type == entity_type for each in entities)
