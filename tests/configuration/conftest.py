"""A configuration with one mistake."""

import copy
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def changed() -> Callable[..., dict[str, Any]]:
    """Makes a copy of a configuration in which one key, `a.0.b`, has another value."""

    def changed(config: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
        config = copy.deepcopy(config)
        *path, last = key.split(".")
        place: Any = config
        for name in path:
            place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
        place[last] = value
        return config

    return changed
