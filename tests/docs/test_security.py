"""SECURITY.md names tests; they are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_each_promise_names_tests_that_exist() -> None:
    defined = {
        name
        for path in (ROOT / "tests" / "archive").glob("*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    rows = [row for row in re.findall(r"^\| .* \| .* \|$", TEXT, re.MULTILINE) if "`" in row]
    promises = [row for row in rows if "test" in row or "make" in row]
    assert len(promises) >= 15
    for row in promises:
        tests = row.rstrip(" |").rsplit(" | ", 1)[1]
        names = re.findall(r"`([^`]+)`", tests)
        assert names, row
        for name in names:
            if name.startswith("test_") and not name.endswith(".py"):
                assert name in defined, row
            elif name.endswith(".py"):
                file = name.split()[-1]
                folder = "" if "/" in file else "tests/archive/"
                assert (ROOT / folder / file).is_file(), row
