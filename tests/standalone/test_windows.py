from collections.abc import Iterator

import pytest

from datnet_allennlp.standalone import windows as module
from datnet_allennlp.standalone.windows import windows


@pytest.fixture(autouse=True)
def _small(monkeypatch) -> None:
    monkeypatch.setattr(module, "_FIRST_ITEMS", 2)
    monkeypatch.setattr(module, "_MAX_ITEMS", 5)
    monkeypatch.setattr(module, "_MAX_LENGTH", 10)


def test_windows_grow() -> None:
    def sizes(number: int) -> list[int]:
        found = list(windows(["a"] * number, len))
        return [len(window) for window in found]

    assert sizes(13) == [2, 4, 5, 2]
    assert sizes(2) == [2]
    assert sizes(1) == [1]
    assert sizes(0) == []


def test_the_order_stays_and_the_length_is_bounded() -> None:
    items = ["a" * length for length in (2, 9, 1, 1, 1, 11, 1)]
    found = list(windows(items, len))
    assert found == [items[:2], items[2:6], items[6:]]
    assert [item for window in found for item in window] == items


def test_a_window_comes_as_soon_as_it_is_full() -> None:
    events: list[str] = []

    def items(lengths: list[int]) -> Iterator[str]:
        for length in lengths:
            events.append(f"read {length}")
            yield "a" * length

    def follow(lengths: list[int], at_once: bool = False) -> list[str]:
        events.clear()
        for window in windows(items(lengths), len, at_once):
            events.extend(f"give {len(item)}" for item in window)
        return events

    assert follow([1, 2, 4]) == ["read 1", "read 2", "give 1", "give 2", "read 4", "give 4"]
    assert follow([10, 1]) == ["read 10", "give 10", "read 1", "give 1"]
    assert follow([1, 2], at_once=True) == ["read 1", "give 1", "read 2", "give 2"]


def test_an_error_comes_after_all_before_it() -> None:
    def items() -> Iterator[str]:
        yield from "abc"
        raise ValueError("the fourth")

    found = []
    with pytest.raises(ValueError, match="the fourth"):
        for window in windows(items(), len):
            found.append(window)
    assert found == [["a", "b"], ["c"]]
