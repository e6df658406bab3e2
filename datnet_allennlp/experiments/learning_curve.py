"""How F1 grows with the number of tagged sentences, for one's own two corpora."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

import datnet_allennlp
from datnet_allennlp.data.column_file import ColumnSentence, read_column_file

_SPEC = "training_config/experiments/learning_curve.libsonnet"
_DEFAULT_SIZES = (10, 50, 100, 200)


class Corpus(NamedTuple):
    """
    # Parameters

    folder : `Path`
        With `train.conll` and `dev.conll`, and perhaps `test.conll`.
    vectors : `Path`
        The word vectors of its language.
    """

    folder: Path
    vectors: Path

    def read(self, name: str) -> list[ColumnSentence]:
        return list(read_column_file(str(self.folder / f"{name}.conll")))


def learning_curve(
    source: Corpus, target: Corpus, sizes: Sequence[int] | None, samples: int
) -> dict[str, Any]:
    """
    The specification of trainings of base and DATNet-F on samples of the target's sentences.

    # Parameters

    source, target : `Corpus`
    sizes : `Sequence[int]`, optional
        Numbers of sentences; by default those of 10, 50, 100 and 200 that the target has.
    samples : `int`
        How many samples of each size are drawn, each with a seed of its own.

    # Returns

    `dict[str, Any]`
        For `make_spec`.

    Raises `ConfigurationError` for files that are missing or no corpora, and for sizes that the
    target does not have.
    """
    spec = Path(datnet_allennlp.__file__).parents[1] / _SPEC
    if not spec.is_file():
        raise ConfigurationError(f"found no {spec}, expected a checkout of the project")
    available = len(target.read("train"))
    for size in sizes or ():
        if not 1 <= size <= available:
            raise ConfigurationError(
                f"--sizes: found {size}, expected at most the {available} sentences of "
                f"{target.folder / 'train.conll'}"
            )
    arguments = {
        "source": _described(source),
        "target": _described(target),
        "sizes": list(sizes or [size for size in _DEFAULT_SIZES if size <= available]),
        "samples": samples,
        "has_test": (target.folder / "test.conll").exists(),
    }
    params = Params.from_file(str(spec), ext_vars={"learning_curve": json.dumps(arguments)})
    return params.as_dict(quiet=True)


def _described(corpus: Corpus) -> dict[str, Any]:
    tags = {tag for name in ("train", "dev") for each in corpus.read(name) for tag in each.tags}
    return {
        "folder": str(corpus.folder),
        "vectors": str(corpus.vectors),
        "entity_types": sorted({tag.partition("-")[2] for tag in tags if tag != "O"}),
    }
