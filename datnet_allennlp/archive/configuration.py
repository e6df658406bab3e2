"""The configuration of an archive as data: JSON that names no import and no other file."""

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.archive.limits import REMEDY

# What loading builds. In the model, AllenNLP removes `_DROPPED` before it is built, for the weights
# take their place.
_BUILT = ("dataset_reader", "validation_dataset_reader", "model", "evaluation")
_DROPPED = ("pretrained_file", "initializer")
# The files of training: a reader is given them, and nobody else.
_DATA = ("train_data_path", "validation_data_path", "test_data_path")
_FILE_KEY = re.compile(r"(^|_)(path|file|archive|dir|directory|folder)s?$")
_DEPTH = 50
# What an indexer adds to each word or sentence, and the processes of a data loader: a large number
# takes memory when text is tagged or scored.
_ADDED = re.compile(r"min_padding_length$|(^|_)(start|end)_tokens$|^num_workers$")
_MOST_ADDED = 100


def read_json(path: Path, place: str, max_bytes: int) -> dict[str, Any]:
    """
    # Parameters

    path : `Path`
    place : `str`
        What errors call the file.
    max_bytes : `int`

    # Returns

    `Dict[str, Any]`

    Raises `ConfigurationError` if there is no such file, or it is no regular file (a FIFO, for
    one), too long, no JSON in UTF-8 (Jsonnet, for one), no object, an object with a key twice, or
    nested too deeply.
    """
    if not path.is_file():
        raise ConfigurationError(f"{place}: found no such regular file, expected one")
    size = path.stat().st_size
    if size > max_bytes:
        raise ConfigurationError(
            f"{place}: found {size:,} bytes, expected at most {max_bytes:,} (limit 'config_bytes')"
        )
    try:
        content = json.loads(
            path.read_text(encoding="utf-8"),
            object_pairs_hook=_without_repetition,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{place}: found no JSON ({error}), expected JSON") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{place}: found {type(content).__name__}, expected an object")
    return content


def check_configuration(config: dict[str, Any], place: str) -> None:
    """
    Refuses every string that AllenNLP could take for the full name of a class and import, whether
    it is built now or later (`evaluate` builds a data loader); keys that let a class run remote
    code; in what loading builds, keys that name files, other archives among them; and padding or
    processes that take memory for nothing.

    # Parameters

    config : `Dict[str, Any]`
    place : `str`
        What errors call the file.

    Raises `ConfigurationError` for these.
    """
    for section in ("dataset_reader", "model"):
        if not config.get(section):
            raise ConfigurationError(f"{place}: found no '{section}', expected that key")
    for keys, value in _values(config):
        where = f"{place}: {'.'.join(map(str, keys))}"
        if len(keys) > _DEPTH:
            raise ConfigurationError(
                f"{place}: {keys[0]}: found more than {_DEPTH} levels, expected fewer"
            )
        if keys[0] not in _DATA and isinstance(value, str) and _importable(value):
            raise ConfigurationError(
                f"{where}: found '{value}', which Python could import, expected a registered name "
                f"(of AllenNLP, this package or one of --include-package); {REMEDY}"
            )
        if keys[-1] == "trust_remote_code" and value:
            raise ConfigurationError(f"{where}: found {value}, expected false; {REMEDY}")
        added = len(value) if isinstance(value, list) else value
        # Jsonnet, which AllenNLP reads the file with, makes a whole number of 1e9.
        is_number = isinstance(added, (int, float))
        if _ADDED.search(str(keys[-1])) and is_number and added > _MOST_ADDED:
            raise ConfigurationError(
                f"{where}: found {added:,}, expected at most {_MOST_ADDED}; {REMEDY}"
            )
        names_file = isinstance(keys[-1], str) and _FILE_KEY.search(keys[-1])
        if keys[0] in _BUILT and names_file and value and not _dropped(keys):
            raise ConfigurationError(
                f"{where}: found {json.dumps(value)[:80]}, expected an archive that reads no other "
                f"file; {REMEDY}"
            )


def _values(value: Any, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple, Any]]:
    """All values in a configuration, objects and lists too, with the keys that lead to them."""
    if keys:
        yield keys, value
    if isinstance(value, (dict, list)):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in pairs:
            yield from _values(child, (*keys, key))


def _importable(text: str) -> bool:
    """Whether `Registrable.resolve_class_name` would import something for this name."""
    package, dot, _ = text.partition(".")
    if not dot or not package:
        return False
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # a module without a specification, as `__main__`
        return True


def _dropped(keys: tuple[str | int, ...]) -> bool:
    # AllenNLP looks for them in objects, not in lists.
    for position, key in enumerate(keys):
        if isinstance(key, int):
            return False
        if key in _DROPPED:
            return keys[0] == "model" and position > 0
    return False


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key '{next(k for k in keys if keys.count(k) > 1)}' twice")
    return content


def _no_constant(name: str) -> None:
    raise ValueError(f"{name}, which is no JSON")
