"""One line for each cell of a grid: its runs, its best, and how it differs from the baseline."""

from allennlp.common.tqdm import Tqdm

from datnet_allennlp.experiments.report.differences import CAPTION, COLUMNS, difference
from datnet_allennlp.experiments.report.grid import Grid, show, show_levels
from datnet_allennlp.experiments.report.summary import percent, summarize
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
        baseline = grid.baseline_of(row, column)
        found = difference(grid.settings.metric, grid.cell(row, column), baseline)
        best = [str(epochs or "")] if recorded else []
        rows.append(
            [*map(show, row + column), str(summary), percent(summary.best), percent(paper), *best]
            + (found.cells() if found else [""] * len(COLUMNS))
        )
        records.append(
            {
                **grid.named(row, column),
                **vars(summary),
                "paper": paper,
                **({_BEST_OF_EPOCHS: epochs and epochs.mean} if recorded else {}),
                **(found.record() if found else {}),
            }
        )
    heads = [
        *grid.settings.rows,
        *grid.settings.columns,
        "mean ± sd (n)",
        "best",
        "paper",
        *([_BEST_OF_EPOCHS] if recorded else []),
        *COLUMNS,
    ]
    return Table(f"{grid.name}_cells", _caption(grid), heads, rows, records)


def _caption(grid: Grid) -> str:
    if not grid.baseline:
        return f"{grid.metric_name}."
    replicates = " and ".join(grid.settings.replicates)
    baseline = show_levels(tuple(grid.baseline.values()))
    return f"{grid.metric_name}; difference: against {baseline}, paired by {replicates}. {CAPTION}"
