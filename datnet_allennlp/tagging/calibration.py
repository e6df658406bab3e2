"""How reliable confidence is: of the entities at 0.8, four in five should be right."""

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.whole_file import whole_file
from datnet_allennlp.extras import require


class ReliabilityBin(NamedTuple):
    """
    The entities whose confidence lies between two bounds.

    # Parameters

    lower, upper : `float`
        The bounds; the upper one belongs to the bin.
    num_entities : `int`
    confidence : `float`
        Their mean confidence; the middle of the bounds where there is none.
    accuracy : `float`
        The share of them that is right; 0 where there is none.
    """

    lower: float
    upper: float
    num_entities: int
    confidence: float
    accuracy: float


def reliability(
    confidences: Sequence[float], correct: Sequence[bool], num_bins: int = 10
) -> list[ReliabilityBin]:
    """
    The reliability diagram: bins of equal width from 0 to 1.

    # Parameters

    confidences : `Sequence[float]`
        Of each predicted entity.
    correct : `Sequence[bool]`
        Whether the gold sentence holds it, with the same tokens and type.
    num_bins : `int`, optional (default = 10)
    """
    values, right = numpy.asarray(confidences, float), numpy.asarray(correct, bool)
    bounds = numpy.linspace(0, 1, num_bins + 1)
    places = numpy.clip(numpy.ceil(values * num_bins).astype(int) - 1, 0, num_bins - 1)
    bins = []
    for i in range(num_bins):
        inside = places == i
        count = int(inside.sum())
        middle = (bounds[i] + bounds[i + 1]) / 2
        confidence = float(values[inside].mean()) if count else float(middle)
        accuracy = float(right[inside].mean()) if count else 0.0
        bins.append(
            ReliabilityBin(float(bounds[i]), float(bounds[i + 1]), count, confidence, accuracy)
        )
    return bins


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """
    How far confidence and accuracy lie apart, as a mean over all entities (Guo et al., ICML 2017,
    Eq. 3); 0 if there are none.
    """
    total = sum(each.num_entities for each in bins)
    gaps = sum(each.num_entities * abs(each.accuracy - each.confidence) for each in bins)
    return gaps / total if total else 0.0


def check_picture(path: str | PathLike[str]) -> None:
    """Raises `ConfigurationError` for a suffix of no kind of picture, and without matplotlib."""
    backends = require("matplotlib.backend_bases", "report", f"{path}")
    known = sorted(backends.FigureCanvasBase.get_supported_filetypes())
    if (suffix := Path(path).suffix.lower().removeprefix(".")) not in known:
        raise ConfigurationError(f"{path}: found the suffix '{suffix}', expected one of {known}")


def plot_reliability(
    diagrams: Mapping[str, Sequence[ReliabilityBin]], path: str | PathLike[str]
) -> None:
    """
    Draws reliability diagrams side by side, with their expected calibration errors and how many
    entities each bin holds.

    # Parameters

    diagrams : `Mapping[str, Sequence[ReliabilityBin]]`
        By title.
    path : `str | PathLike[str]`
        The picture, in a format that its suffix names.

    Raises `ConfigurationError` without matplotlib.
    """
    matplotlib = require("matplotlib.figure", "report", f"{path}")
    figure = matplotlib.Figure(figsize=(4.2 * len(diagrams), 5.2), layout="constrained")
    axes = figure.subplots(2, len(diagrams), squeeze=False, sharex=True, height_ratios=[3, 1])
    for (title, bins), above, below in zip(diagrams.items(), *axes, strict=True):
        filled = [each for each in bins if each.num_entities]
        middles = [(each.lower + each.upper) / 2 for each in bins]
        width = bins[0].upper - bins[0].lower
        above.plot([0, 1], [0, 1], color="0.5", linestyle="--", label="as it should be")
        above.bar(middles, [b.accuracy for b in bins], 0.95 * width, color="#9ecae1")
        above.plot(
            [each.confidence for each in filled],
            [each.accuracy for each in filled],
            "o-",
            color="#08519c",
            label="found",
        )
        above.set_title(f"{title}: error {100 * expected_calibration_error(bins):.1f} %")
        above.set_ylabel("share of entities that are right")
        above.set_ylim(0, 1)
        above.legend(loc="upper left", frameon=False)
        below.bar(middles, [each.num_entities for each in bins], 0.95 * width, color="0.7")
        below.set_ylabel("entities")
        below.set_xlabel("confidence")
        below.set_xlim(0, 1)
    with whole_file(path) as file:
        figure.savefig(file, format=Path(path).suffix[1:], dpi=150)
