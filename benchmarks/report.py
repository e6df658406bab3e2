"""What a benchmark found: a table, goals and curves, as text, JSON and Markdown."""

import argparse
import dataclasses
import json
import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any


@dataclasses.dataclass
class Report:
    """
    # Parameters

    title : `str`
    setting : `list[str]`
        Sizes, repetitions and whatever else a reader needs to judge the figures.
    columns : `list[str]`
    rows : `list[list[str]]`
        As wide as `columns`.
    goals : `list[dict[str, Any]]`
        What `at_least` and `at_most` return.
    curves : `list[dict[str, Any]]`
        For a picture: `panel`, `label`, `x_label`, `x`, `seconds`.
    bars : `dict[str, float]`
        For a picture: one value by name, in the unit `bars_unit`.
    """

    title: str
    setting: list[str]
    columns: list[str]
    rows: list[list[str]] = dataclasses.field(default_factory=list)
    goals: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    curves: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    bars: dict[str, float] = dataclasses.field(default_factory=dict)
    bars_unit: str = ""

    def finish(self, json_path: Path | None) -> None:
        """Prints the report and, if there is a path, writes it there."""
        print(to_markdown(dataclasses.asdict(self)))
        if json_path is not None:
            write_whole(json_path, json.dumps(dataclasses.asdict(self), indent=1) + "\n")


def arguments(description: str | None, repetitions: int) -> argparse.ArgumentParser:
    """The options that all benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report there")
    parser.add_argument("--repetitions", type=int, default=repetitions)
    return parser


def at_least(what: str, bound: float, measured: float) -> dict[str, Any]:
    return _goal(what, f"at least {bound:g}", measured, measured >= bound)


def at_most(what: str, bound: float, measured: float) -> dict[str, Any]:
    return _goal(what, f"at most {bound:g}", measured, measured <= bound)


def _goal(what: str, goal: str, measured: float, met: bool) -> dict[str, Any]:
    return {"what": what, "goal": goal, "measured": measured, "met": met}


def spread(values: Sequence[float], factor: float = 1.0) -> str:
    """`median (lowest .. highest)`, all times `factor`."""
    low, middle, high = (
        digits(value * factor) for value in (min(values), statistics.median(values), max(values))
    )
    return f"{middle} ({low} .. {high})"


def digits(value: float) -> str:
    """Three significant digits, and no more after the point than that leaves."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return (
        f"{value:.1f}"
        if abs(value) >= 10
        else f"{value:.2f}"
        if abs(value) >= 1
        else f"{value:.3g}"
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, as in the reports of experiments."""
    # Only when all is measured: the memory of this process counts for those that it starts.
    from datnet_allennlp.experiments.report.formats import to_markdown as to_table

    return to_table(columns, rows)


def goals_table(goals: Sequence[dict[str, Any]]) -> str:
    return table(
        ["ratio", "goal", "measured", "met"],
        [
            [goal["what"], goal["goal"], digits(goal["measured"]), "yes" if goal["met"] else "no"]
            for goal in goals
        ],
    )


def to_markdown(report: dict[str, Any]) -> str:
    """One section: title, setting, table and goals of a `Report` as a dictionary."""
    parts = [f"## {report['title']}", "\n".join(f"- {line}" for line in report["setting"])]
    if report["rows"]:
        parts.append(table(report["columns"], report["rows"]))
    if report["goals"]:
        parts.append(goals_table(report["goals"]))
    return "\n\n".join(part for part in parts if part) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(text, encoding="utf-8")
    os.replace(unfinished, path)
