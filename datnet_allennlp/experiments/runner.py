"""The runner: which cells of a specification are to do, and doing them."""

import json
import time
from fnmatch import fnmatchcase
from pathlib import Path

from datnet_allennlp.experiments import failures
from datnet_allennlp.experiments.cell import Cell, parts
from datnet_allennlp.experiments.engines.engine import Engine
from datnet_allennlp.experiments.files import FileLock
from datnet_allennlp.experiments.progress import Progress
from datnet_allennlp.experiments.results import Results
from datnet_allennlp.experiments.run_cell import Outcome
from datnet_allennlp.experiments.spec import Spec

# Seconds between two looks at what another runner may have finished.
_PATIENCE = 0.5


def select(spec: Spec, pattern: str | None) -> list[Cell]:
    """
    Returns the cells that match a pattern such as `model=DATNet-*,size=10`: each of its parts, with
    commas between, must match a factor and its level. Without a pattern these are all cells.
    """
    wanted = pattern.split(",") if pattern is not None else []
    return [
        cell
        for cell in spec.cells
        if all(any(fnmatchcase(part, each) for part in parts(cell.factors)) for each in wanted)
    ]


class Runner:
    """
    Runs cells that have no line in the results yet and adds the lines. Several runners may share a
    folder and a results file: each cell is run by one of them, and each waits for all.

    # Parameters

    folder : `Path`
        Where each cell gets a folder of its own; failures go to `failures.jsonl` there.
    results : `Results`
        Where the lines are and go to.
    engine : `Engine`
        What runs the cells.
    """

    def __init__(self, folder: Path, results: Results, engine: Engine) -> None:
        self._folder = folder
        self._results = results
        self._engine = engine
        self._running: dict[Cell, FileLock] = {}
        self._failures = failures.Failures(folder / failures.NAME)
        self._failed: dict[Cell, str] = {}

    def run(self, name: str, cells: list[Cell]) -> dict[Cell, str]:
        """
        Runs all cells that are to do, in their order.

        # Parameters

        name : `str`
            The specification's name, to be shown.
        cells : `List[Cell]`

        # Returns

        `Dict[Cell, str]`
            The cells that failed, with their reasons. All others are done.
        """
        waiting = [cell for cell in cells if not self._is_done(cell)]
        progress = Progress(name, len(cells), len(cells) - len(waiting), self._engine.workers)
        try:
            while waiting or self._running:
                self._start_some(waiting, progress)
                if not self._running:
                    time.sleep(_PATIENCE)  # another runner has all that is left
                for cell, outcome in self._engine.finished(_PATIENCE):
                    self._take(cell, outcome, waiting, progress)
        finally:
            self._engine.stop()
        return self._failed

    def _start_some(self, waiting: list[Cell], progress: Progress) -> None:
        for cell in list(waiting):
            if len(self._running) == self._engine.workers:
                return
            lock = FileLock(self._folder / "locks" / cell.short_identity)
            if not lock.acquire(wait=False):
                continue
            waiting.remove(cell)
            if self._is_done(cell):
                progress.already_done(cell)
                lock.release()
            elif (reason := self._failures.find(cell)) is not None:
                self._failed[cell] = reason
                progress.failed(cell, reason, [*self._running, *waiting])
                lock.release()
            else:
                self._running[cell] = lock
                self._engine.start(cell, self._folder_of(cell))
                progress.started(cell)

    def _take(self, cell: Cell, outcome: Outcome, waiting: list[Cell], progress: Progress) -> None:
        lock = self._running.pop(cell)
        left = [*self._running, *waiting]
        if outcome.line is not None:
            self._results.add(outcome.line)
            progress.finished(cell, outcome.line, left)
        else:
            reason = outcome.reason or ""
            self._failed[cell] = reason
            self._failures.add(cell, reason)
            progress.failed(cell, reason, left)
        lock.release()

    def _is_done(self, cell: Cell) -> bool:
        """Looks for a cell's line here and in other results, and puts it into these."""
        line = self._results.find(cell)
        finished = self._folder_of(cell) / "cell.json"
        if line is None and finished.exists():
            # Its runner was ended before it could add the line.
            line = {**json.loads(finished.read_text()), "spec": cell.spec, "factors": cell.factors}
        if line is None:
            return False
        self._results.add(line)
        return True

    def _folder_of(self, cell: Cell) -> Path:
        return self._folder / "cells" / cell.short_identity
