"""The results of one specification, set beside its plan."""

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


def show(level: Any) -> str:
    """A level as text."""
    return level if isinstance(level, str) else json.dumps(level)


def show_levels(levels: Levels) -> str:
    return ", ".join(map(show, levels)) or "all"
