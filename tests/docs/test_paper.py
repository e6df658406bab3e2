"""What docs/paper.md names stands in the code, and names the paper in its turn."""

import re

import pytest

from scripts.docs_site.places import PLACE, ROOT, find, in_repository, read

NOT_ESCAPED = re.compile(r" (?<!\\)\| ")

ROWS = [
    [cell.strip() for cell in NOT_ESCAPED.split(line.strip("|"))]
    for line in (ROOT / "docs" / "paper.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| (section|Eq\.|Table|Figure) ", line)
]


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
        _, source = find(in_repository(path), name)
        if paper.startswith("Eq."):
            # At the line that computes it, not in the docstring alone.
            assert re.search(rf"# {re.escape(paper)}\b", source), f"{path}: {name}"
        elif paper.startswith("section"):
            words = " ".join(read(in_repository(path)).split())
            assert re.search(rf"{re.escape(paper)}\b", words, re.IGNORECASE), path
    for path, name in PLACE.findall(tests):
        assert path.startswith("tests/") and name.rpartition(".")[2].startswith("test_")
        find(path, name)


def test_the_page_on_mathematics_names_the_functions_of_the_equations() -> None:
    mathematics = set(PLACE.findall(read("docs/mathematics.md")))
    equations = {
        place for row in ROWS if row[0].startswith("Eq.") for place in PLACE.findall(row[2])
    }
    assert equations <= mathematics
