"""Reading lines of results."""

import numpy
import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.report.result import Result, read_results


def test_values(line):
    result = Result("here", line({"model": "Base"}, 0.2, best_test_f1_of_epochs=0.3))
    assert result.value("test.conlleval.f1") == 0.2
    assert result.value("best_test_f1_of_epochs") == 0.3
    assert result.value("test.strict.f1") is None
    assert result.value("test.conlleval") is None


def test_counts_are_those_of_conlleval_alone(line, counts):
    result = Result("here", line({"model": "Base"}, 0.2, counts=counts((1, 2, 3), (0, 0, 4))))
    found = result.counts("test.conlleval.f1")
    assert numpy.array_equal(found, [[1, 2, 3], [0, 0, 4]])
    assert result.counts("test.strict.f1") is None
    assert result.counts("dev.conlleval.f1") is None


def test_broken_counts_name_the_line(line):
    result = Result("a.jsonl, line 3", line({}, 0.2, counts={"test": "!"}))
    with pytest.raises(ConfigurationError, match="a.jsonl, line 3: counts: found '!'"):
        result.counts("test.conlleval.f1")


def test_a_folder_without_its_failures_and_unfinished_lines(line, write, tmp_path):
    write(tmp_path / "b.jsonl", [line({"model": "Base"}, 0.2)])
    write(tmp_path / "a.jsonl", [line({"model": "DATNet-F"}, 0.3)])
    with open(tmp_path / "b.jsonl", "a") as file:
        file.write('{"cell": "x", "spe')
    (tmp_path / "failures.jsonl").write_text('{"reason": "out of memory"}\n')
    found = read_results([tmp_path])
    assert [result.factors["model"] for result in found] == ["DATNet-F", "Base"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "r.jsonl: found no results, expected lines"),
        ("{}\n", "r.jsonl, line 1: found"),
        ("12\n", "r.jsonl, line 1: found"),
        ('{"cell": "x", "spec": "y"}\n', "r.jsonl, line 1: found no 'factors'"),
    ],
)
def test_what_is_no_result(text: str, message: str, tmp_path):
    (tmp_path / "r.jsonl").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        read_results([tmp_path / "r.jsonl"])


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigurationError, match="nothing.jsonl: found no results"):
        read_results([tmp_path / "nothing.jsonl"])
