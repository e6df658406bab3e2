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
    rows: list[dict[str, str]] = []
    records = []
    for row, column in Tqdm.tqdm(cells, desc=f"{grid.name}: differences"):
        summary = summarize(grid.values(row, column))
        if summary is None:
            continue
        levels, epochs = grid.named(row, column), of_epochs[row, column]
        shown = {factor: show(level) for factor, level in levels.items()}
        shown |= {"mean ± sd (n)": str(summary), "best": percent(summary.best)}
        record = {**levels, **vars(summary)}
        if grid.has_paper:
            record["paper"] = grid.paper(row, column)
            shown["paper"] = percent(record["paper"])
        if any(of_epochs.values()):
            record[_BEST_OF_EPOCHS] = epochs and epochs.mean
            shown[_BEST_OF_EPOCHS] = str(epochs or "")
        if grid.baseline:
            baseline = grid.baseline_of(row, column)
            found = difference(grid.settings.metric, grid.cell(row, column), baseline)
            record |= found.record() if found else {}
            texts = found.cells() if found else [""] * len(COLUMNS)
            shown |= dict(zip(COLUMNS, texts, strict=True))
        rows.append(shown)
        records.append(record)
    texts_of_rows = [list(shown.values()) for shown in rows]
    return Table(f"{grid.name}_cells", _caption(grid), list(rows[0]), texts_of_rows, records)


def _caption(grid: Grid) -> str:
    if not grid.baseline:
        return f"{grid.metric_name}."
    replicates = " and ".join(grid.settings.replicates)
    baseline = show_levels(tuple(grid.baseline.values()))
    return f"{grid.metric_name}; difference: against {baseline}, paired by {replicates}. {CAPTION}"
