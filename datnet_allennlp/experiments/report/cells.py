"""One line for each cell of a grid: its runs, its best, and how it differs from the baseline."""

from typing import Any

from allennlp.common.tqdm import Tqdm

from datnet_allennlp.evaluation.significance import Interval
from datnet_allennlp.experiments.report.differences import Difference, difference
from datnet_allennlp.experiments.report.formats import Bold
from datnet_allennlp.experiments.report.grid import Grid, show, show_levels
from datnet_allennlp.experiments.report.summary import interval, percent, summarize
from datnet_allennlp.experiments.report.table import Table

# The only name under which these figures may stand.
_BEST_OF_EPOCHS = "best test of epochs (checkpoint chosen on test, as the authors' code)"


def cells_table(grid: Grid) -> Table:
    """
    Mean, best, the paper's figure, the best test F1 of the epochs where that was recorded, and the
    difference against the baseline with its intervals.
    """
    cells = [(row, column) for row in grid.rows for column in grid.columns]
    of_epochs = {
        cell: summarize(grid.values(*cell, metric="best_test_f1_of_epochs")) for cell in cells
    }
    recorded = any(of_epochs.values())
    rows, records = [], []
    for row, column in Tqdm.tqdm(cells, desc=f"{grid.name}: differences"):
        summary = summarize(grid.values(row, column))
        if summary is None:
            continue
        paper, epochs = grid.paper(row, column), of_epochs[row, column]
        found = difference(grid, row, column)
        best = [str(epochs or "")] if recorded else []
        rows.append(
            [*map(show, row + column), str(summary), percent(summary.best), percent(paper), *best]
            + _difference_cells(found)
        )
        records.append(
            {
                **grid.named(row, column),
                **vars(summary),
                "paper": paper,
                **({_BEST_OF_EPOCHS: epochs and epochs.mean} if recorded else {}),
                **_difference_record(found),
            }
        )
    heads = [
        *grid.settings.rows,
        *grid.settings.columns,
        "mean ± sd (n)",
        "best",
        "paper",
        *([_BEST_OF_EPOCHS] if recorded else []),
        "difference (n)",
        "over sentences",
        "over " + (" and ".join(grid.settings.replicates) or "runs"),
    ]
    return Table(f"{grid.name}_cells", _caption(grid), heads, rows, records)


def _caption(grid: Grid) -> str:
    caption = f"{grid.metric_name}."
    if grid.baseline:
        baseline = show_levels(tuple(grid.baseline.values()))
        caption += (
            f" difference: against {baseline}, paired by {' and '.join(grid.settings.replicates)} "
            "(n: pairs), with 95 % intervals: of a paired bootstrap over test sentences, the runs "
            "taken as given, and of a hierarchical bootstrap over the runs; bold where both leave "
            "out zero. The intervals are not corrected for their number."
        )
    return caption


def _difference_cells(found: Difference | None) -> list[str]:
    if found is None:
        return ["", "", ""]
    text = f"{percent(found.mean, sign=True)} ({found.n})"
    bounds = (found.over_sentences, found.over_replicates)
    return [
        Bold(text) if found.is_clear else text,
        *(interval(each.low, each.high) if each else "" for each in bounds),
    ]


def _difference_record(found: Difference | None) -> dict[str, Any]:
    if found is None:
        return {}
    record: dict[str, Any] = {"difference": found.mean, "pairs": found.n}
    bounds: dict[str, Interval | None] = {
        "sentences": found.over_sentences,
        "replicates": found.over_replicates,
    }
    for name, each in bounds.items():
        if each:
            record.update({f"{name}_low": each.low, f"{name}_high": each.high})
            record[f"{name}_p_value"] = each.p_value
    return record
