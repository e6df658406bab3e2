"""All that the page says of some models, as data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from datnet_allennlp.evaluation.batches import read_set
from datnet_allennlp.evaluation.gold_sentence import GoldSentence, read_gold
from datnet_allennlp.evaluation.page.corpus_description import compare, describe_corpus
from datnet_allennlp.evaluation.page.subject import Subject, TaggedCorpus, load_subjects
from datnet_allennlp.evaluation.resource_distance import resource_distance, shared_encodings
from datnet_allennlp.evaluation.robustness import PERTURBATIONS, perturb
from datnet_allennlp.evaluation.shared_map import shared_map
from datnet_allennlp.evaluation.training_curves import training_curves


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
            train = _train_of(each, options)
            described.append(
                {
                    "label": each.label,
                    "resource": each.resource or "target",
                    "file": each.path,
                    **describe_corpus(
                        tagged, subjects, each.resource, train, options.base is not None
                    ),
                }
            )
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


def _train_of(data: DataSet, options: Options) -> str | None:
    of = [each.path for each in options.train if each.resource == data.resource]
    return of[-1] if of else None


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
                **compare(corpus, tagged[knowing[0].name] if model != knowing[0].name else None),
                "change": compare(corpus, clean[model])["against"] if name else None,
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
