"""How a cell of a grid differs from the baseline, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datnet_allennlp.evaluation.significance import (
    Interval,
    hierarchical_bootstrap,
    paired_bootstrap,
)
from datnet_allennlp.experiments.report.grid import Grid, Levels


@dataclass(frozen=True)
class Difference:
    """
    # Parameters

    mean : `float`
        The cell less its baseline, over the replicates that both have.
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

    @property
    def is_clear(self) -> bool:
        """Whether both intervals leave out zero."""
        known = [each for each in (self.over_sentences, self.over_replicates) if each]
        return all(each.low > 0 for each in known) or all(each.high < 0 for each in known)


def difference(grid: Grid, row: Levels, column: Levels) -> Difference | None:
    """
    # Returns

    `Difference`, or `None` for the baseline itself and where the two have no replicates in common
    """
    metric = grid.settings.metric
    baseline = grid.baseline_of(row, column)
    pairs = {
        replicate: (result, baseline[replicate])
        for replicate, result in grid.cell(row, column).items()
        if baseline and replicate in baseline
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
        over_sentences = paired_bootstrap(counts[::2], counts[1::2])
    over_replicates = hierarchical_bootstrap(_nest(differences))
    return Difference(over_replicates.mean, len(differences), over_sentences, over_replicates)


def _nest(differences: Mapping[Levels, float]) -> list[Any]:
    """Lists within lists, one depth for each of the levels."""
    groups: dict[Any, dict[Levels, float]] = {}
    for (first, *rest), value in differences.items():
        groups.setdefault(first, {})[tuple(rest)] = value
    return [group[()] if () in group else _nest(group) for group in groups.values()]
