"""How F1 grows with the number of tagged sentences, for one's own two corpora."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

import datnet_allennlp

_SPEC = "training_config/experiments/learning_curve.libsonnet"
_DEFAULT_SIZES = (10, 50, 100, 200)


class Corpus(NamedTuple):
    """
    # Parameters

    paths : `dict[str, Path]`
        The files, by `train`, `dev` and `test`; the last two need not be there.
    vectors : `Path`, optional
        The word vectors of its language; without, embeddings are trained.
    entity_types : `list[str]`
        Those of all files.
    reader_keys : `dict[str, Any]`
        What the reader `conll_columns` has to be told.
    num_sentences : `int`
        For training.
    """

    paths: dict[str, Path]
    vectors: Path | None
    entity_types: list[str]
    reader_keys: dict[str, Any]
    num_sentences: int


def learning_curve(
    source: Corpus,
    target: Corpus,
    sizes: Sequence[int] | None,
    samples: int,
    shared_words: bool = False,
) -> dict[str, Any]:
    """
    The specification of trainings of base and DATNet-F on samples of the target's sentences.

    # Parameters

    source, target : `Corpus`
    sizes : `Sequence[int]`, optional
        Numbers of sentences; by default those of 10, 50, 100 and 200 that the target has.
    samples : `int`
        How many samples of each size are drawn, each with a seed of its own.
    shared_words : `bool`, optional (default = `False`)
        Whether one embedding of the words is trained for both; for corpora without vectors.

    # Returns

    `dict[str, Any]`
        For `make_spec`.

    Raises `ConfigurationError` for a target with neither a dev set nor a test set, and for sizes
    that it does not have.
    """
    spec = Path(datnet_allennlp.__file__).parents[1] / _SPEC
    if not spec.is_file():
        raise ConfigurationError(f"found no {spec}, expected a checkout of the project")
    train = target.paths["train"]
    if not target.paths.keys() & {"dev", "test"}:
        raise ConfigurationError(
            f"{train}: found neither a dev set nor a test set beside it, expected one of them"
        )
    for size in sizes or ():
        if not 1 <= size <= target.num_sentences:
            raise ConfigurationError(
                f"--sizes: found {size}, expected at most the {target.num_sentences} sentences of "
                f"{train}"
            )
    arguments = {
        "source": _described(source),
        "target": _described(target),
        "shared_words": shared_words,
        "sizes": list(sizes or [size for size in _DEFAULT_SIZES if size <= target.num_sentences]),
        "samples": samples,
    }
    params = Params.from_file(str(spec), ext_vars={"learning_curve": json.dumps(arguments)})
    return params.as_dict(quiet=True)


def _described(corpus: Corpus) -> dict[str, Any]:
    paths = {split: str(path) for split, path in corpus.paths.items()}
    return {
        "corpus": {
            **{"dev": None, "test": None, **paths},
            "vectors": None if corpus.vectors is None else str(corpus.vectors),
            "entity_types": corpus.entity_types,
        },
        "reader_keys": corpus.reader_keys,
    }
