"""
How figures look: readable in print, in colours that the colour-blind tell apart (Okabe and Ito,
2008), each with a marker of its own. Needs matplotlib, the extra `report`.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datnet_allennlp.experiments.files import write_whole
from datnet_allennlp.extras import require

COLOURS = (
    "#000000",
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#888888",
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "lines.markersize": 4,
    # Text stays text, and the same figure gives the same bytes.
    "svg.fonttype": "none",
    "svg.hashsalt": "datnet_allennlp",
}


@contextmanager
def drawing(path: Path, columns: int, width: float = 5.0, height: float = 3.6) -> Iterator[Any]:
    """
    Gives the axes of a figure and writes it when they are drawn.

    # Parameters

    path : `Path`
        Of the files, which end in `.png` and `.svg` in place of its own suffix.
    columns : `int`
        The number of panels beside each other, which share the axes.
    width, height : `float`
        Of one panel, in inches.
    """
    require("matplotlib", "report", f"{path}").use("Agg")
    plt = require("matplotlib.pyplot", "report", f"{path}")
    with plt.rc_context(_STYLE):
        figure, axes = plt.subplots(
            1, columns, figsize=(width * columns, height), sharex=True, sharey=True, squeeze=False
        )
        try:
            yield list(axes.flat)
            for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None})):
                write_whole(path.with_suffix(suffix), _image(figure, suffix[1:], metadata))
        finally:
            plt.close(figure)


def _image(figure: Any, kind: str, metadata: dict[str, Any]) -> bytes:
    image = io.BytesIO()
    figure.savefig(image, format=kind, dpi=160, bbox_inches="tight", metadata=metadata)
    return image.getvalue()
