"""From the data of `inspect_models` to one page of HTML and the same as JSON."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.whole_file import whole_file
from datnet_allennlp.evaluation.errors import KINDS, NONE
from datnet_allennlp.evaluation.page import drawing


def write_page(inspection: Mapping[str, Any], path: Path) -> Path:
    """
    Writes the page, which needs no other file and no network, and beside it the same as `.json`.

    # Parameters

    inspection : `Mapping[str, Any]`
        From `inspect_models`.
    path : `Path`
        Ends in `.html`.

    # Returns

    `Path`
        Of the JSON.

    Raises `ConfigurationError` for another ending, and a folder that is not there.
    """
    check_target(path)
    beside = path.with_suffix(".json")
    # Lone surrogates, which no UTF-8 file has, cannot come from a corpus.
    for target, text in ((path, render(inspection)), (beside, json.dumps(inspection, indent=1))):
        with whole_file(target) as file:
            file.write(text.encode("utf-8"))
    return beside


def check_target(path: Path) -> None:
    """Raises `ConfigurationError` if the page cannot be written under this name."""
    if path.suffix != ".html":
        raise ConfigurationError(f"{path}: found this name of a page, expected one in .html")
    if not path.parent.is_dir():
        raise ConfigurationError(
            f"{path}: found no folder '{path.parent}', expected one that is there"
        )


def render(inspection: Mapping[str, Any]) -> str:
    """The page. All text of corpora, archives and paths is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("datnet_allennlp.evaluation.page", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"percent": _percent, "points": _points, "segments": _segments}
    names = [each["name"] for each in inspection["archives"]]
    # Matplotlib escapes the text in its pictures.
    pictures = {
        "curves": drawing.draw_curves(inspection["training"]),
        "reliability": [
            drawing.draw_reliability(data["models"], names) for data in inspection["data"]
        ],
        "robustness": drawing.draw_robustness(inspection["robustness"])
        if inspection["robustness"]
        else "",
        "maps": drawing.draw_maps(inspection["maps"]),
    }
    return environment.get_template("page.html").render(
        **inspection, pictures=pictures, kinds=KINDS, no_entity=NONE
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _points(difference: float) -> str:
    """A difference of shares in points, with its sign."""
    return f"{100 * difference:+.1f}".replace("-", "\N{MINUS SIGN}")


def _segments(case: Mapping[str, Any], tokens: list[str]) -> list[tuple[str, str]]:
    """Stretches of a sentence, each with the names of those of gold and predicted that hold it."""

    def holders(place: int) -> str:
        names = []
        for name in ("gold", "predicted"):
            if (span := case[name]) and span["start"] <= place < span["end"]:
                names.append(name)
        return " ".join(names)

    return [
        (" ".join(tokens[place] for place in places), names)
        for names, places in itertools.groupby(range(len(tokens)), holders)
    ]
