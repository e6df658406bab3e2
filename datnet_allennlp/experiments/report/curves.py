"""F1 against the size of the target data, or another numeric factor, for each model."""

from pathlib import Path
from typing import Any

from datnet_allennlp.experiments.combinations import COMBINATIONS
from datnet_allennlp.experiments.report.drawing import COLOURS, MARKERS, drawing
from datnet_allennlp.experiments.report.grid import Grid, Levels, show, show_levels
from datnet_allennlp.experiments.report.summary import summarize

_AXES = {
    "size": "target sentences with tags",
    "ratio": "share of the target's training data",
    "alpha": "weight α of GRAD",
    "epsilon": "bound ε of the target's perturbation",
}
_LOGARITHMIC_FROM = 10.0  # the largest level over the smallest


def draw_curves(grid: Grid, folder: Path) -> Path | None:
    """
    Draws the mean of each row with a band of one standard deviation; the paper's figures dashed.
    Rows of the paper's components get a panel for each architecture, with the base in all.

    # Returns

    `Path`, or `None` if the columns are no levels of one numeric factor.
    """
    columns = grid.columns
    if len(grid.settings.columns) != 1 or len(columns) < 2:
        return None
    if not all(isinstance(level, int | float) and level > 0 for (level,) in columns):
        return None
    (factor,) = grid.settings.columns
    panels = _panels(grid)
    path = folder / f"{grid.name}_curves.png"
    with drawing(path, len(panels)) as axes:
        for axis, rows in zip(axes, panels, strict=True):
            for index, row in enumerate(rows):
                _draw_row(axis, grid, row, index)
            levels = [level for (level,) in columns]
            if levels[-1] >= _LOGARITHMIC_FROM * levels[0]:
                axis.set_xscale("log")
            axis.set_xticks(levels, map(show, levels))
            axis.minorticks_off()
            axis.set_xlabel(_AXES.get(factor, factor))
            if any(grid.paper(row, column) for row in rows for column in columns):
                axis.plot([], [], color="#888888", linestyle="--", linewidth=1, label="the paper")
            axis.legend(
                title=", ".join(grid.settings.rows),
                fontsize=7.5,
                title_fontsize=7.5,
                ncols=2,
                loc="upper center",
                bbox_to_anchor=(0.5, -0.2),
            )
        # A band of one standard deviation may reach below.
        axes[0].set_ylim(bottom=max(0.0, axes[0].get_ylim()[0]))
        axes[0].set_ylabel(grid.metric_name)
    return path


def _panels(grid: Grid) -> list[list[Levels]]:
    rows = grid.rows
    if len(rows) <= len(COLOURS) or grid.settings.rows != ["model"]:
        return [rows[start : start + len(COLOURS)] for start in range(0, len(rows), len(COLOURS))]
    kinds = {row: COMBINATIONS.get(row[0], {}).get("architecture") for row in rows}
    return [
        [row for row in rows if kinds[row] in ("base", kind)]
        for kind in dict.fromkeys(kinds.values())
        if kind != "base"
    ]


def _draw_row(axis: Any, grid: Grid, row: Levels, index: int) -> None:
    colour = COLOURS[index % len(COLOURS)]
    found = [(column[0], summarize(grid.values(row, column))) for column in grid.columns]
    points = [(level, summary) for level, summary in found if summary]
    axis.plot(
        [level for level, _ in points],
        [100 * summary.mean for _, summary in points],
        color=colour,
        marker=MARKERS[index % len(MARKERS)],
        label=show_levels(row),
    )
    bands = [(level, each.mean, each.sd) for level, each in points if each.sd is not None]
    axis.fill_between(
        [level for level, _, _ in bands],
        [100 * (mean - sd) for _, mean, sd in bands],
        [100 * (mean + sd) for _, mean, sd in bands],
        color=colour,
        alpha=0.12,
        linewidth=0,
    )
    paper = [(column[0], figure) for column in grid.columns if (figure := grid.paper(row, column))]
    axis.plot(
        [level for level, _ in paper],
        [100 * figure for _, figure in paper],
        color=colour,
        linestyle="--",
        linewidth=1,
    )
