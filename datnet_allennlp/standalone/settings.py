"""What the settings of an exported folder describe, checked."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy

from .crf import Crf, Entities
from .folder import MOST_TAGS, MOST_WORDS, Folder
from .network import Network
from .word_forms import FORMS
from .words import Characters, Part, WordEncoder, WordVectors

# In float32 the scores of a long text add up to no infinity.
_HIGHEST_SCORE = 1e30


class ResourceParts(NamedTuple):
    """
    What tags the texts of a resource.

    # Parameters

    encode : `WordEncoder`
    network : `Network`
        From the vectors of the words to the scores of the tags.
    crf : `Crf`
    """

    encode: WordEncoder
    network: Network
    crf: Crf


def read_resource(files: Folder, described: Mapping[str, Any]) -> ResourceParts:
    """
    # Parameters

    files : `Folder`
    described : `Mapping[str, Any]`
        A value of `resources` in the settings.

    Raises `Refusal`, or one of Python's errors for values of other kinds.
    """
    parts = [_part(files, part) for part in _list(described["parts"])]
    return ResourceParts(WordEncoder(parts), _network(files, described["network"]), _crf(described))


def _crf(described: Mapping[str, Any]) -> Crf:
    labels = _list(described["labels"])
    if not all(isinstance(each, str) and each for each in labels) or len(labels) > MOST_TAGS:
        raise ValueError(f"expected at most {MOST_TAGS} labels, each a string")
    transitions, start, end = (_scores(described[name]) for name in ("transitions", "start", "end"))
    reading = Entities(*(_truth(described[name]) for name in ("begins", "continues", "ends")))
    temperature = float(described["temperature"])
    shapes = [each.shape for each in (transitions, *reading)]
    shapes += [start.shape * 2, end.shape * 2]
    if shapes != [(len(labels),) * 2] * len(shapes):
        raise ValueError(f"{len(labels)} labels and matrices of {shapes}")
    # Otherwise some text has no tags that are allowed.
    alone = numpy.stack([start, transitions.diagonal(), end])
    if not numpy.isfinite(alone).all(axis=0).any():
        raise ValueError("expected a label that may begin, follow itself, and end")
    if not 1e-3 <= temperature <= 1e3:
        raise ValueError(f"temperature {temperature}, expected 0.001 to 1000")
    return Crf(labels, transitions, start, end, reading, temperature)


def _part(files: Folder, described: Mapping[str, Any]) -> Part:
    unknown = _int(described["unknown"])
    if "network" in described:
        ids = {character: _int(number) for character, number in described["ids"].items()}
        numbers = [unknown, *ids.values()]
        if not 0 <= min(numbers) <= max(numbers) <= MOST_WORDS:
            raise ValueError(f"characters of {min(numbers)} to {max(numbers)}")
        characters = Characters(ids, unknown, _network(files, described["network"]))
        characters.try_ids()
        return characters
    words, vectors = _list(files.json(described["words"])), files.array(described["vectors"])
    scale = files.array(described["scale"]) if "scale" in described else None
    if not 0 <= unknown < len(words) == len(vectors) <= MOST_WORDS:
        raise ValueError(f"{len(words)} words, {len(vectors)} vectors, row {unknown} if unknown")
    if scale is not None and scale.shape != (len(words), 1):
        raise ValueError(f"{len(words)} words, and a scale of {scale.shape}")
    order = _list(described["order"])
    if not all(form in FORMS for form in order):
        raise ValueError(f"order {order}, expected some of {list(FORMS)}")
    return WordVectors(words, vectors, scale, order, unknown)


def _network(files: Folder, name: Any) -> Network:
    return Network(name, files.session(name))


def _scores(values: Any) -> numpy.ndarray:
    """JSON knows no infinity; null stands for what is forbidden."""
    scores = numpy.array(_list(values), dtype=object)
    allowed = scores != None  # noqa: E711  (of each element)
    numbers = [float(each) for each in scores[allowed]]
    if not all(math.isfinite(each) and abs(each) <= _HIGHEST_SCORE for each in numbers):
        raise ValueError("expected scores that are numbers, or null")
    found = numpy.full(scores.shape, -numpy.inf, dtype=numpy.float32)
    found[allowed] = numbers
    return found


def _truth(values: Any) -> numpy.ndarray:
    return numpy.array([[bool(each) for each in row] for row in values])


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise TypeError(f"{type(value).__name__} where a list was expected, or an empty one")
    return value


def _int(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{type(value).__name__} where a whole number was expected")
    return value
