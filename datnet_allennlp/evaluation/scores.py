"""The scores of tagged sentences, side by side."""

from collections.abc import Collection, Hashable, Sequence
from typing import Any

from allennlp.common.checks import ConfigurationError
from seqeval.scheme import IOB2, Entities

from datnet_allennlp.evaluation.entities import Entity, read_entities
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence
from datnet_allennlp.metrics.ratios import ratios


def score(
    sentences: Sequence[TaggedSentence],
    training_entities: Collection[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    """
    Scores a corpus. Each score is a dictionary of `precision`, `recall` and `f1` (from 0 to 1; 0
    where there is nothing below the line) and of the whole numbers that they are made of,
    `correct`, `predicted` and `gold`: precision is correct / predicted, recall is correct / gold,
    F1 their harmonic mean. All are micro averages over the corpus.

    - `conlleval`: as the script of CoNLL-2000 to 2003 counts. An entity is correct if its first
      token, its last token and its type are. A forbidden sequence is read leniently: an entity also
      begins at an `I-` that cannot continue the entity before it.
    - `strict`: the same, but with seqeval's strict reading of IOB2, in which an entity begins with
      `B-` only; what begins with `I-` is none, be it gold or predicted.
    - `untyped`: the same as `conlleval`, but any type will do. (Types still part entities: `B-PER
      I-LOC` is two.)
    - `surface`: the second measure of WNUT-2017 (Derczynski et al., 2017), as its script counts.
      `gold` and `predicted` are the numbers of different pairs of surface form and type in the
      corpus, whatever their frequency; a pair is correct if at least one of its occurrences is
      (as for `conlleval`), not if gold and prediction hold it in different places. Casing counts.
    - `per_type`: for each type that occurs, `conlleval` of the entities of this type.
    - `seen`, `unseen`: `conlleval` of the entities whose pair of surface form and type is, or is
      not, in `training_entities`. Gold entities are divided by their own pair, and predicted ones
      by theirs, so precision on `unseen` is the share of correct ones among the predicted entities
      that training did not hold. A correct one is the same in both, so the numbers of the two add
      up to those of `conlleval`.

    # Parameters

    sentences : `Sequence[TaggedSentence]`
    training_entities : `Collection[tuple[str, str]]`, optional
        See `entities_of_training`. Without it there is no `seen` and no `unseen`.

    Raises `ConfigurationError` if a sentence has another number of tags than of tokens.
    """
    gold: set[Entity] = set()
    predicted: set[Entity] = set()
    for index, (tokens, gold_tags, predicted_tags) in enumerate(sentences):
        if not len(tokens) == len(gold_tags) == len(predicted_tags):
            raise ConfigurationError(
                f"sentence {index}: found {len(gold_tags)} gold and {len(predicted_tags)} "
                f"predicted tags, expected one for each of its {len(tokens)} tokens"
            )
        gold.update(read_entities(index, tokens, gold_tags))
        predicted.update(read_entities(index, tokens, predicted_tags))

    scores: dict[str, Any] = {
        "conlleval": _compare(gold, predicted),
        "strict": _compare(
            _strict_spans([sentence.gold for sentence in sentences]),
            _strict_spans([sentence.predicted for sentence in sentences]),
        ),
        "untyped": _compare({each[:3] for each in gold}, {each[:3] for each in predicted}),
        "surface": _count(_forms(gold & predicted), _forms(predicted), _forms(gold)),
        "per_type": {
            entity_type: _compare(
                {each for each in gold if each.entity_type == entity_type},
                {each for each in predicted if each.entity_type == entity_type},
            )
            for entity_type in sorted({each.entity_type for each in gold | predicted})
        },
    }
    if training_entities is not None:
        for name, is_seen in (("seen", True), ("unseen", False)):
            scores[name] = _compare(
                {each for each in gold if (each.form in training_entities) == is_seen},
                {each for each in predicted if (each.form in training_entities) == is_seen},
            )
    return scores


def _strict_spans(tags: list[list[str]]) -> set[Hashable]:
    # In `Entities`, seqeval keeps the entities of each sentence apart.
    return {each.to_tuple() for found in Entities(tags, IOB2).entities for each in found}


def _forms(entities: set[Entity]) -> set[tuple[str, str]]:
    return {entity.form for entity in entities}


def _compare(gold: set, predicted: set) -> dict[str, float]:
    return _count(gold & predicted, predicted, gold)


def _count(correct: set, predicted: set, gold: set) -> dict[str, float]:
    counts = {"correct": len(correct), "predicted": len(predicted), "gold": len(gold)}
    return {**ratios(**counts), **counts}
