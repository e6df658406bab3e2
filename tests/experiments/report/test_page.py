"""The whole page, from files to files."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image

from datnet_allennlp.experiments.report.page import write_report

FACTORS = {"model": ["Base", "DATNet-F"], "size": [10, 100], "pair": [1, 2, 3]}


@pytest.fixture(scope="module")
def inputs(few_sizes, write, plan, tmp_path_factory):
    """Two of three pairs, and the specification with the paper's figures."""
    folder = tmp_path_factory.mktemp("inputs")
    report = {"paper": {"table": 3, "corpus": "wnut2016"}}
    spec = plan(FACTORS, baseline={"model": "Base"}, report=report)
    return [write(folder / "made_up.jsonl", few_sizes)], {"made_up": spec}


@pytest.fixture(scope="module")
def page(inputs, tmp_path_factory):
    results, plans = inputs
    folder = tmp_path_factory.mktemp("out")
    return write_report(results, folder, plans, command="allennlp report it")


def texts_of(svg: Path) -> set[str]:
    return {
        element.text
        for element in ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}text")
        if element.text
    }


def test_provenance_and_what_is_missing(page):
    text = page.read_text()
    assert "Made by `allennlp report it`." in text
    for fact in (
        "- version of the method: 1\n",
        "- commits: c0ffee\n",
        "- seeds: 7\n",
        "- data (SHA-256): data/made_up/test.conll 0123456789ab\n",
        "- hours of training: 4.0\n",
    ):
        assert fact in text
    assert "**Unfinished: 8 of 12 cells are there.** Missing:\n\n- pair 3: Base, 10" in text
    assert "| Base     | 11.0 ± 1.4 (2) | 3.8   |" in text


def test_all_that_the_page_names_is_there_and_nothing_else(page):
    named = set(re.findall(r"\]\((.*?)\)", page.read_text()))
    assert {"made_up_scores.csv", "made_up_scores.tex", "made_up_curves.png"} <= named
    pictures = {Path(name).with_suffix(".svg").name for name in named if name.endswith(".png")}
    assert {path.name for path in page.parent.iterdir()} == named | pictures | {"report.md"}


def test_figures(page):
    texts = texts_of(page.parent / "made_up_curves.svg")
    assert {"Base", "DATNet-F", "the paper", "10", "100", "target sentences with tags"} <= texts
    assert "F1 on the test set in percent" in texts
    with Image.open(page.parent / "made_up_curves.png") as image:
        assert image.width > 600


def test_the_same_results_give_the_same_files(inputs, page, tmp_path):
    results, plans = inputs
    write_report(results, tmp_path, plans, command="allennlp report it")
    for path in page.parent.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_tuning(line, write, plan, tmp_path):
    factors = {"lr": [0.1, 0.2], "seed": [1]}
    lines = [line({"lr": lr, "seed": 1}, lr) for lr in factors["lr"]]
    report = {"trials_over": ["lr"], "note": "Two epochs alone."}
    plans = {"made_up": plan(factors, report=report)}
    page = write_report([write(tmp_path / "r.jsonl", lines)], tmp_path / "out", plans)
    assert "\n\nTwo epochs alone.\n\n" in page.read_text()
    assert "2 of 2 cells are there." in page.read_text()
    assert "![expected best of the trials](made_up_trials.png)" in page.read_text()
    assert "trials" in texts_of(page.parent / "made_up_trials.svg")
