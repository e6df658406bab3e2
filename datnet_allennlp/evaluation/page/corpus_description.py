"""All that the page says of one corpus, as data."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from datnet_allennlp.evaluation.counts import count_entities
from datnet_allennlp.evaluation.entities import Entity, read_entities
from datnet_allennlp.evaluation.errors import CORRECT, confusion, count_kinds, match_entities
from datnet_allennlp.evaluation.page.subject import Subject, TaggedCorpus
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.significance import paired_bootstrap
from datnet_allennlp.evaluation.transfer import by_type, gains_and_losses
from datnet_allennlp.tagging.calibration import expected_calibration_error, reliability


def describe_corpus(
    tagged: Mapping[str, TaggedCorpus],
    subjects: Sequence[Subject],
    resource: str | None,
    train: str | None,
    with_transfer: bool,
) -> dict[str, Any]:
    """
    # Parameters

    tagged : `Mapping[str, TaggedCorpus]`
        The corpus by the names of the models that know its resource, one at least.
    subjects : `Sequence[Subject]`
        All models; the others are compared with the first.
    resource : `str | None`
        The resource of the corpus, or the target.
    train : `str | None`
        The training file that tells entities that a model has seen from others.
    with_transfer : `bool`
        Also say which entities were gained and lost against the first model.
    """
    reference = subjects[0].name
    sentences = next(iter(tagged.values())).sentences
    models, cases = {}, []
    for subject in subjects:
        if subject.name not in tagged:
            continue
        corpus = tagged[subject.name]
        seen = subject.training_entities(train, resource) if train else None
        matches = match_entities(corpus.sentences)
        confidences = _confidences(corpus)
        models[subject.name] = {
            "scores": score(corpus.sentences, seen),
            **compare(corpus, tagged.get(reference) if subject.name != reference else None),
            "errors": count_kinds(matches),
            "confusion": confusion(matches),
            "calibration": _calibration(corpus, confidences),
            "transfer": None,
        }
        cases += [
            _case(subject.name, match.kind, match.gold, match.predicted, confidences)
            for match in matches
            if match.kind != CORRECT
        ]
        if with_transfer and subject.name != reference and reference in tagged:
            base = tagged[reference].sentences
            gained, lost = gains_and_losses(base, corpus.sentences)
            models[subject.name]["transfer"] = {
                "gained": len(gained),
                "lost": len(lost),
                "by_type": {
                    name: {**row, "difference": row["difference"]._asdict()}
                    for name, row in by_type(base, corpus.sentences).items()
                },
            }
            for kind, entities in (("gained", gained), ("lost", lost)):
                cases += [_case(subject.name, kind, each, None, {}) for each in entities]
    return {
        "num_sentences": len(sentences),
        "num_entities": int(count_entities(sentences)[:, 2].sum()),
        "models": models,
        "sentences": [each.tokens for each in sentences],
        "cases": cases,
    }


def compare(corpus: TaggedCorpus, reference: TaggedCorpus | None) -> dict[str, Any]:
    """F1 with its interval, and how far it is above the reference's."""
    counts = count_entities(corpus.sentences)
    # A system that finds nothing has an F1 of 0 in every resample.
    nothing = counts * numpy.array([0, 0, 1], dtype=counts.dtype)
    compared = {"f1": paired_bootstrap([counts], [nothing])._asdict(), "against": None}
    if reference is not None:
        other = count_entities(reference.sentences)
        compared["against"] = paired_bootstrap([counts], [other])._asdict()
    return compared


def _confidences(corpus: TaggedCorpus) -> dict[Entity, float]:
    """Of each predicted entity; empty where the model gives none."""
    if not any(corpus.confidences):
        return {}
    return {
        entity: confidence
        for index, (sentence, values) in enumerate(
            zip(corpus.sentences, corpus.confidences, strict=True)
        )
        for entity, confidence in zip(
            read_entities(index, sentence.tokens, sentence.predicted), values, strict=True
        )
    }


def _calibration(
    corpus: TaggedCorpus, confidences: Mapping[Entity, float]
) -> dict[str, Any] | None:
    if not confidences:
        return None
    gold = {
        entity
        for index, sentence in enumerate(corpus.sentences)
        for entity in read_entities(index, sentence.tokens, sentence.gold)
    }
    bins = reliability(list(confidences.values()), [each in gold for each in confidences])
    return {
        "error": expected_calibration_error(bins),
        "bins": [each._asdict() for each in bins],
    }


def _case(
    model: str,
    kind: str,
    gold: Entity | None,
    predicted: Entity | None,
    confidences: Mapping[Entity, float],
) -> dict[str, Any]:
    def place(entity: Entity | None) -> dict[str, Any] | None:
        if entity is None:
            return None
        return {"start": entity.start, "end": entity.end_exclusive, "type": entity.entity_type}

    return {
        "model": model,
        "kind": kind,
        "sentence": (gold or predicted).sentence,  # type: ignore[union-attr]
        "gold": place(gold),
        "predicted": place(predicted),
        "confidence": confidences.get(predicted) if predicted else None,
    }
