"""
The page's pictures: SVG of matplotlib, in the page's own colour of text. Needs the extra `report`.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from datnet_allennlp.extras import require

# Okabe and Ito (2008), without black, of which some are a little lighter: they stand out on white
# and on black.
COLOURS = ("#1f83c4", "#d5661e", "#12a37a", "#c56fa1", "#cf9200", "#8a63c9", "#7a8a99")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# Stands for the colour of the page's text, which is another in the dark.
_TEXT = "#010203"
_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "text.color": _TEXT,
    "text.parse_math": False,
    "axes.edgecolor": _TEXT,
    "axes.labelcolor": _TEXT,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.facecolor": "none",
    "grid.color": "#888888",
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "xtick.color": _TEXT,
    "ytick.color": _TEXT,
    "svg.fonttype": "none",
    "svg.hashsalt": "datnet_allennlp",
}
# What is drawn of the training, where it was recorded.
_CURVES = {
    "validation_f1-measure-overall": "F1 on dev",
    "validation_loss": "loss on dev",
    "training_loss": "loss in training",
    "training_discriminator_accuracy": "discriminator's accuracy in training",
}


def draw_curves(training: Mapping[str, Mapping[str, Any]]) -> str:
    """A panel a metric and a line a model; nothing where no run left metrics."""
    keys = [key for key in _CURVES if any(key in curves for curves in training.values())]
    if not keys:
        return ""

    def draw(axes: Sequence[Any]) -> None:
        for axis, key in zip(axes, keys, strict=True):
            for i, (model, curves) in enumerate(training.items()):
                if points := curves.get(key):
                    few = {"marker": _MARKERS[i % len(_MARKERS)]} if len(points) < 12 else {}
                    axis.plot(*zip(*points, strict=True), color=_colour(i), label=model, **few)
            axis.set_title(_CURVES[key])
            axis.set_xlabel("epoch")
            axis.xaxis.get_major_locator().set_params(integer=True)
            if "accuracy" in key or "f1" in key:
                axis.set_ylim(0, 1)
        _legend(axes[0])

    about = ", ".join(_CURVES[key] for key in keys)
    return _svg(f"Curves over the epochs: {about}", draw, len(keys), (3.2, 2.7))


def draw_reliability(models: Mapping[str, Any], names: Sequence[str]) -> str:
    """
    For each model the share of right entities by confidence; nothing where none gives it. `names`
    are those of all models, which tell their colours.
    """
    known = {name: each["calibration"] for name, each in models.items() if each["calibration"]}
    if not known:
        return ""

    def draw(axes: Sequence[Any]) -> None:
        for axis, (name, calibration) in zip(axes, known.items(), strict=True):
            filled = [each for each in calibration["bins"] if each["num_entities"]]
            total = sum(each["num_entities"] for each in filled)
            axis.plot([0, 1], [0, 1], color="#888888", linestyle="--", linewidth=1)
            axis.plot(
                [each["confidence"] for each in filled],
                [each["accuracy"] for each in filled],
                color=_colour(names.index(name)),
                zorder=2,
            )
            axis.scatter(
                [each["confidence"] for each in filled],
                [each["accuracy"] for each in filled],
                s=[12 + 240 * each["num_entities"] / total for each in filled],
                color=_colour(names.index(name)),
                zorder=3,
                clip_on=False,
            )
            axis.set(xlim=(0, 1.03), ylim=(-0.03, 1.03), aspect="equal")
            axis.set_title(f"{name}: error {100 * calibration['error']:.1f} %")
            axis.set_xlabel("confidence")
        axes[0].set_ylabel("share that is right")

    return _svg("Share of right entities by confidence", draw, len(known), (2.9, 3.0))


def draw_robustness(robustness: Mapping[str, Any]) -> str:
    """F1 of each model on the clean corpus and on each change, with intervals."""
    names = ["clean", *robustness["perturbed"]]
    models = list(robustness["clean"])

    def draw(axes: Sequence[Any]) -> None:
        width = 0.8 / len(models)
        for i, model in enumerate(models):
            f1 = [robustness["clean"][model]["f1"]]
            f1 += [each[model]["f1"] for each in robustness["perturbed"].values()]
            axes[0].bar(
                [place + (i - (len(models) - 1) / 2) * width for place in range(len(names))],
                [100 * each["mean"] for each in f1],
                0.9 * width,
                yerr=[
                    [100 * (each["mean"] - each["low"]) for each in f1],
                    [100 * (each["high"] - each["mean"]) for each in f1],
                ],
                error_kw={"ecolor": _TEXT, "elinewidth": 1},
                color=_colour(i),
                label=model,
            )
        axes[0].set_xticks(range(len(names)), names)
        axes[0].grid(axis="x", visible=False)
        axes[0].set_ylabel("F1 in %")
        axes[0].set_ylim(0, 100)
        axes[0].legend(loc="upper center", bbox_to_anchor=(0.5, 1.2), ncols=4)

    return _svg("F1 on the clean and on changed text, as in the table", draw, 1, (8.5, 3.0))


def draw_maps(maps: Mapping[str, Any]) -> str:
    """A panel a model and a point a sentence; nothing without maps."""
    if not maps:
        return ""

    def draw(axes: Sequence[Any]) -> None:
        for axis, (model, each) in zip(axes, maps.items(), strict=True):
            for i, (resource, points) in enumerate(each["points"].items()):
                axis.scatter(
                    *zip(*points, strict=True),
                    s=14,
                    linewidths=0,
                    color=_colour(i),
                    marker=_MARKERS[2 * i % len(_MARKERS)],
                    alpha=0.75,
                    label=resource,
                )
            axis.set_title(model)
            axis.set_xticks([])
            axis.set_yticks([])
            axis.set_xlabel(f"first component ({100 * each['explained'][0]:.0f} %)")
            axis.set_ylabel(f"second component ({100 * each['explained'][1]:.0f} %)")
            _legend(axis)

    return _svg("Map of the shared encoding", draw, len(maps), (3.6, 3.4))


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _legend(axis: Any) -> None:
    axis.legend(loc="best", fontsize=8.5)


def _svg(
    about: str, draw: Callable[[Sequence[Any]], None], columns: int, size: tuple[float, float]
) -> str:
    matplotlib = require("matplotlib", "report", "allennlp report-tagger")
    figures = require("matplotlib.figure", "report", "allennlp report-tagger")
    with matplotlib.rc_context(_STYLE):
        figure = figures.Figure((size[0] * columns, size[1]), layout="constrained")
        draw(list(figure.subplots(1, columns, squeeze=False).flat))
        image = io.BytesIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(image, format="svg", metadata=nothing)
    text = image.getvalue().decode()
    # The page is HTML: no XML declaration, no document type, a name for whom it is read, and
    # as wide as there is room, as long as the letters can be read.
    text = text[text.index("<svg") :]
    width, least = (f"{scale * columns * size[0] * 72:.0f}pt" for scale in (1, 0.6))
    text = re.sub(
        r'width="[\d.]+pt" height="[\d.]+pt"',
        f'role="img" aria-label="{about}" style="max-width: {width}; min-width: {least}"',
        text,
        count=1,
    )
    # Ids of groups, to which nothing refers, are the same in all pictures.
    return re.sub(r'<g id="[^"]*"', "<g", text).replace(_TEXT, "currentColor")
