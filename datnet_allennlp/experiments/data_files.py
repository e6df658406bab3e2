"""The data files that a configuration names, and what they hold."""

import hashlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.checksum import sha256_of

# `train_data_path`, `pretrained_files` and the like: all text below such a key names files.
_PATH_KEY = re.compile(r"(^|_)(path|file|archive)s?$")


def map_paths(
    value: Any, change: Callable[[str, str], str], key: str = "", is_path: bool = False
) -> Any:
    """
    Returns a copy of a part of a configuration in which each path of a file or folder is changed.
    Paths are the texts below the keys `*path`, `*file` and `*archive` or their plurals, and
    anywhere else those with a slash where there is such a file or folder. Below such a key, an
    object with a `path` says which part of it is used, and has no other.

    # Parameters

    value : `Any`
        A JSON value.
    change : `Callable[[str, str], str]`
        What becomes of a path, given its dotted key and itself.
    key : `str`, optional
        The dotted key of the value itself.
    is_path : `bool`, optional (default = `False`)
        Whether that is the key of a path.
    """
    if isinstance(value, dict):
        is_path = is_path and "path" not in value
        return {
            name: map_paths(each, change, f"{key}.{name}", is_path or bool(_PATH_KEY.search(name)))
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [map_paths(v, change, f"{key}.{i}", is_path) for i, v in enumerate(value)]
    if isinstance(value, str) and (is_path or ("/" in value and Path(value).exists())):
        return change(key.lstrip("."), value)
    return value


def checksum(key: str, path: str) -> str:
    """
    Returns the SHA-256 of a file, or of the names and sums of all files of a folder.

    Raises `ConfigurationError`, naming the key, if there is no such file or folder.
    """
    place = Path(path)
    if place.is_file():
        return _sum_of(place.resolve())
    if not place.is_dir():
        raise ConfigurationError(f"{key}: found '{path}', which does not exist, expected a file")
    files = sorted(each for each in place.rglob("*") if each.is_file())
    lines = (f"{_sum_of(each.resolve())}  {each.relative_to(place).as_posix()}\n" for each in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def _sum_of(path: Path) -> str:
    return sha256_of(path)
