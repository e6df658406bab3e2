"""`make audit` with a folder of advisories."""

import re
import sys
from pathlib import Path

import pytest

from scripts.audit import main

ROOT = Path(__file__).parents[1]
PINNED = re.search(r"^torch==(.*)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)[1]
ADVISORY = """
id: PYSEC-2000-1
modified: "2000-01-02T00:00:00Z"
aliases: [{alias}]
{withdrawn}
affected:
- package: {{name: torch, ecosystem: PyPI}}
  ranges:
  - {{type: GIT, events: [introduced: "0"]}}
  - {{type: ECOSYSTEM, events: [introduced: "0", {events}]}}
  versions: [{versions}]
"""


@pytest.fixture
def audit(monkeypatch, capsys):
    """Its status, and what it says of a folder."""

    def audit(folder: Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["audit.py", "--advisories", str(folder)])
        try:
            return main(), capsys.readouterr().out.strip()
        except SystemExit as error:
            return 1, str(error)

    return audit


@pytest.mark.parametrize(
    "changes, found",
    [
        ({}, True),
        ({"events": 'fixed: "1.13.1"'}, False),
        ({"events": 'fixed: "1.13.1", introduced: "2.0"'}, True),
        ({"events": f'last_affected: "{PINNED}"'}, True),
        ({"events": 'last_affected: "2.0"'}, False),
        ({"events": 'fixed: "1.13.1"', "versions": PINNED}, True),
        ({"withdrawn": 'withdrawn: "2000-01-03T00:00:00Z"'}, False),
        ({"alias": "CVE-2024-11392"}, False),  # stands in audit.txt
        ({"alias": "CVE-2026-4538"}, False),  # so does this, as the second name on its line
    ],
)
def test_what_a_folder_says(changes: dict[str, str], found: bool, audit, tmp_path: Path) -> None:
    filled = {"alias": "CVE-2000-1", "withdrawn": "", "events": 'fixed: "9999"', "versions": ""}
    (tmp_path / "vulns" / "torch").mkdir(parents=True)
    path = tmp_path / "vulns" / "torch" / "PYSEC-2000-1.yaml"
    path.write_text(ADVISORY.format(**filled | changes))
    status, shown = audit(tmp_path)
    assert status == int(found)
    assert ("torch" in shown) == found
    assert re.match(r"\d+ versions, 1 advisories on them, the last of 2000-01-02\n", shown)
    if found:
        assert shown.endswith(f"torch {PINNED}: CVE-2000-1 PYSEC-2000-1")


def test_no_advisories(audit, tmp_path: Path) -> None:
    assert audit(tmp_path) == (
        1,
        f"{tmp_path}: found no folder 'vulns', expected a checkout of pypa/advisory-database",
    )
    (tmp_path / "vulns").mkdir()
    assert audit(tmp_path) == (
        1,
        f"{tmp_path}: found no advisory on any pinned version, expected some",
    )
