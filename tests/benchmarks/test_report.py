"""Tables and goals of the benchmarks."""

import json

import pytest

from benchmarks.report import Report, at_least, at_most, digits, goals_table, spread


@pytest.mark.parametrize(
    ("value", "text"),
    [(12345.6, "12,346"), (99.94, "99.9"), (1.5, "1.50"), (0.012345, "0.0123"), (0.0, "0")],
)
def test_digits(value: float, text: str):
    assert digits(value) == text


def test_spread_is_median_lowest_and_highest():
    assert spread([0.003, 0.001, 0.002], 1000) == "2.00 (1.00 .. 3.00)"


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (at_least("ratio", 4, 4.0), True),
        (at_least("ratio", 4, 3.99), False),
        (at_most("ratio", 1.6, 1.6), True),
        (at_most("ratio", 1.6, 1.61), False),
    ],
)
def test_goal(goal: dict, met: bool):
    assert goal["met"] is met
    assert goals_table([goal]).splitlines()[-1].endswith("| yes |" if met else "| no  |")


def test_report_is_printed_and_written(tmp_path, capsys):
    report = Report("Decoding", ["512 sentences"], ["side", "ms"], [["ours", "3.3"]])
    report.goals.append(at_least("stock : ours", 10, 13.4))
    report.finish(tmp_path / "new" / "report.json")
    printed = capsys.readouterr().out
    assert "## Decoding" in printed
    assert "- 512 sentences" in printed
    assert "| stock : ours | at least 10 | 13.4     | yes |" in printed
    written = json.loads((tmp_path / "new" / "report.json").read_text())
    assert written["rows"] == [["ours", "3.3"]]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["report.json"]
