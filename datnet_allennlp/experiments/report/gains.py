"""What each further step in the number of target sentences brings."""

import itertools

from datnet_allennlp.experiments.report.differences import CAPTION, COLUMNS, difference
from datnet_allennlp.experiments.report.grid import Grid, show, show_levels
from datnet_allennlp.experiments.report.table import Table


def gains_table(grid: Grid) -> Table | None:
    """One line a row and step, or `None` if the columns are no sizes or results are missing."""
    if grid.settings.columns != ["size"]:
        return None
    found = [
        (row, step, gain)
        for row in grid.rows
        for step in itertools.pairwise(grid.columns)
        for fewer, more in [(grid.cell(row, each) for each in step)]
        if (gain := difference(grid.settings.metric, more, fewer))
    ]
    if not found:
        return None
    caption = (
        f"{grid.metric_name}: what more sentences bring, paired by "
        f"{' and '.join(grid.settings.replicates) or 'runs'}. {CAPTION}"
    )
    rows = [
        [*map(show, row), f"{show_levels(fewer)} to {show_levels(more)}", *gain.cells()]
        for row, (fewer, more), gain in found
    ]
    records = [
        {
            **dict(zip(grid.settings.rows, row, strict=True)),
            "from": fewer[0],
            "to": more[0],
            **gain.record(),
        }
        for row, (fewer, more), gain in found
    ]
    heads = [*grid.settings.rows, "sentences", *COLUMNS]
    return Table(f"{grid.name}_gains", caption, heads, rows, records)
