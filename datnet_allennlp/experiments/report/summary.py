"""Mean, spread, number and best of repeated trials, and how figures are written."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """
    # Parameters

    n : `int`
        The number of values.
    mean, best : `float`
    sd : `float`, optional
        The standard deviation of a sample, which one value has none of.
    """

    n: int
    mean: float
    best: float
    sd: float | None

    def __str__(self) -> str:
        spread = "" if self.sd is None else f" ± {percent(self.sd)}"
        return f"{percent(self.mean)}{spread} ({self.n})"


def summarize(values: Sequence[float]) -> Summary | None:
    """Of no values there is none."""
    if not values:
        return None
    sd = statistics.stdev(values) if len(values) > 1 else None
    return Summary(len(values), statistics.fmean(values), max(values), sd)


def percent(value: float | None, sign: bool = False) -> str:
    """A fraction as percent with one decimal."""
    if value is None or math.isnan(value):
        return ""
    return f"{100 * value:{'+' if sign else ''}.1f}".replace("-", "−")


def interval(low: float, high: float) -> str:
    """An interval of differences, or a dash where there is too little to have one."""
    return "–" if math.isnan(low) else f"[{percent(low, sign=True)}, {percent(high, sign=True)}]"
