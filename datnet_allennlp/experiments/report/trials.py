"""The best of tuning, as it is to be expected from the number of trials (Dodge et al., 2019)."""

import statistics
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from datnet_allennlp.evaluation.expected_maximum import ExpectedMaximum, expected_maximum
from datnet_allennlp.experiments.report.drawing import COLOURS, MARKERS, drawing
from datnet_allennlp.experiments.report.grid import Grid, Levels, show, show_levels
from datnet_allennlp.experiments.report.summary import percent
from datnet_allennlp.experiments.report.table import Table

_METRIC = "best_dev_f1"


@dataclass
class Trials:
    """
    # Parameters

    group : `Levels`
        The levels of the factors that were not tuned.
    best : `Levels`
        The levels of the tuned factors with the best dev F1.
    expected : `ExpectedMaximum`
        Of dev F1, by the number of trials.
    """

    group: Levels
    best: Levels
    expected: ExpectedMaximum


def find_trials(grid: Grid) -> list[Trials]:
    """
    Groups the results of a tuning run by the factors that were not tuned. A trial is a combination
    of the tuned levels; its score is the mean over the replicates, unless they count as tuned.
    """
    tuned = grid.settings.trials_over
    if not tuned:
        return []
    scores: dict[Levels, dict[Levels, list[float]]] = defaultdict(lambda: defaultdict(list))
    for levels, result in grid.results.items():
        score = result.value(_METRIC)
        if score is not None:
            group, trial = grid.levels(_groups(grid), levels), grid.levels(tuned, levels)
            scores[group][trial].append(score)
    return [
        Trials(
            group, max(means, key=lambda trial: means[trial]), expected_maximum([*means.values()])
        )
        for group, trials in scores.items()
        for means in [{trial: statistics.fmean(values) for trial, values in trials.items()}]
    ]


def trials_table(grid: Grid, found: list[Trials]) -> Table:
    """The expected best dev F1 of 1, 2, 4, ... and all trials, and the levels that won."""
    longest = max(len(each.expected.mean) for each in found)
    numbers = sorted({*(2**power for power in range(longest.bit_length())), longest} - {0})
    groups = _groups(grid)
    rows = []
    for each in found:
        mean = each.expected.mean
        winner = ", ".join(
            f"{factor}={show(level)}"
            for factor, level in zip(grid.settings.trials_over, each.best, strict=True)
        )
        expected = [percent(mean[n - 1]) if n <= len(mean) else "" for n in numbers]
        rows.append([*map(show, each.group), str(len(mean)), *expected, winner])
    caption = (
        "Expected best F1 on dev, in percent, of so many trials drawn from those that were run "
        f"(Dodge et al., 2019). Tuned: {' and '.join(grid.settings.trials_over)}."
    )
    records = [
        {
            **dict(zip(groups, each.group, strict=True)),
            "trials": number,
            "expected": mean,
            "sd": sd,
        }
        for each in found
        for number, (mean, sd) in enumerate(
            zip(each.expected.mean, each.expected.sd, strict=True), start=1
        )
    ]
    heads = [*groups, "trials", *(f"best of {number}" for number in numbers), "winner"]
    return Table(f"{grid.name}_trials", caption, heads, rows, records)


def draw_trials(grid: Grid, found: list[Trials], folder: Path) -> Path:
    """Curves with a band of one standard deviation."""
    path = folder / f"{grid.name}_trials.png"
    with drawing(path, 1) as (axis,):
        for index, each in enumerate(found):
            mean, sd = (100 * values for values in each.expected)
            numbers = range(1, len(mean) + 1)
            colour = COLOURS[index % len(COLOURS)]
            marker = MARKERS[index % len(MARKERS)]
            label = show_levels(each.group)
            axis.plot(numbers, mean, color=colour, marker=marker, label=label)
            axis.fill_between(numbers, mean - sd, mean + sd, color=colour, alpha=0.15, linewidth=0)
        axis.xaxis.get_major_locator().set_params(integer=True)
        axis.set_xlabel("trials")
        axis.set_ylabel("expected best F1 on dev in percent")
        if len(found) > 1:
            axis.legend(fontsize=7.5)
    return path


def _groups(grid: Grid) -> list[str]:
    aside = grid.settings.trials_over + grid.settings.replicates
    return [factor for factor in grid.factors if factor not in aside]
