"""Differences of two cells, by hand."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.report.differences import Difference, difference
from datnet_allennlp.experiments.report.formats import Bold
from datnet_allennlp.experiments.report.grid import Grid, Levels

METRIC = "test.conlleval.f1"


def compare(grid: Grid, row: Levels, column: Levels) -> Difference | None:
    return difference(METRIC, grid.cell(row, column), grid.baseline_of(row, column))


def test_mean_and_interval_over_pairs(few_sizes, grid_of):
    found = compare(grid_of(few_sizes), ("DATNet-F",), (10,))
    # By hand: +5 and +7, so the standard error is 1 and Student's t of one degree 12.706.
    assert (found.n, found.over_sentences) == (2, None)
    assert found.mean == pytest.approx(0.06)
    assert found.over_replicates.low == pytest.approx(0.06 - 0.12706, abs=0.003)
    assert found.over_replicates.high == pytest.approx(0.06 + 0.12706, abs=0.003)
    assert not found.is_clear


def test_only_pairs_that_both_have(few_sizes, grid_of):
    # The baseline lacks pair 1.
    found = compare(grid_of(few_sizes[1:]), ("DATNet-F",), (10,))
    assert (found.n, found.mean) == (1, pytest.approx(0.07))
    assert not found.is_clear


def test_the_baseline_and_what_has_no_partner(few_sizes, grid_of):
    grid = grid_of(few_sizes[2:])
    assert compare(grid, ("Base",), (100,)) is None
    assert compare(grid, ("DATNet-F",), (10,)) is None


def test_seeds_within_samples(line, grid_of):
    scores = {(1, 1): 0.1, (1, 2): 0.3, (2, 1): 0.5}
    lines = [
        line({"model": model, "sample": sample, "seed": seed}, f1 if model != "Base" else 0.0)
        for model in ("Base", "DATNet-F")
        for (sample, seed), f1 in scores.items()
    ]
    found = compare(grid_of(lines), ("DATNet-F",), ())
    # The mean of the means of two samples, of which there are two.
    assert found.mean == pytest.approx((0.2 + 0.5) / 2)
    assert (found.n, found.over_replicates.n) == (3, 2)


def test_bold_only_where_both_intervals_leave_out_zero(line, counts, grid_of):
    many = [(1, 1, 1)] * 40
    few = [(0, 1, 1)] * 40
    lines = [
        line({"model": model, "size": size, "pair": pair}, f1, counts=counts(*sentences))
        for size, model, f1, sentences in [
            (10, "Base", 0.0, few),
            (10, "DATNet-F", 1.0, many),
            (100, "Base", 0.0, few),
            (100, "DATNet-F", 1.0, few),
        ]
        for pair in (1, 2)
    ]
    grid = grid_of(lines)
    sure, unsure = (compare(grid, ("DATNet-F",), (size,)) for size in (10, 100))
    assert sure.is_clear
    assert (sure.over_sentences.low, sure.over_sentences.high) == (1.0, 1.0)
    # The runs differ by the same each time, but the sentences do not say so.
    assert unsure.over_replicates.low == 1.0
    assert unsure.over_sentences.low == 0.0
    assert not unsure.is_clear
    assert [isinstance(each.cells()[0], Bold) for each in (sure, unsure)] == [True, False]
    assert sure.cells() == ["+100.0 (2)", "[+100.0, +100.0]", "[+100.0, +100.0]"]


def test_runs_of_other_sentences_are_named(line, counts, grid_of):
    lines = [
        line({"model": model, "seed": 1}, 0.5, counts=counts(*[(1, 1, 1)] * number))
        for model, number in (("Base", 3), ("DATNet-F", 4))
    ]
    with pytest.raises(ConfigurationError, match="line 2 and made_up.jsonl, line 1: paired_boot"):
        compare(grid_of(lines), ("DATNet-F",), ())
