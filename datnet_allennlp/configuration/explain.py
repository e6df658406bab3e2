"""Says with its key what a constructor found wrong with a value of the configuration."""

import inspect
import re
import traceback
from collections.abc import Iterator
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from allennlp.common import FromParams, from_params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader
from allennlp.data.data_loaders import MultiProcessDataLoader
from requests.exceptions import ConnectionError as NoConnection

_CONSTRUCTION = FromParams.from_params.__func__.__code__  # type: ignore[attr-defined]
_OF_AN_ARGUMENT = from_params.pop_and_construct_arg.__code__
# But torch names its functions, `empty(): ...`.
_NAMES_SOMETHING = re.compile(r"(?!\w+\(\): )\S+: ")
# A key as a class calls it, `word_vectors.pretrained_file`, not as the configuration does.
_OWN_KEY = re.compile(r"(?!(?:model|trainer|data_loader|dataset_reader)\.)(\w[\w.]*): ")
_OF_VALUES = (ValueError, TypeError, RuntimeError)
_MISSING = re.compile(r'key "(.*?)" is required(?: at location "(.*)\.")?')


def explained(error: Exception) -> ConfigurationError | None:
    """
    An error of a constructor that AllenNLP called with values of a configuration, said with their
    key. Where AllenNLP tried several types for one value, what the last of them says.

    # Parameters

    error : `Exception`
        With its traceback, which tells whose constructor raised it.

    # Returns

    `ConfigurationError`, optional
        None for an error that the values of the configuration do not explain: one of training, of
        reading, or in a constructor but of another kind than those for bad values.
    """
    error = _of_the_last_type(error)
    is_said = isinstance(error, ConfigurationError)
    if not is_said and not _is_of_values(error):
        return None
    message = error.message if isinstance(error, ConfigurationError) else _said(error)
    if missing := _MISSING.match(message):
        # AllenNLP does not know the place of what stands there as its name alone.
        place = missing[2] or next((key for _, key in _constructions(error)), "")
        found = f"found no '{missing[1]}', expected that key"
        return ConfigurationError(f"{place}: {found}" if place else found)
    for frame, key in _constructions(error):
        cls = frame.f_locals["cls"]
        # A loader reads the data as well, and an error there is not one of its values.
        of_loader = issubclass(cls, DataLoader) and _is_of_loader(error)
        if not key and of_loader:
            key = "a data loader"  # AllenNLP does not know the key of an empty object
        if not key or not is_said and issubclass(cls, DataLoader) and not of_loader:
            return ConfigurationError(message) if is_said else None
        called = frame.f_locals.get("constructor_to_inspect") or cls.__init__
        parameters = inspect.signature(called).parameters
        begins = _OWN_KEY.match(message)
        levels = begins[1].split(".") if begins else []
        own = next((level for level in levels if level in parameters), None)
        if own is not None:
            if own in frame.f_locals["extras"]:
                continue  # which the object around it gave
            before = "".join(f"{level}." for level in levels[: levels.index(own)])
            return ConfigurationError(f"{key}.{message.removeprefix(before)}")
        if _NAMES_SOMETHING.match(message) or is_said and key in message:
            return ConfigurationError(message)
        named = [name for name in parameters if re.search(rf"\b{name}\b", message)]
        return ConfigurationError(f"{'.'.join([key, *named[: len(named) == 1]])}: {message}")
    return None


def _of_the_last_type(error: Exception) -> Exception:
    """What stands behind "Failed to construct argument", of a value of one of several types."""
    while (
        isinstance(error, ConfigurationError)
        and error.message.startswith("Failed to construct argument")
        and isinstance(error.__cause__, Exception)
    ):
        causes: list[Exception] = [error.__cause__]
        while isinstance(causes[-1].__cause__, Exception):
            causes.append(causes[-1].__cause__)
        # A class says more of its values than "expected a number" does.
        error = next((each for each in causes if isinstance(each, ConfigurationError)), causes[0])
    return error


def _constructions(error: Exception) -> Iterator[tuple[FrameType, str]]:
    """The constructions that the error passed on its way, the innermost first, with their keys."""
    constructions, key = [], ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code is _OF_AN_ARGUMENT:
            # What stands there as its name alone does not know its key.
            key = frame.f_locals["params"].history + frame.f_locals["argument_name"]
        elif frame.f_code is _CONSTRUCTION:
            constructions.append((frame, frame.f_locals["params"].history.removesuffix(".") or key))
    return reversed(constructions)


def _is_of_loader(error: Exception) -> bool:
    """Whether the loader itself raised it, of the values that it was given."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code is MultiProcessDataLoader.__init__.__code__


def _is_of_values(error: Any) -> bool:
    """Whether it is of a kind that constructors raise for values, and says something."""
    is_missing_file = isinstance(error, OSError) and (
        error.errno is None or isinstance(error, FileNotFoundError)
    )
    # As a scheduler has it; most hold the key alone.
    is_sentence = isinstance(error, KeyError) and " " in str(error)
    return isinstance(error, AssertionError) or (
        bool(error.args) and (is_missing_file or is_sentence or isinstance(error, _OF_VALUES))
    )


def _said(error: Exception) -> str:
    if isinstance(error, NoConnection) and error.request is not None:
        host = urlsplit(str(error.request.url)).netloc
        return f"found no connection to {host}, expected what is named here on this machine"
    if error.args:
        return str(error.args[-1]).partition("\nException raised from ")[0]  # torch's own frames
    condition = traceback.extract_tb(error.__traceback__)[-1].line or ""
    return f"found values that do not fit together, expected {condition.removeprefix('assert ')}"
