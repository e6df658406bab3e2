"""The `report` command, in this process."""

import argparse
import json
import sys

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.commands.report import Report


def run(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    Report().add_subparser(parser.add_subparsers())
    args = parser.parse_args(["report", *arguments])
    args.func(args)


@pytest.fixture
def results(tmp_path):
    lines = [
        {
            "cell": f"{model}{seed}",
            "spec": "made_up",
            "factors": {"model": model, "seed": seed},
            "method_version": 1,
            "scores": {"test": {"conlleval": {"f1": f1 + seed / 100}}},
        }
        for model, f1 in (("Base", 0.2), ("DATNet-F", 0.3))
        for seed in (1, 2)
    ]
    path = tmp_path / "results.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_writes_the_page_and_says_where(results, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["allennlp", "report", "results.jsonl", "-o", "out"])
    run(str(results), "-o", str(tmp_path / "out"))
    assert capsys.readouterr().out == f"{tmp_path / 'out' / 'report.md'}\n"
    text = (tmp_path / "out" / "report.md").read_text()
    assert "Made by `allennlp report results.jsonl -o out`." in text
    assert "| DATNet-F | 31.5 ± 0.7 (2) |" in text


def test_the_version_of_the_method(results, tmp_path):
    with pytest.raises(ConfigurationError, match="--method-version: found 2, of which 'made_up'"):
        run(str(results), "-o", str(tmp_path / "out"), "--method-version", "2")
    assert not (tmp_path / "out").exists()


def test_needs_matplotlib(results, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigurationError, match="found no matplotlib, expected the extra"):
        run(str(results), "-o", str(tmp_path / "out"))
