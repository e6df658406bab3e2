"""The results file: one line of JSON for each finished cell."""

import json
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments import failures
from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.files import append_line, locked, write_whole

Line = dict[str, Any]


class Results:
    """
    The lines of one file, and those of all other `*.jsonl` of its folder, so that what another
    specification has run is not run again. Several processes may add to the file at once.

    # Parameters

    path : `Path`
        The file, made with its first line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cache: dict[Path, tuple[tuple[int, int], list[Line]]] = {}

    def repair(self) -> str | None:
        """
        Removes a last line that was cut off while it was written, and returns a sentence about it,
        if there was one.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            content = self.path.read_bytes() if self.path.exists() else b""
            whole, _, rest = content.rpartition(b"\n")
            if not rest:
                return None
            if _is_json(rest):
                append_line(self.path, "")
                return None
            with open(self.path, "r+b") as file:
                file.truncate(len(content) - len(rest))
            number = whole.count(b"\n") + (2 if whole else 1)
            return f"{self.path}, line {number}: cut off while it was written; removed"

    def find(self, cell: Cell) -> Line | None:
        """
        Returns the line of a cell as this file has it or would have it: another specification's
        comes with this cell's specification and factors.
        """
        for path in (self.path, *results_files(self.path.parent)):
            for line in self._lines(path):
                if line["cell"] == cell.identity:
                    return {**line, "spec": cell.spec, "factors": cell.factors}
        return None

    def add(self, line: Line) -> None:
        """
        Adds a line, unless it is there. A line of the same cell and specification whose factors
        were called otherwise is replaced.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.path):
            lines = self._lines(self.path)
            kept = [each for each in lines if _key(each) != _key(line)]
            if line in lines:
                return
            if len(kept) == len(lines):
                append_line(self.path, _text(line))
            else:
                write_whole(self.path, "".join(f"{_text(each)}\n" for each in [*kept, line]))

    def lines(self) -> list[Line]:
        """All lines of the file itself."""
        return self._lines(self.path)

    def _lines(self, path: Path) -> list[Line]:
        if not path.exists():
            return []
        state = path.stat().st_mtime_ns, path.stat().st_size
        if path not in self._cache or self._cache[path][0] != state:
            self._cache[path] = state, _read(path)
        return self._cache[path][1]


def results_files(folder: Path) -> list[Path]:
    """All results files of a folder, which may be a runner's as well."""
    return [each for each in sorted(folder.glob("*.jsonl")) if each.name != failures.NAME]


def _read(path: Path) -> list[Line]:
    # What follows the last line's end is being written, or was cut off.
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    lines = []
    for number, text in enumerate(whole.splitlines(), start=1):
        try:
            line = json.loads(text)
            line["cell"], line["spec"]  # noqa: B018
        except (ValueError, TypeError, KeyError):
            found = text[:60].decode(errors="replace")
            raise ConfigurationError(
                f"{path}, line {number}: found {found!r}, expected a result in JSON"
            ) from None
        lines.append(line)
    return lines


def _key(line: Line) -> tuple[str, str]:
    return line["spec"], line["cell"]


def _text(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False, allow_nan=False)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
