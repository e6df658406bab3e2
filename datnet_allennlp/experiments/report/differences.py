"""How one cell of a grid differs from another, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.evaluation.significance import (
    Interval,
    hierarchical_bootstrap,
    paired_bootstrap,
)
from datnet_allennlp.experiments.report.formats import Bold
from datnet_allennlp.experiments.report.grid import Levels
from datnet_allennlp.experiments.report.result import Result
from datnet_allennlp.experiments.report.summary import interval, percent

COLUMNS = ["difference (n)", "over sentences", "over runs"]
CAPTION = (
    "n: pairs. The 95 % intervals are of a paired bootstrap over test sentences, which takes the "
    "runs as given, and of a hierarchical bootstrap over the runs; bold where each of them leaves "
    "out zero. They are not corrected for their number."
)


@dataclass(frozen=True)
class Difference:
    """
    # Parameters

    mean : `float`
        The one less the other, over the replicates that both have.
    n : `int`
        How many these are.
    over_sentences : `Interval`, optional
        For other choices of test sentences, the runs taken as given: a paired bootstrap.
    over_replicates : `Interval`
        For other samples and seeds: a hierarchical bootstrap.
    """

    mean: float
    n: int
    over_sentences: Interval | None
    over_replicates: Interval

    def cells(self) -> list[str]:
        """For the columns `COLUMNS` of a table."""
        text = f"{percent(self.mean, sign=True)} ({self.n})"
        bounds = (self.over_sentences, self.over_replicates)
        return [
            Bold(text) if self.is_clear else text,
            *(interval(each.low, each.high) if each else "" for each in bounds),
        ]

    def record(self) -> dict[str, Any]:
        """For a table's records."""
        record: dict[str, Any] = {"difference": self.mean, "pairs": self.n}
        bounds = {"sentences": self.over_sentences, "replicates": self.over_replicates}
        for name, each in bounds.items():
            if each:
                record.update({f"{name}_low": each.low, f"{name}_high": each.high})
                record[f"{name}_p_value"] = each.p_value
        return record

    @property
    def is_clear(self) -> bool:
        """Whether the intervals leave out zero, all on the same side."""
        known = [each for each in (self.over_sentences, self.over_replicates) if each]
        return all(each.low > 0 for each in known) or all(each.high < 0 for each in known)


def difference(
    metric: str, cell: Mapping[Levels, Result], baseline: Mapping[Levels, Result]
) -> Difference | None:
    """
    # Parameters

    metric : `str`
        See `Result.value`.
    cell, baseline : `Mapping[Levels, Result]`
        By the levels of the replicates.

    # Returns

    `Difference`, or `None` if the two have no replicates in common
    """
    pairs = {
        replicate: (cell[replicate], baseline[replicate])
        for replicate in cell
        if replicate in baseline
    }
    differences = {
        replicate: ours - theirs
        for replicate, (ours, theirs) in (
            (replicate, (a.value(metric), b.value(metric))) for replicate, (a, b) in pairs.items()
        )
        if ours is not None and theirs is not None
    }
    if not differences:
        return None
    compared = [each for replicate in differences for each in pairs[replicate]]
    counts = [found for each in compared if (found := each.counts(metric)) is not None]
    over_sentences = None
    if len(counts) == len(compared):
        try:
            over_sentences = paired_bootstrap(counts[::2], counts[1::2])
        except ConfigurationError as error:
            places = " and ".join(each.place for each in compared)
            raise ConfigurationError(f"{places}: {error.message}") from None
    over_replicates = hierarchical_bootstrap(_nest(differences))
    return Difference(over_replicates.mean, len(differences), over_sentences, over_replicates)


def _nest(differences: Mapping[Levels, float]) -> list[Any]:
    """Lists within lists, one depth for each of the levels."""
    groups: dict[Any, dict[Levels, float]] = {}
    for (first, *rest), value in differences.items():
        groups.setdefault(first, {})[tuple(rest)] = value
    return [group[()] if () in group else _nest(group) for group in groups.values()]
