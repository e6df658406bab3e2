"""What ruff does not look at."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_docstrings() -> None:
    modules = sorted((ROOT / "datnet_allennlp").rglob("*.py"))
    assert modules
    for path in modules:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path}: a module without a docstring"
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                # One form: "Raises `Error` if ..." as a paragraph.
                assert "# Raises" not in (ast.get_docstring(node) or ""), f"{path}: {node.name}"
