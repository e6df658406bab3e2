"""The failures of a folder: one line of JSON for each cell that failed."""

import json
from pathlib import Path

from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.files import append_line, locked

NAME = "failures.jsonl"


class Failures:
    """
    Several runners may add to the file at once. What was in it before counts for nothing, so that
    each call tries again what failed.

    # Parameters

    path : `Path`
        The file, made with its first line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin = path.stat().st_size if path.exists() else 0

    def add(self, cell: Cell, reason: str) -> None:
        """Adds why a cell failed."""
        failure = {"cell": cell.identity, "factors": cell.factors, "reason": reason}
        with locked(self._path):
            append_line(self._path, json.dumps(failure, ensure_ascii=False))

    def find(self, cell: Cell) -> str | None:
        """Returns why a cell failed since this object was made, in whatever runner."""
        if not self._path.exists():
            return None
        with locked(self._path), open(self._path, "rb") as file:
            file.seek(self._begin)
            for failure in map(json.loads, file):
                if failure["cell"] == cell.identity:
                    return failure["reason"]
        return None
