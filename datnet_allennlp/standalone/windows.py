"""Groups of a stream that are worked on together."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")

# Measured on tweets. Windows grow from the first number to the second, so that the first output
# comes soon.
_FIRST_ITEMS = 2**6
_MAX_ITEMS = 2**11
# In characters; bounds the memory that a window needs.
_MAX_LENGTH = 2**20


def windows(
    items: Iterable[_Item], length: Callable[[_Item], int], at_once: bool = False
) -> Iterator[list[_Item]]:
    """
    Groups items in their order, up to a bounded number and a bounded length together. A window is
    yielded as soon as it is full.

    # Parameters

    items : `Iterable[_Item]`
        If it raises, then what came before is still yielded, and the error goes on after that.
    length : `Callable[[_Item], int]`
        How long an item is, in characters.
    at_once : `bool`, optional (default = `False`)
        Yield each item by itself before the next one is read.
    """
    window: list[_Item] = []
    total = 0
    most = 1 if at_once else _MAX_ITEMS
    max_items = min(most, _FIRST_ITEMS)
    try:
        for item in items:
            window.append(item)
            total += length(item)
            if len(window) >= max_items or total >= _MAX_LENGTH:
                yield window
                window, total = [], 0
                max_items = min(most, 2 * max_items)
    except Exception:
        if window:
            yield window
        raise
    if window:
        yield window
