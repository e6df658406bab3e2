import json
import re

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.failures import Failures
from datnet_allennlp.experiments.results import Results, results_files


@pytest.fixture
def results(tmp_path):
    return Results(tmp_path / "results" / "grid.jsonl")


def cell(number, factors=None):
    return Cell("grid", factors or {"seed": number}, {"number": number}, {})


def line(cell, **more):
    return {"cell": cell.identity, "spec": cell.spec, "factors": cell.factors, **more}


def written(path):
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_lines_are_added_and_found(results):
    assert results.find(cell(1)) is None
    results.add(line(cell(1), f1=0.5))
    results.add(line(cell(2), f1=0.25))
    assert results.find(cell(1)) == line(cell(1), f1=0.5)
    assert results.find(cell(3)) is None
    assert [each["f1"] for each in written(results.path)] == [0.5, 0.25]


def test_failures_of_a_runner_in_the_same_folder_are_no_results(results):
    results.add(line(cell(1)))
    Failures(results.path.with_name("failures.jsonl")).add(cell(2), "out of memory")
    assert results.find(cell(2)) is None
    assert results_files(results.path.parent) == [results.path]


def test_a_line_that_another_process_added_is_found(results):
    assert results.find(cell(1)) is None
    Results(results.path).add(line(cell(1)))
    assert results.find(cell(1)) is not None


def test_a_line_is_added_once(results):
    for _ in range(2):
        results.add(line(cell(1)))
        Results(results.path).add(line(cell(1)))
    assert len(written(results.path)) == 1


def test_new_names_of_factors_replace_the_old_ones(results):
    results.add(line(cell(1), f1=0.5))
    results.add(line(cell(2)))
    renamed = cell(1, {"s": "one"})
    results.add(results.find(renamed))
    assert written(results.path) == [line(cell(2)), line(renamed, f1=0.5)]


def test_a_cell_of_another_specification(results):
    other = Results(results.path.with_name("other.jsonl"))
    other.add({**line(cell(1), f1=0.5), "spec": "other", "factors": {"x": "y"}})
    assert results.find(cell(1)) == line(cell(1), f1=0.5)
    results.add(results.find(cell(1)))
    assert written(results.path) == [line(cell(1), f1=0.5)]
    assert written(other.path)[0]["spec"] == "other"


def test_other_versions_are_left_alone(results):
    """Their cells have other identities."""
    old = {**line(cell(1)), "cell": "0" * 64, "method_version": 0}
    results.add(old)
    assert results.find(cell(1)) is None
    results.add(line(cell(1)))
    assert written(results.path) == [old, line(cell(1))]


@pytest.mark.parametrize("length", [1, 30, -2])
def test_a_torn_last_line_is_removed(length, results):
    results.add(line(cell(1)))
    whole = results.path.read_text()
    results.path.write_text(whole + json.dumps(line(cell(2)))[:length])
    assert results.find(cell(2)) is None
    assert results.repair() == f"{results.path}, line 2: cut off while it was written; removed"
    assert results.path.read_text() == whole
    assert results.repair() is None


def test_a_torn_only_line_is_removed(results):
    assert results.repair() is None
    results.path.write_text('{"cell"')
    assert results.repair() == f"{results.path}, line 1: cut off while it was written; removed"
    assert results.path.read_text() == ""


def test_a_last_line_that_lacks_only_its_end_is_kept(results):
    results.add(line(cell(1)))
    whole = results.path.read_text()
    results.path.write_text(whole.rstrip("\n"))
    assert results.repair() is None
    assert results.path.read_text() == whole


@pytest.mark.parametrize("text", ["{", "[]", "{}", "3"])
def test_what_is_no_result_is_named(text, results):
    results.add(line(cell(1)))
    with open(results.path, "a") as file:
        file.write(f"{text}\n")
    message = re.escape(f"grid.jsonl, line 2: found '{text}', expected a result")
    with pytest.raises(ConfigurationError, match=message):
        results.find(cell(1))
