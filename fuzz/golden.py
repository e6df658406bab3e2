"""What the targets start from: the small archive of the fixtures, and values in a configuration."""

import functools
import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datnet_allennlp import Tagger

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden" / "model.tar.gz"


@functools.cache
def golden_folder() -> Path:
    """The archive, unpacked. Not to be changed."""
    folder = Path(tempfile.mkdtemp(prefix="datnet-fuzz-"))
    subprocess.run(["tar", "-xzf", GOLDEN, "-C", folder], check=True)
    # It would tell every change at once.
    (folder / "manifest.json").unlink(missing_ok=True)
    return folder


@functools.cache
def golden_tagger() -> Tagger:
    return Tagger.load(GOLDEN)


def with_another_value(config: Any, data: bytes) -> Any:
    """
    Changes a value in objects and lists: the first two bytes say which one, the rest is JSON.

    Raises `ValueError` or `RecursionError` if it is none.
    """
    value = json.loads(data[2:])
    places = list(_places(config))
    parent, key = places[int.from_bytes(data[:2], "little") % len(places)]
    parent[key] = value
    return config


def _places(config: Any) -> Iterator[tuple[Any, Any]]:
    """All values, as the object or list that holds them and their key."""
    for key, value in config.items() if isinstance(config, dict) else enumerate(config):
        yield config, key
        if isinstance(value, (dict, list)):
            yield from _places(value)
