"""What more sentences bring."""

import pytest

from datnet_allennlp.experiments.report.gains import gains_table


def test_steps_by_hand(few_sizes, grid_of):
    table = gains_table(grid_of(few_sizes))
    # Base: +10 and +12; DATNet-F: +15 and +13.
    assert [row[:3] for row in table.rows] == [
        ["Base", "10 to 100", "+11.0 (2)"],
        ["DATNet-F", "10 to 100", "+14.0 (2)"],
    ]
    record = table.records[0]
    assert (record["from"], record["to"], record["pairs"]) == (10, 100, 2)
    assert record["replicates_low"] == pytest.approx(0.11 - 0.12706, abs=0.003)


def test_steps_that_are_not_there_yet(few_sizes, grid_of, plan):
    factors = {"model": ["Base", "DATNet-F"], "size": [10, 100, 200], "pair": [1, 2]}
    table = gains_table(grid_of(few_sizes[:-2], plan(factors)))
    assert [row[:2] for row in table.rows] == [["Base", "10 to 100"]]


def test_no_sizes(line, grid_of):
    lines = [line({"model": "Base", "alpha": alpha, "seed": 1}, 0.2) for alpha in (0.1, 0.2)]
    assert gains_table(grid_of(lines)) is None
