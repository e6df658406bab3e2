"""The pictures of the reports: bars of speed, curves of growth."""

import math
import textwrap
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def draw_bars(reports: list[dict[str, Any]], path: Path) -> None:
    """One panel a report that has bars, two panels a row."""
    reports = [report for report in reports if report["bars"]]
    if not reports:
        return
    rows = math.ceil(len(reports) / 2)
    figure, axes = plt.subplots(rows, 2, figsize=(14, 3 * rows), squeeze=False)
    for axis in axes.flat[len(reports) :]:
        axis.axis("off")
    for axis, report in zip(axes.flat, reports, strict=False):
        names, values = list(report["bars"]), list(report["bars"].values())
        colours = ["tab:blue" if "datnet" in name else "tab:gray" for name in names]
        drawn = axis.barh(names, values, color=colours)
        axis.bar_label(drawn, [f"{value:,.0f}" for value in values], padding=3, fontsize=8)
        axis.invert_yaxis()
        axis.margins(x=0.15)
        axis.tick_params(labelsize=8)
        axis.set_xlabel(report["bars_unit"], fontsize=8)
        axis.set_title("\n".join(textwrap.wrap(report["title"], 60)), fontsize=10)
    _save(figure, path)


def draw_curves(report: dict[str, Any], path: Path) -> None:
    """Milliseconds a step against each size, both logarithmic, with the fitted lines."""
    panels = list(dict.fromkeys(curve["panel"] for curve in report["curves"]))
    if not panels:
        return
    figure, axes = plt.subplots(1, len(panels), figsize=(4 * len(panels), 4), squeeze=False)
    for axis, panel in zip(axes.flat, panels, strict=True):
        for curve in (curve for curve in report["curves"] if curve["panel"] == panel):
            x, exponent = curve["x"], curve["exponents"][0]
            milliseconds = [1000 * second for second in curve["seconds"]]
            label = (
                f"{curve['label']}: exponent {exponent:.2f} ({curve['exponents'][1]:.2f} at end)"
            )
            (line,) = axis.plot(x, milliseconds, "o", label=label)
            centre_x = math.exp(sum(map(math.log, x)) / len(x))
            centre = math.exp(sum(map(math.log, milliseconds)) / len(milliseconds))
            fitted = [centre * (size / centre_x) ** exponent for size in x]
            axis.plot(x, fitted, "--", color=line.get_color(), linewidth=1)
        axis.set(xscale="log", yscale="log", xlabel=curve["x_label"], title=panel)
        axis.set_xticks(x, [str(size) for size in x], fontsize=7)
        axis.minorticks_off()
        low, high = axis.get_ylim()
        # A flat line should look flat.
        axis.set_ylim(min(low, math.sqrt(low * high) / 4), max(high, math.sqrt(low * high) * 4))
        axis.legend(fontsize=7)
    axes.flat[0].set_ylabel("ms a step")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.tight_layout()
    unfinished = path.with_name("unfinished-" + path.name)
    figure.savefig(unfinished, dpi=110, metadata={"Software": None})
    plt.close(figure)
    unfinished.replace(path)
