"""Maps of the shared encodings of the resources (figure 3)."""

from pathlib import Path
from typing import Any

from datnet_allennlp.experiments.report.drawing import drawing
from datnet_allennlp.experiments.report.grid import Grid, show_levels
from datnet_allennlp.experiments.report.summary import summarize

# As the paper's; the two differ in brightness and in marker too.
_RED, _BLUE = "#D55E00", "#0072B2"


def draw_maps(grid: Grid, folder: Path) -> Path | None:
    """
    Draws a panel for each cell of the tables that recorded a map, of its first replicate, with the
    mean proxy A-distance of all its replicates below.

    # Returns

    `Path`, or `None` if no cell recorded one.
    """
    panels: list[tuple[str, dict[str, Any]]] = []
    for row in grid.rows:
        for column in grid.columns:
            maps = [each.line.get("encoding_map") for each in grid.cell(row, column).values()]
            if found := next(filter(None, maps), None):
                distance = summarize(grid.values(row, column, "distance.proxy_a_distance_source"))
                below = f"proxy A-distance {distance.mean:.2f}" if distance else ""
                panels.append((f"{show_levels(row + column)}\n{below}", found))
    if not panels:
        return None
    path = folder / f"{grid.name}_maps.png"
    with drawing(path, len(panels), width=3.2, height=3.2) as axes:
        for axis, (title, found) in zip(axes, panels, strict=True):
            for resource, points in found.items():
                is_target = resource == "target"
                axis.scatter(
                    *zip(*points, strict=True),
                    s=9,
                    linewidths=0,
                    color=_BLUE if is_target else _RED,
                    marker="o" if is_target else "^",
                    alpha=0.6,
                    label=resource,
                )
            axis.set_xticks([])
            axis.set_yticks([])
            axis.set_xlabel(title)
        axes[0].legend(loc="upper left", fontsize=7.5)
    return path
