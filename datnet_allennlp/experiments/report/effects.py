"""Main effects: what one component does, pooled over sizes, samples and the other components."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy

from datnet_allennlp.evaluation.main_effects import main_effect
from datnet_allennlp.experiments.report.drawing import COLOURS, drawing
from datnet_allennlp.experiments.report.formats import Bold
from datnet_allennlp.experiments.report.grid import Grid, Levels, show, show_levels
from datnet_allennlp.experiments.report.summary import interval, percent
from datnet_allennlp.experiments.report.table import Table

Record = Mapping[str, Any]


def find_effects(grid: Grid) -> list[dict[str, Any]]:
    """
    Estimates the effect of each contrast of the settings that the results hold pairs of: over all
    columns (`at` is `"all"`) and, if there are several, in each.

    # Returns

    `list[dict[str, Any]]`
        What `main_effect` returns, with `name`, `at`, and `paper`, the mean of the same differences
        in the paper's figures, if there are any.
    """
    replicates = grid.settings.replicates
    if not replicates:
        return []
    scopes: list[Levels] = [(), *(grid.columns if len(grid.columns) > 1 else [])]
    effects = []
    for contrast in grid.settings.contrasts:
        levels = contrast["factor"], contrast["of"], contrast["against"]
        for scope in scopes:
            where = dict(zip(grid.settings.columns, scope, strict=bool(scope)))
            records = _within(grid.records(levels[0]), where)
            paper_records = _within(grid.paper_records(levels[0]), where)
            paper = list(_differences(paper_records, *levels))
            if not list(_differences(records, *levels)):
                continue
            effects.append(
                {
                    "name": _name(grid, *levels),
                    "at": show_levels(scope),
                    **main_effect(records, *levels, clusters=replicates),
                    "paper": float(numpy.mean(paper)) if paper else None,
                }
            )
    return effects


def effects_table(grid: Grid, effects: Sequence[Record]) -> Table:
    """One line an effect and column; bold where the interval leaves out zero."""
    units = " and ".join(grid.settings.replicates)
    caption = (
        f"Differences in {grid.metric_name}, paired within all else and pooled over it, with "
        f"the 95 % interval of a hierarchical bootstrap over {units}; bold where it leaves out "
        "zero. n: the number of differences; clusters: of the independent units behind them. The "
        "intervals are not corrected for their number."
    )
    if grid.has_paper:
        caption += " paper: the same differences of its figures, as far as it reports them."
    rows = [
        [
            effect["name"],
            effect["at"],
            _bold_if_clear(percent(effect["mean"], sign=True), effect),
            interval(effect["low"], effect["high"]),
            percent(effect["sd"]),
            str(effect["n"]),
            str(effect["num_clusters"]),
            *([percent(effect["paper"], sign=True)] if grid.has_paper else []),
        ]
        for effect in effects
    ]
    across = ", ".join(grid.settings.columns) or "at"
    heads = ["effect", across, "difference", "95 % interval", "sd", "n", "clusters"]
    heads += ["paper"] if grid.has_paper else []
    return Table(f"{grid.name}_effects", caption, heads, rows, [dict(each) for each in effects])


def draw_effects(grid: Grid, effects: Sequence[Record], folder: Path) -> Path:
    """Bars of the effects with their intervals, a panel for all columns and one for each."""
    names = list(dict.fromkeys(effect["name"] for effect in effects))
    panels = list(dict.fromkeys(effect["at"] for effect in effects))
    path = folder / f"{grid.name}_effects.png"
    height = 1.0 + 0.35 * len(names)
    with drawing(path, len(panels), width=2.4 if len(panels) > 1 else 5.0, height=height) as axes:
        for axis, panel in zip(axes, panels, strict=True):
            shown = [effect for effect in effects if effect["at"] == panel]
            places = [names.index(effect["name"]) for effect in shown]
            means, lows, highs = (
                100 * numpy.array([effect[key] for effect in shown])
                for key in ("mean", "low", "high")
            )
            axis.barh(places, means, height=0.6, color=COLOURS[6], label="here")
            axis.errorbar(
                means,
                places,
                xerr=numpy.array([means - lows, highs - means]),
                fmt="none",
                ecolor="black",
                capsize=2,
                linewidth=1,
            )
            paper = [(e["paper"], place) for e, place in zip(shown, places, strict=True)]
            known = [(100 * value, place) for value, place in paper if value is not None]
            axis.plot(*zip(*known, strict=True) if known else ([], []), "D", color=COLOURS[2])
            axis.axvline(0, color="black", linewidth=0.8)
            # A level such as a size does not say what it is; several take the room for that.
            name = grid.settings.columns[0] if len(grid.settings.columns) == 1 else ""
            axis.set_title(panel if panel == "all" else f"{name} {panel}".strip(), fontsize=9)
            axis.grid(axis="y", visible=False)
        axes[0].set_yticks(range(len(names)), names)
        axes[0].invert_yaxis()
        axes[len(axes) // 2].set_xlabel(
            "difference in F1 (percentage points)" + grid.has_paper * "; diamonds: the paper"
        )
    return path


def _name(grid: Grid, factor: str, of: Any, against: Any) -> str:
    # The levels of the paper's components speak for themselves.
    where = f"{factor}: " if factor in grid.factors else ""
    return f"{where}{show(of)} against {show(against)}"


def _bold_if_clear(text: str, bounds: Record) -> str:
    """Bold if an interval with `low` and `high` is there and leaves out zero."""
    return Bold(text) if bounds["low"] > 0 or bounds["high"] < 0 else text


def _within(records: Sequence[Record], where: Record) -> list[Record]:
    return [record for record in records if record == {**record, **where}]


def _differences(records: Sequence[Record], factor: str, of: Any, against: Any) -> Iterator[float]:
    """Of records that agree in all else."""
    scores = {
        frozenset((key, each[key]) for key in each.keys() - {"score"}): each["score"]
        for each in records
    }
    for record in records:
        other = {**record, factor: against}
        del other["score"]
        if record.get(factor) == of and (key := frozenset(other.items())) in scores:
            yield record["score"] - scores[key]
