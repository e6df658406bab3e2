"""Results beside their plan."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.report.gather import make_grids
from datnet_allennlp.experiments.report.result import Result

FACTORS = {"model": ["Base", "DATNet-F"], "size": [10, 100], "pair": [1, 2]}


def test_rows_columns_and_replicates_by_default(few_sizes, grid_of):
    grid = grid_of(few_sizes)
    assert grid.rows == [("Base",), ("DATNet-F",)]
    assert grid.columns == [(10,), (100,)]
    assert grid.values(("Base",), (100,)) == [0.20, 0.24]
    assert grid.values(("Base",), (100,), "best_dev_f1") == pytest.approx([0.25, 0.29])
    assert grid.baseline == {"model": "Base"}


def test_levels_have_an_order_without_a_plan(few_sizes, grid_of):
    assert grid_of(few_sizes[::-1]).factors == FACTORS


def test_the_plan_has_its_own_order(few_sizes, grid_of, plan):
    grid = grid_of(few_sizes, plan({**FACTORS, "size": [100, 10]}))
    assert grid.columns == [(100,), (10,)]


def test_missing_cells(few_sizes, grid_of, plan):
    grid = grid_of(few_sizes[:-1], plan({**FACTORS, "size": [10, 100, 200]}))
    assert grid.missing == [
        ("Base", 200, 1),
        ("Base", 200, 2),
        ("DATNet-F", 100, 2),
        ("DATNet-F", 200, 1),
        ("DATNet-F", 200, 2),
    ]
    assert grid_of(few_sizes[:-1]).missing == [("DATNet-F", 100, 2)]
    assert grid_of(few_sizes).missing == []


def test_what_is_not_planned_is_left_out_and_said(few_sizes, grid_of, plan):
    grid = grid_of(few_sizes, plan({**FACTORS, "size": [10]}))
    assert len(grid.results) == 4
    assert grid.notes == ["4 results of cells that are not in the specification are left out."]


def test_a_later_line_of_the_same_levels_replaces(few_sizes, grid_of, line):
    again = line({"model": "Base", "size": 10, "pair": 1}, 0.5)
    grid = grid_of([*few_sizes, again])
    assert grid.values(("Base",), (10,)) == [0.5, 0.12]
    (note,) = grid.notes
    assert note.startswith("1 results are left out, because a later line")


def test_versions_of_the_method_are_never_mixed(few_sizes, line):
    old = line({"model": "Base", "size": 10, "pair": 3}, 0.9, method_version=0)
    results = [Result("here", each) for each in [*few_sizes, old]]
    (grid,) = make_grids(results, {})
    assert grid.values(("Base",), (10,)) == [0.10, 0.12]
    (note,) = grid.notes
    assert note.startswith("1 results of version 0 of the method are left out")
    (grid,) = make_grids(results, {}, method_version=0)
    assert grid.values(("Base",), (10,)) == [0.9]
    with pytest.raises(ConfigurationError, match="found 5, of which 'made_up' has no results"):
        make_grids(results, {}, method_version=5)


def test_each_specification_is_a_grid(few_sizes, line):
    other = line({"alpha": 0.5, "seed": 1}, 0.7, spec="other")
    grids = make_grids([Result("here", each) for each in [*few_sizes, other]], {})
    assert [grid.name for grid in grids] == ["made_up", "other"]
    assert grids[1].values((), (0.5,)) == [0.7]


def test_results_on_dev_alone(few_sizes, grid_of, plan) -> None:
    on_dev = [
        {**each, "scores": {"dev": each["scores"]["test"]}, "counts": {}} for each in few_sizes
    ]
    grid = grid_of(on_dev)
    assert grid.values(("Base",), (100,)) == pytest.approx([0.25, 0.29])
    assert grid.notes == ["No result has scores on test; those on dev are shown."]
    # What a specification asks for is not exchanged.
    asked = {**plan(FACTORS), "report": {"metric": "test.conlleval.f1"}}
    message = "found 'test.conlleval.f1', which no .* expected 'best_dev_f1' or 'dev.conlleval.f1'"
    with pytest.raises(ConfigurationError, match=message):
        grid_of(on_dev, asked)
    without = [{key: each[key] for key in each if key != "best_dev_f1"} for each in on_dev]
    with pytest.raises(ConfigurationError, match="which no result holds, expected 'dev.conlleval"):
        grid_of(without)


def test_components_of_the_models(few_sizes, grid_of, line):
    extra = line({"model": "fine-tuned", "size": 10, "pair": 1}, 0.4)
    records = grid_of([*few_sizes[-1:], extra]).records("AT")
    assert records == [
        {
            "architecture": "F",
            "discriminator": "GRAD",
            "AT": "AT",
            "size": 100,
            "pair": 2,
            "score": 0.32,
        }
    ]
    assert [each["model"] for each in grid_of([extra]).records("model")] == ["fine-tuned"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"factors": {"model": ["Base"]}, "cells": []}, "line 1: found the factors model, size"),
        ({"baseline": {"pair": 1}}, "baseline: found 'pair', expected factors of rows"),
        ({"report": {"metric": "test.conlleval"}}, "report.metric: found 'test.conlleval'"),
        ({"report": {"row": ["model"]}}, "report.row: found"),
        ({"report": {"rows": "model"}}, "report.rows: found 'model'"),
        ({"report": {"rows": ["pair"]}}, "expected each of the factors model, size, pair once"),
        ({"report": {"trials_over": ["lr"]}}, "trials_over"),
        ({"report": {"paper": {"table": 7}}}, "report.paper: found"),
        ({"report": {"contrasts": [{"factor": "pair"}]}}, "report.contrasts: found"),
    ],
)
def test_a_specification_that_does_not_fit(change, message, few_sizes, grid_of, plan):
    with pytest.raises(ConfigurationError, match=message):
        grid_of(few_sizes, {**plan(FACTORS), **change})


def test_a_specification_without_results(few_sizes):
    with pytest.raises(ConfigurationError, match="--spec: found other, expected"):
        make_grids([Result("here", few_sizes[0])], {"other": {}})
