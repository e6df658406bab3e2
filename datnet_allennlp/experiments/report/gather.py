"""Results sorted into the grids of their specifications."""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.combinations import COMBINATIONS
from datnet_allennlp.experiments.report.grid import Grid, Levels
from datnet_allennlp.experiments.report.result import Result
from datnet_allennlp.experiments.report.settings import Settings

# What is shown of results without a test set.
_DEV = "best_dev_f1"


def make_grids(
    results: Sequence[Result],
    specs: Mapping[str, Mapping[str, Any]],
    method_version: int | None = None,
) -> list[Grid]:
    """
    # Parameters

    results : `Sequence[Result]`
    specs : `Mapping[str, Mapping[str, Any]]`
        The specifications that are known, by their names: `factors`, `cells`, and, where there are,
        `baseline` and `report`.
    method_version : `int`, optional
        Of the results to take; by default the highest that a specification has results of. Results
        of others are left out, which a note says.

    # Returns

    `list[Grid]`, one for each specification that has results

    Raises `ConfigurationError` for results that do not fit their specification.
    """
    by_spec: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_spec[result.spec].append(result)
    if unknown := set(specs) - set(by_spec):
        raise ConfigurationError(
            f"--spec: found {', '.join(sorted(unknown))}, expected specifications that there are "
            f"results of: {', '.join(by_spec)}"
        )
    return [
        _make_grid(name, of_spec, specs.get(name), method_version)
        for name, of_spec in by_spec.items()
    ]


def _make_grid(
    name: str, results: list[Result], spec: Mapping[str, Any] | None, method_version: int | None
) -> Grid:
    newest = max(result.method_version for result in results)
    version = newest if method_version is None else method_version
    others = [result for result in results if result.method_version != version]
    notes = [
        f"{number} results of version {other} of the method are left out; these are of version "
        f"{version}. `--method-version {other}` reports them."
        for other in sorted({result.method_version for result in others})
        for number in [sum(result.method_version == other for result in others)]
    ]
    results = [result for result in results if result.method_version == version]
    if not results:
        raise ConfigurationError(
            f"--method-version: found {version}, of which '{name}' has no results, expected one of "
            f"{sorted({result.method_version for result in others})}"
        )
    factors = dict(spec["factors"]) if spec else _levels_that_occur(results)
    kept: dict[Levels, Result] = {}
    replaced = unplanned = 0
    planned = [
        tuple(cell["factors"][factor] for factor in factors)
        for cell in (spec or {}).get("cells", [])
    ]
    for result in results:
        if result.factors.keys() != factors.keys():
            raise ConfigurationError(
                f"{result.place}: found the factors {', '.join(result.factors)}, expected those of "
                f"'{name}': {', '.join(factors)}"
            )
        levels = tuple(result.factors[factor] for factor in factors)
        if spec and levels not in planned:
            unplanned += 1
            continue
        replaced += levels in kept and kept[levels].line["cell"] != result.line["cell"]
        kept[levels] = result
    if unplanned:
        notes.append(
            f"{unplanned} results of cells that are not in the specification are left out."
        )
    if replaced:
        notes.append(
            f"{replaced} results are left out, because a later line is of the same levels with "
            "another configuration or other data."
        )
    if not spec:
        planned = list(itertools.product(*factors.values()))
    baseline = dict((spec or {}).get("baseline") or _default_baseline(factors))
    stated = dict((spec or {}).get("report") or {})
    settings = Settings.read(name, stated, factors)
    for factor in baseline:
        if factor not in settings.rows + settings.columns:
            raise ConfigurationError(
                f"{name}: baseline: found '{factor}', expected factors of rows and columns: "
                f"{', '.join(settings.rows + settings.columns)}"
            )

    def is_held(metric: str) -> bool:
        return any(result.value(metric) is not None for result in kept.values())

    if not (is_held(settings.metric) or "metric" in stated) and is_held(_DEV):
        settings.metric = _DEV
        notes.append("No result has scores on test; those on dev are shown.")
    if not is_held(settings.metric):
        held = sorted({metric for result in kept.values() for metric in result.f1_metrics()})
        raise ConfigurationError(
            f"{name}: report.metric: found '{settings.metric}', which no result holds, expected "
            f"{' or '.join(map(repr, held)) or 'results with scores'}"
        )
    return Grid(name, factors, kept, planned, baseline, settings, notes, version)


def _levels_that_occur(results: Sequence[Result]) -> dict[str, list[Any]]:
    """In the order of `COMBINATIONS` or of their size, and otherwise as they come."""
    factors: dict[str, list[Any]] = {}
    for factor in results[0].factors:
        levels = list(dict.fromkeys(result.factors.get(factor) for result in results))
        if all(isinstance(level, int | float) for level in levels):
            levels.sort()
        elif set(levels) <= set(COMBINATIONS):
            levels = [level for level in COMBINATIONS if level in levels]
        factors[factor] = levels
    return factors


def _default_baseline(factors: Mapping[str, list[Any]]) -> dict[str, Any]:
    return {"model": "Base"} if "Base" in factors.get("model", []) else {}
