"""The scores of a grid: rows by columns, mean, standard deviation and number of each cell."""

from datnet_allennlp.experiments.report.grid import Grid, show, show_levels
from datnet_allennlp.experiments.report.summary import percent, summarize
from datnet_allennlp.experiments.report.table import Table


def scores_table(grid: Grid) -> Table:
    """Mean ± standard deviation (n), and the paper's figure beside it, if it has any of these."""
    cells = [(row, column) for row in grid.rows for column in grid.columns]
    found = {cell: summarize(grid.values(*cell)) for cell in cells}
    rows = [
        [*map(show, row)]
        + [
            text
            for column in grid.columns
            for text in (
                str(found[row, column] or "–"),
                *([percent(grid.paper(row, column))] if grid.has_paper else []),
            )
        ]
        for row in grid.rows
    ]
    heads = [
        head
        for column in grid.columns
        for head in (
            show_levels(column) if column else "F1",
            *(["paper"] if grid.has_paper else []),
        )
    ]
    records = [
        {
            **grid.named(row, column),
            "n": each.n,
            "mean": each.mean,
            "sd": each.sd,
            "best": each.best,
            "paper": grid.paper(row, column),
        }
        for (row, column), each in found.items()
        if each is not None
    ]
    across = f" by {' and '.join(grid.settings.columns)}" if grid.settings.columns else ""
    caption = (
        f"{grid.metric_name}{across}: mean ± standard deviation (n: the number of runs)."
        + grid.has_paper
        * " Beside it what the paper reports; its code chose the checkpoint on test."
    )
    return Table(f"{grid.name}_scores", caption, [*grid.settings.rows, *heads], rows, records)
