"""All that the page says of some models, as data."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from datnet_allennlp.evaluation.batches import read_set
from datnet_allennlp.evaluation.counts import count_entities
from datnet_allennlp.evaluation.entities import Entity, read_entities
from datnet_allennlp.evaluation.errors import CORRECT, confusion, count_kinds, match_entities
from datnet_allennlp.evaluation.gold_sentence import GoldSentence, read_gold
from datnet_allennlp.evaluation.page.subject import Subject, TaggedCorpus, load_subjects
from datnet_allennlp.evaluation.resource_distance import resource_distance, shared_encodings
from datnet_allennlp.evaluation.robustness import PERTURBATIONS, perturb
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.shared_map import shared_map
from datnet_allennlp.evaluation.significance import paired_bootstrap
from datnet_allennlp.evaluation.training_curves import training_curves
from datnet_allennlp.evaluation.transfer import by_type, gains_and_losses
from datnet_allennlp.tagging.calibration import expected_calibration_error, reliability


class DataSet(NamedTuple):
    """
    # Parameters

    path : `str`
        A tagged corpus as the archives' readers read it.
    resource : `str | None`, optional
        Whose reader and tagger are to be used. Default: the target.
    """

    path: str
    resource: str | None = None

    @property
    def label(self) -> str:
        """What the page calls it."""
        return f"{self.resource or 'target'}: {Path(self.path).name}"


class Options(NamedTuple):
    """
    # Parameters

    train : `Sequence[DataSet]`, optional
        Training files, to tell entities that a model has seen from others.
    base : `str | None`, optional
        The archive that the others are compared with. Default: the first one.
    robustness : `bool`, optional (default = `False`)
        Also score changed copies of the first corpus.
    seed : `int`, optional (default = 0)
        Of these changes, and of the sentences on the map.
    """

    train: Sequence[DataSet] = ()
    base: str | None = None
    robustness: bool = False
    seed: int = 0


def inspect_models(
    archives: Sequence[str], data: Sequence[DataSet], options: Options | None = None
) -> dict[str, Any]:
    """
    # Parameters

    archives : `Sequence[str]`
    data : `Sequence[DataSet]`
    options : `Options | None`, optional

    # Returns

    `dict[str, Any]`
        Plain values, for JSON and for the page. `reference` is the model that the others are
        compared with, and `is_base` whether it was named as such.

    Raises `ConfigurationError` for archives and corpora that cannot be read, and a resource that no
    archive knows.
    """
    options = options or Options()
    for i, each in enumerate(data):
        if each.label in [other.label for other in data[:i]]:
            raise ConfigurationError(f"--data: found '{each.label}' twice, expected it once")
    subjects = load_subjects(_reference_first(archives, options.base))
    for each in data:
        if not any(subject.knows(each.resource) for subject in subjects):
            raise ConfigurationError(
                f"--data: found the resource '{each.resource}', expected one that an archive knows"
            )
    corpora = {each: _read(subjects, each) for each in data}
    steps = len(subjects) * len(data)
    progress = Tqdm.tqdm(total=steps, desc="tagging", disable=steps < 2)
    described = []
    with progress:
        for each, gold in corpora.items():
            tagged = {}
            for subject in subjects:
                if subject.knows(each.resource):
                    tagged[subject.name] = subject.tag(gold, each.resource)
                progress.update()
            described.append(_describe(each, tagged, subjects, options))
    return {
        "reference": subjects[0].name,
        "is_base": options.base is not None,
        "archives": [{"name": each.name, "path": str(each.path)} for each in subjects],
        "data": described,
        "training": {each.name: training_curves(each.path) for each in subjects},
        "maps": _maps(subjects, data, options.seed),
        "robustness": _robustness(subjects, data[0], corpora[data[0]], options.seed)
        if options.robustness
        else None,
    }


def _reference_first(archives: Sequence[str], base: str | None) -> list[str]:
    if base is None:
        return list(archives)
    same = Path(base).resolve()
    return [base, *(each for each in archives if Path(each).resolve() != same)]


def _read(subjects: Sequence[Subject], data: DataSet) -> list[GoldSentence]:
    reader = next(each.reader for each in subjects if each.knows(data.resource))
    return read_gold(reader, data.path, data.resource)


def _describe(
    data: DataSet,
    tagged: Mapping[str, TaggedCorpus],
    subjects: Sequence[Subject],
    options: Options,
) -> dict[str, Any]:
    """What is said of one corpus."""
    reference, train = subjects[0].name, _train_of(data, options)
    sentences = next(iter(tagged.values())).sentences
    models, cases = {}, []
    for subject in subjects:
        if subject.name not in tagged:
            continue
        corpus = tagged[subject.name]
        seen = subject.training_entities(train, data.resource) if train else None
        matches = match_entities(corpus.sentences)
        confidences = _confidences(corpus)
        models[subject.name] = {
            "scores": score(corpus.sentences, seen),
            **_compare(corpus, tagged.get(reference) if subject.name != reference else None),
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
        if options.base is not None and subject.name != reference and reference in tagged:
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
        "label": data.label,
        "resource": data.resource or "target",
        "file": data.path,
        "num_sentences": len(sentences),
        "num_entities": int(count_entities(sentences)[:, 2].sum()),
        "models": models,
        "sentences": [each.tokens for each in sentences],
        "cases": cases,
    }


def _train_of(data: DataSet, options: Options) -> str | None:
    of = [each.path for each in options.train if each.resource == data.resource]
    return of[-1] if of else None


def _compare(corpus: TaggedCorpus, reference: TaggedCorpus | None) -> dict[str, Any]:
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


def _maps(subjects: Sequence[Subject], data: Sequence[DataSet], seed: int) -> dict[str, Any]:
    """Of each model that tags two of the resources at least, its first corpus of each."""
    maps = {}
    for subject in subjects:
        paths: dict[str, str] = {}
        for each in data:
            if subject.knows(each.resource):
                paths.setdefault(each.resource or subject.target, each.path)
        if subject.model is None or len(paths) < 2 or subject.target not in paths:
            continue
        encodings = {
            name: shared_encodings(subject.model, read_set(subject.reader, path, name))
            for name, path in paths.items()
        }
        points, explained = shared_map(encodings, seed)
        distances = resource_distance(subject.model, subject.reader, paths, seed)
        maps[subject.name] = {"points": points, "explained": explained, "distances": distances}
    return maps


def _robustness(
    subjects: Sequence[Subject], data: DataSet, gold: Sequence[GoldSentence], seed: int
) -> dict[str, Any]:
    """
    By change and model: F1, how far it is above the first model's (`against`) and above that
    without the change (`change`).
    """
    knowing = [each for each in subjects if each.knows(data.resource)]
    copies = {None: list(gold)} | {name: perturb(gold, name, seed) for name in PERTURBATIONS}
    clean: dict[str, TaggedCorpus] = {}
    table: dict[str | None, Any] = {}
    for name, sentences in Tqdm.tqdm(copies.items(), desc="robustness"):
        tagged = {each.name: each.tag(sentences, data.resource) for each in knowing}
        clean = clean or tagged
        table[name] = {
            model: {
                **_compare(corpus, tagged[knowing[0].name] if model != knowing[0].name else None),
                "change": _compare(corpus, clean[model])["against"] if name else None,
            }
            for model, corpus in tagged.items()
        }
    return {
        "label": data.label,
        "clean": table.pop(None),
        "descriptions": {
            name: " ".join((function.__doc__ or "").split())
            for name, function in PERTURBATIONS.items()
        },
        "perturbed": table,
    }
