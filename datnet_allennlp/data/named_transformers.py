"""The pretrained transformers that a configuration names: folders, or names on a hub."""

from collections.abc import Iterator, Mapping
from typing import Any

_TYPE = "pretrained_transformer"


def named_transformers(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """
    # Parameters

    value : `Any`
        A configuration, or a part of it.
    key : `str`, optional
        Where the part stands.

    # Returns

    `Iterator[tuple[str, str]]`
        The key and the value of each `model_name` of AllenNLP's indexers, embedders and tokenizers
        of transformers.
    """
    if isinstance(value, Mapping):
        name = value.get("model_name")
        if str(value.get("type")).startswith(_TYPE) and isinstance(name, str):
            yield f"{key}.model_name".lstrip("."), name
    if isinstance(value, (Mapping, list)):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, inside in items:
            yield from named_transformers(inside, f"{key}.{name}".lstrip("."))
