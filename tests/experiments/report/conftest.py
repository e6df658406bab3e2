"""Made-up lines of results."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy
import pytest

from datnet_allennlp.evaluation.counts import encode
from datnet_allennlp.experiments.report.gather import make_grids
from datnet_allennlp.experiments.report.grid import Grid
from datnet_allennlp.experiments.report.result import Result

_numbers = itertools.count()


@pytest.fixture(scope="session")
def line():
    """Makes a line: `line({"model": "Base", "pair": 1}, f1=0.1)`, with other keys as given."""

    def line(factors: dict[str, Any], f1: float, **others: Any) -> dict[str, Any]:
        scores = {
            "dev": {"conlleval": {"f1": f1 + 0.05}},
            "test": {"conlleval": {"precision": 0.9, "recall": 0.05, "f1": f1}},
        }
        return {
            "cell": f"cell {next(_numbers)}",
            "spec": "made_up",
            "factors": factors,
            "seed": 7,
            "method_version": 1,
            "commit": "c0ffee",
            "versions": {"torch": "2.13"},
            "data": {"data/made_up/test.conll": "0123456789ab"},
            "seconds": 1800.0,
            "best_dev_f1": f1 + 0.05,
            "scores": scores,
            **others,
        }

    return line


@pytest.fixture(scope="session")
def counts():
    """Encodes `(correct, predicted, gold)` of sentences."""

    def counts(*sentences: tuple[int, int, int]) -> dict[str, str]:
        return {"test": encode(numpy.array(sentences))}

    return counts


@pytest.fixture(scope="session")
def grid_of():
    """The only grid of some lines, perhaps with its specification."""

    def grid_of(lines: list[dict[str, Any]], spec: dict[str, Any] | None = None) -> Grid:
        results = [Result(f"made_up.jsonl, line {n}", each) for n, each in enumerate(lines, 1)]
        (grid,) = make_grids(results, {"made_up": spec} if spec else {})
        return grid

    return grid_of


@pytest.fixture(scope="session")
def plan():
    """A specification of all combinations of levels."""

    def plan(factors: dict[str, list[Any]], **others: Any) -> dict[str, Any]:
        product = itertools.product(*factors.values())
        cells = [{"factors": dict(zip(factors, levels, strict=True))} for levels in product]
        return {"name": "made_up", "factors": factors, "cells": cells, **others}

    return plan


@pytest.fixture(scope="session")
def write():
    """Writes lines to a file."""

    def write(path: Path, lines: list[dict[str, Any]]) -> Path:
        path.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
        return path

    return write


@pytest.fixture(scope="session")
def few_sizes(line):
    """Two models at two sizes with two pairs each."""
    scores = {
        ("Base", 10): (0.10, 0.12),
        ("Base", 100): (0.20, 0.24),
        ("DATNet-F", 10): (0.15, 0.19),
        ("DATNet-F", 100): (0.30, 0.32),
    }
    return [
        line({"model": model, "size": size, "pair": pair}, f1)
        for (model, size), of_pairs in scores.items()
        for pair, f1 in enumerate(of_pairs, start=1)
    ]
