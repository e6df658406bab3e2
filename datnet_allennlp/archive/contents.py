"""The vocabulary and the tensors of an archive, checked before memory is taken."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import namespace_match
from allennlp.data.vocabulary import DEFAULT_NON_PADDED_NAMESPACES, NAMESPACE_PADDING_FILE
from torch.utils._python_dispatch import TorchDispatchMode

from datnet_allennlp.archive.limits import Limits

_TAG_KEY = re.compile(r"(^|_)(label|tag)_namespaces?$")
# A tensor counts as this many elements at least, so that many small ones end soon too.
_SMALLEST = 1 << 14
_ALWAYS_ALLOWED = 1 << 24
_TIMES_LARGEST = 16


def check_vocabulary(folder: Path, config: dict[str, Any], place: str, limits: Limits) -> None:
    """
    # Parameters

    folder : `Path`
        The archive's `vocabulary`.
    config : `Dict[str, Any]`
        The archive's configuration: what it names as `tag_namespace`, `label_namespace` and the
        like is held to the limit of tags, as are namespaces that are not padded.
    place : `str`
        What errors call the archive.
    limits : `Limits`

    Raises `ConfigurationError` for files that are too long, not UTF-8, or not regular.
    """
    padding = folder / NAMESPACE_PADDING_FILE
    if not padding.is_file():
        raise ConfigurationError(
            f"{place}: found no vocabulary/{padding.name}, expected a vocabulary"
        )
    names = set(_names(config))
    patterns: set[str] = set(DEFAULT_NON_PADDED_NAMESPACES)
    for path in sorted(folder.iterdir(), key=lambda path: path != padding):
        if path.name.startswith("."):
            continue
        member = f"{place}: vocabulary/{path.name}"
        if not path.is_file():
            raise ConfigurationError(f"{member}: found no regular file, expected one")
        size = path.stat().st_size
        if size > limits.vocabulary_bytes:
            raise ConfigurationError(
                f"{member}: found {size:,} bytes, expected at most {limits.vocabulary_bytes:,} "
                "(limit 'vocabulary_bytes')"
            )
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise ConfigurationError(f"{member}: expected UTF-8, found {error}") from None
        entries = text.count("\n") + 1
        namespace = path.name.replace(".txt", "")
        limit = "words"
        if path == padding:
            patterns.update(filter(None, map(str.strip, text.split("\n"))))
            limit = "members"
        elif namespace in names or any(namespace_match(each, namespace) for each in patterns):
            limit = "tags"
        if entries > getattr(limits, limit):
            raise ConfigurationError(
                f"{member}: found {entries:,} entries, expected at most "
                f"{getattr(limits, limit):,} (limit '{limit}')"
            )


class BoundedTensors(TorchDispatchMode):
    """
    Inside, no tensor is made that is much larger than the weights: a configuration that asks for
    one is not the weights'. The check comes before the memory.

    # Parameters

    weights_bytes : `int`
        The size of the file of the weights. No tensor may have more elements than this, and all
        together 16 times as many. 2^24 elements are always allowed.
    place : `str`
        What errors call the archive.

    Raises `ConfigurationError` for a larger tensor, and for too many.
    """

    def __init__(self, weights_bytes: int, place: str) -> None:
        super().__init__()
        self._largest = max(_ALWAYS_ALLOWED, weights_bytes)
        self._left = _TIMES_LARGEST * self._largest
        self._place = place

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        elements = max((a.numel() for a in args if isinstance(a, torch.Tensor)), default=0)
        if any(argument.name == "device" for argument in func._schema.arguments):
            # What makes a tensor anew says on this device how large it would be, at no cost.
            made = func(*args, **{**kwargs, "device": torch.device("meta"), "pin_memory": None})
            elements = max(elements, made.numel())
            self._left -= max(made.numel(), _SMALLEST)
        if elements > self._largest or self._left < 0:
            raise ConfigurationError(
                f"{self._place}: config.json: model: found a tensor of {elements:,} elements or "
                f"too many tensors, expected at most {self._largest:,} elements and "
                f"{_TIMES_LARGEST} times that in all, by the size of the weights"
            )
        return func(*args, **kwargs)


def _names(value: Any, tags: bool = False) -> Iterator[str]:
    """The namespaces that a configuration uses for tags."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _names(child, tags or bool(_TAG_KEY.search(key)))
    elif isinstance(value, list):
        for child in value:
            yield from _names(child, tags)
    elif tags and isinstance(value, str):
        yield value
