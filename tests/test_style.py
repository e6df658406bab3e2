"""What ruff does not look at."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_each_module_has_a_docstring() -> None:
    paths = sorted((ROOT / "datnet_allennlp").rglob("*.py"))
    assert len(paths) > 100
    without = [
        path.relative_to(ROOT).as_posix()
        for path in paths
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not without
