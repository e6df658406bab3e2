"""What docs/paper.md names stands in the code, and names the paper in its turn."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"`([\w/.]+): ([\w.]+)`")
NOT_ESCAPED = re.compile(r" (?<!\\)\| ")

ROWS = [
    [cell.strip() for cell in NOT_ESCAPED.split(line.strip("|"))]
    for line in (ROOT / "docs" / "paper.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| (section|Eq\.|Table|Figure) ", line)
]


@cache
def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def source_of(path: str, name: str) -> str:
    """The source of a function, class or method, or the line of Jsonnet that defines a name."""
    if path.endswith(".libsonnet"):
        defined = re.search(rf"^ *(local )?{name}(\(.*\))?( =|:).*", read(path), re.MULTILINE)
        assert defined, f"{path}: {name}"
        return defined.group()
    nodes = ast.parse(read(path)).body
    for part in name.split("."):
        [node] = [
            each
            for each in nodes
            if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == part
        ]
        nodes = node.body
    source = ast.get_source_segment(read(path), node)
    assert source
    return source


def in_package(path: str) -> str:
    return path if path.startswith("training_config/") else f"datnet_allennlp/{path}"


def test_all_equations_sections_and_tables_are_there() -> None:
    assert {row[0] for row in ROWS} == (
        {f"Eq. {number}" for number in range(1, 5)}
        | {"section 3.1", "section 3.2", "section 3.3", "section 3.4", "section 3.5", "section 4.2"}
        | {f"Table {number}" for number in range(1, 7)}
        | {"Figure 2", "Figure 3"}
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[1]}")
def test_code_and_tests_exist(row: list[str]) -> None:
    paper, _, code, tests = row
    for cell in (code, tests):
        # Nothing but places.
        assert PLACE.findall(cell) and not PLACE.sub("", cell).strip(", ")
    for path, name in PLACE.findall(code):
        source = source_of(in_package(path), name)
        if paper.startswith("Eq."):
            # At the line that computes it, not in the docstring alone.
            assert re.search(rf"# {re.escape(paper)}\b", source), f"{path}: {name}"
        elif paper.startswith("section"):
            words = " ".join(read(in_package(path)).split())
            assert re.search(rf"{re.escape(paper)}\b", words, re.IGNORECASE), path
    for path, name in PLACE.findall(tests):
        assert path.startswith("tests/") and name.rpartition(".")[2].startswith("test_")
        source_of(path, name)
