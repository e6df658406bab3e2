"""The results of one specification, set beside its plan."""

import itertools
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.combinations import COMBINATIONS
from datnet_allennlp.experiments.paper_figures import paper_f1
from datnet_allennlp.experiments.report.result import Result
from datnet_allennlp.experiments.report.settings import Settings

# A combination of levels, in the order of the factors that it is of.
Levels = tuple[Any, ...]


@dataclass
class Grid:
    """
    # Parameters

    name : `str`
        Of the specification.
    factors : `dict[str, list[Any]]`
        The levels of each factor, in display order.
    results : `dict[Levels, Result]`
        By the levels of all factors; of one version of the method.
    planned : `list[Levels]`
        The cells of the specification, or, without it, all combinations of the levels that occur.
    baseline : `dict[str, Any]`
        The levels of what the others are compared with; may be empty.
    settings : `Settings`
    notes : `list[str]`
        What a reader must know about the results that are left out.
    method_version : `int`
        Of all these results.
    """

    name: str
    factors: dict[str, list[Any]]
    results: dict[Levels, Result]
    planned: list[Levels]
    baseline: dict[str, Any]
    settings: Settings
    notes: list[str]
    method_version: int

    @property
    def missing(self) -> list[Levels]:
        return [levels for levels in self.planned if levels not in self.results]

    @property
    def rows(self) -> list[Levels]:
        return self._combinations(self.settings.rows)

    @property
    def columns(self) -> list[Levels]:
        return self._combinations(self.settings.columns)

    @property
    def metric_name(self) -> str:
        """What the scores are, for people."""
        names = {"test.conlleval.f1": "F1 on the test set", "best_dev_f1": "F1 on the dev set"}
        return f"{names.get(self.settings.metric, self.settings.metric)} in percent"

    @property
    def has_paper(self) -> bool:
        """Whether the paper has a figure for any cell of the tables."""
        return any(
            self.paper(row, column) is not None for row in self.rows for column in self.columns
        )

    def named(self, row: Levels, column: Levels) -> dict[str, Any]:
        """The levels of a cell of the tables, by their factors."""
        factors = self.settings.rows + self.settings.columns
        return dict(zip(factors, row + column, strict=True))

    def cell(self, row: Levels, column: Levels) -> dict[Levels, Result]:
        """The results of a cell of the tables, by the levels of the replicates."""
        return self._replicates(self.named(row, column))

    def values(self, row: Levels, column: Levels, metric: str = "") -> list[float]:
        """What was recorded of a metric, by default the settings' own, in a cell of the tables."""
        values = (
            result.value(metric or self.settings.metric)
            for result in self.cell(row, column).values()
        )
        return [value for value in values if value is not None]

    def baseline_of(self, row: Levels, column: Levels) -> dict[Levels, Result]:
        """What a cell of the tables is compared with; the baseline itself, with nothing."""
        levels = self.named(row, column)
        compared = {**levels, **self.baseline}
        return {} if compared == levels else self._replicates(compared)

    def paper(self, row: Levels, column: Levels) -> float | None:
        """The paper's F1, a fraction, for a cell of the tables, if it has one."""
        where = {**self.settings.paper, **self.named(row, column)}
        found = paper_f1(where["table"], where) if "table" in where else None
        return None if found is None else found / 100

    def records(self, factor: str) -> list[dict[str, Any]]:
        """
        The levels of each result, with its `score`, for the effects of a factor. If the grid does
        not have this factor, it is one of `architecture`, `discriminator` and `AT`, which replace
        `model` then; models that are not made of these are left out.
        """
        scores = (
            (levels, self.results[levels].value(self.settings.metric)) for levels in self.results
        )
        records = [
            {**dict(zip(self.factors, levels, strict=True)), "score": score}
            for levels, score in scores
            if score is not None
        ]
        return self._of_components(records, factor)

    def paper_records(self, factor: str) -> list[dict[str, Any]]:
        """The same for what the paper reports."""
        cells = ((row, column) for row in self.rows for column in self.columns)
        records = [
            {**self.named(*cell), "score": score}
            for cell in cells
            if (score := self.paper(*cell)) is not None
        ]
        return self._of_components(records, factor)

    def levels(self, factors: Sequence[str], levels: Levels) -> Levels:
        """The levels of some factors, given those of all."""
        named = dict(zip(self.factors, levels, strict=True))
        return tuple(named[factor] for factor in factors)

    def _of_components(self, records: list[dict[str, Any]], factor: str) -> list[dict[str, Any]]:
        if factor in self.factors:
            return records
        return [
            {**COMBINATIONS[record["model"]], **{k: v for k, v in record.items() if k != "model"}}
            for record in records
            if record.get("model") in COMBINATIONS
        ]

    def _combinations(self, factors: Sequence[str]) -> list[Levels]:
        seen = {self.levels(factors, levels) for levels in (*self.planned, *self.results)}
        product = itertools.product(*(self.factors[factor] for factor in factors))
        return [levels for levels in product if levels in seen]

    def _replicates(self, fixed: Mapping[str, Any]) -> dict[Levels, Result]:
        wanted = tuple(fixed.values())
        return {
            self.levels(self.settings.replicates, levels): result
            for levels, result in self.results.items()
            if self.levels(list(fixed), levels) == wanted
        }


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
    settings = Settings.read(name, dict((spec or {}).get("report") or {}), factors)
    for factor in baseline:
        if factor not in settings.rows + settings.columns:
            raise ConfigurationError(
                f"{name}: baseline: found '{factor}', expected factors of rows and columns: "
                f"{', '.join(settings.rows + settings.columns)}"
            )
    if all(result.value(settings.metric) is None for result in kept.values()):
        raise ConfigurationError(
            f"{name}: report.metric: found '{settings.metric}', which no result holds, expected "
            "one such as 'test.conlleval.f1' or 'best_dev_f1'"
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


def show(level: Any) -> str:
    """A level as text."""
    return level if isinstance(level, str) else json.dumps(level)


def show_levels(levels: Levels) -> str:
    return ", ".join(map(show, levels)) or "all"
