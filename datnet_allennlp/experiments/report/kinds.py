"""All kinds of scores side by side, and what tells how far apart the resources are."""

from datnet_allennlp.experiments.report.grid import Grid, Levels, show
from datnet_allennlp.experiments.report.summary import Summary, percent, summarize
from datnet_allennlp.experiments.report.table import Table

_KINDS = {
    "conlleval": "test.conlleval.f1",
    "strict": "test.strict.f1",
    "untyped": "test.untyped.f1",
    "surface": "test.surface.f1",
    "seen": "test.seen.f1",
    "unseen": "test.unseen.f1",
    "dev": "dev.conlleval.f1",
    "source": "source.conlleval.f1",
    "discriminator": "distance.discriminator_accuracy",
    "A-distance": "distance.proxy_a_distance_source",
}
_CAPTION = (
    "F1 in percent, means over the runs. On the target's test set: conlleval; strict (an entity "
    "begins with B- only); untyped (boundaries alone); surface (different pairs of surface form "
    "and type, as WNUT-2017 counts); entities whose form and type training held (seen) and did not "
    "hold (unseen). Then the target's dev set and the source, which says what was forgotten; "
    "the discriminator's accuracy on held-out sentences of both resources (50 by chance); and the "
    "proxy A-distance of their shared encodings, 0 where they are alike and 2 where they are apart."
)


def kinds_table(grid: Grid) -> Table | None:
    """The means of those kinds that were recorded, or `None` if there is one alone."""
    found = {
        (row, column): {
            kind: _summary(grid, row, column, metric) for kind, metric in _KINDS.items()
        }
        for row in grid.rows
        for column in grid.columns
        if grid.cell(row, column)
    }
    kinds = [kind for kind in _KINDS if any(each[kind] for each in found.values())]
    if len(kinds) < 2:
        return None
    means = {
        cell: {kind: summary.mean if summary else None for kind, summary in summaries.items()}
        for cell, summaries in found.items()
    }
    return Table(
        f"{grid.name}_kinds",
        _CAPTION,
        [*grid.settings.rows, *grid.settings.columns, "n", *kinds],
        [
            [
                *map(show, row + column),
                str(len(grid.cell(row, column))),
                *(_show(kind, of_cell[kind]) for kind in kinds),
            ]
            for (row, column), of_cell in means.items()
        ],
        [
            {
                **grid.named(row, column),
                "n": len(grid.cell(row, column)),
                **{kind: of_cell[kind] for kind in kinds},
            }
            for (row, column), of_cell in means.items()
        ],
    )


def _summary(grid: Grid, row: Levels, column: Levels, metric: str) -> Summary | None:
    # All entities of WNUT-2017's test set are new: F1 of those seen in training says nothing.
    gold = grid.values(row, column, metric.removesuffix("f1") + "gold")
    return None if gold and not any(gold) else summarize(grid.values(row, column, metric))


def _show(kind: str, mean: float | None) -> str:
    if mean is None:
        return "–"
    return f"{mean:.2f}" if kind == "A-distance" else percent(mean)
