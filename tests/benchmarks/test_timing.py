"""The clocks of the benchmarks."""

import sys

import pytest

from benchmarks.timing import alternate, fit_exponent, median_ratio, run_process


def test_sides_run_in_turn_and_the_warm_up_does_not_count():
    order: list[str] = []
    now = iter(range(100))
    seconds = alternate(
        {"a": lambda: order.append("a"), "b": lambda: order.append("b")},
        repetitions=2,
        warm_up=1,
        clock=lambda: next(now),
    )
    assert order == ["a", "b"] * 3
    assert seconds == {"a": [1, 1], "b": [1, 1]}


def test_ratio_is_taken_within_rounds():
    # The machine became four times slower; both sides did.
    assert median_ratio([2.0, 8.0, 8.0], [1.0, 4.0, 4.0]) == 2.0


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_exponent_of_a_power_law(exponent: float):
    sizes = [8, 32, 128, 2048]
    assert fit_exponent(sizes, [0.3 * size**exponent for size in sizes]) == pytest.approx(exponent)


def test_process_is_timed_and_its_memory_is_its_own():
    finished = run_process([sys.executable, "-c", "x = bytearray(300 << 20); print('done')"])
    assert finished.output == "done\n"
    assert finished.seconds > 0
    assert finished.peak_rss_mib > 300


def test_failing_process_shows_its_error():
    with pytest.raises(SystemExit, match="no such word"):
        run_process([sys.executable, "-c", "raise ValueError('no such word')"])
