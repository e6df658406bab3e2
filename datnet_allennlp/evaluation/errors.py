"""What is wrong with predicted entities: which gold entity each stands for, and how it differs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from datnet_allennlp.evaluation.entities import Entity, read_entities
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence

CORRECT = "correct"
# In the order in which they are shown.
KINDS = ("missed", "spurious", "wrong type", "wrong boundary", "wrong type and boundary")
NONE = "none"  # in a confusion: no entity on this side


class Match(NamedTuple):
    """
    A gold and a predicted entity that share tokens, or one that has no partner.

    # Parameters

    gold, predicted : `Entity | None`
        At least one of them is there.
    """

    gold: Entity | None
    predicted: Entity | None

    @property
    def kind(self) -> str:
        """`correct`, or one of `KINDS`."""
        if self.predicted is None:
            return "missed"
        if self.gold is None:
            return "spurious"
        same_type = self.gold.entity_type == self.predicted.entity_type
        if self.gold[:3] == self.predicted[:3]:
            return CORRECT if same_type else "wrong type"
        return "wrong boundary" if same_type else "wrong type and boundary"


def match_entities(sentences: Sequence[TaggedSentence]) -> list[Match]:
    """
    Pairs the gold and the predicted entities of each sentence, one to one: those of the same tokens
    first, then those that overlap, of the same type before others, and the larger overlap first.
    What is left is missed or spurious. The correct ones are those of `score`'s `conlleval`.

    # Returns

    `list[Match]`
        Of all entities, correct ones too, in the order of the text.
    """
    matches = []
    for index, (tokens, gold, predicted) in enumerate(sentences):
        of_sentence = _match(
            read_entities(index, tokens, gold), read_entities(index, tokens, predicted)
        )
        matches += sorted(of_sentence, key=lambda match: (match.gold or match.predicted)[:3])  # type: ignore[index]
    return matches


def count_kinds(matches: Iterable[Match]) -> dict[str, int]:
    """How many there are of each of `KINDS`."""
    counts = Counter(match.kind for match in matches)
    return {kind: counts[kind] for kind in KINDS}


def confusion(matches: Iterable[Match]) -> dict[str, dict[str, int]]:
    """
    For each gold type, or `NONE`, how many of its entities are paired with a predicted one of each
    type, or `NONE`, whatever their boundaries.
    """
    table: dict[str, Counter[str]] = {}
    for gold, predicted in matches:
        row = table.setdefault(gold.entity_type if gold else NONE, Counter())
        row[predicted.entity_type if predicted else NONE] += 1
    return {gold: dict(sorted(row.items())) for gold, row in sorted(table.items())}


def _match(gold: list[Entity], predicted: list[Entity]) -> list[Match]:
    pairs = []
    for first in gold:
        for second in predicted:
            overlap = min(first.end_exclusive, second.end_exclusive) - max(
                first.start, second.start
            )
            if overlap > 0:
                other_span, other_type = first[:3] != second[:3], first[3] != second[3]
                pairs.append((other_span, other_type, -overlap, first, second))
    matches: list[Match] = []
    free: set[tuple[str, Entity]] = {("gold", each) for each in gold}
    free |= {("predicted", each) for each in predicted}
    for *_, first, second in sorted(pairs):
        partners = {("gold", first), ("predicted", second)}
        if partners <= free:
            free -= partners
            matches.append(Match(first, second))
    for side, entity in free:
        matches.append(Match(entity, None) if side == "gold" else Match(None, entity))
    return matches
