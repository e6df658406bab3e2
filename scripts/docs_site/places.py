"""Where in the code a name stands: pages of `docs/` write `modules/crf/decoding.py: best_path`."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"`([\w/]+\.(?:py|libsonnet)): ([\w.]+)`")


def in_repository(path: str) -> str:
    """The path of a file that a page names; those of the package are named without its folder."""
    return path if path.startswith(("tests/", "training_config/")) else f"datnet_allennlp/{path}"


@cache
def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def find(path: str, name: str) -> tuple[int, str]:
    """
    Line and source of a function, class or method, or of the line of Jsonnet that defines a name.

    Raises `LookupError` if there is none or more than one.
    """
    if path.endswith(".libsonnet"):
        defined = re.search(rf"^ *(local )?{name}(\(.*\))?( =|:).*", read(path), re.MULTILINE)
        if not defined:
            raise LookupError(f"{path}: found no '{name}', expected its definition")
        return read(path).count("\n", 0, defined.start()) + 1, defined.group()
    nodes = ast.parse(read(path)).body
    for part in name.split("."):
        found = [
            each
            for each in nodes
            if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == part
        ]
        if len(found) != 1:
            raise LookupError(f"{path}: found {len(found)} of '{name}', expected one definition")
        nodes = found[0].body
    return found[0].lineno, ast.get_source_segment(read(path), found[0]) or ""
