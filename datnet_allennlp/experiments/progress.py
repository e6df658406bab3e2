"""What someone who waits for an experiment sees."""

from collections.abc import Iterable
from datetime import timedelta
from statistics import mean
from typing import Any

from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.results import Line


class Progress:
    """
    Plain lines: what starts, what ended and how, what is left.

    # Parameters

    name : `str`
        The specification's name.
    num_cells : `int`
        How many cells there are.
    num_done : `int`
        How many of them were done before.
    workers : `int`
        How many are run at a time.
    """

    def __init__(self, name: str, num_cells: int, num_done: int, workers: int) -> None:
        self._num_cells, self._num_done, self._num_failed = num_cells, num_done, 0
        self._workers = workers
        self._seconds: list[tuple[Any, float]] = []
        print(f"{name}: {num_cells} cells, {num_done} done, {workers} at a time", flush=True)

    def started(self, cell: Cell) -> None:
        """Says that a cell runs."""
        print(f"run   {cell.label}", flush=True)

    def finished(self, cell: Cell, line: Line, left: Iterable[Cell]) -> None:
        """Says what a cell gave; `left` are those that still run or wait."""
        self._num_done += 1
        self._seconds.append((_kind(cell), line["seconds"]))
        f1 = [f"{name} F1 {100 * s['conlleval']['f1']:.1f}" for name, s in line["scores"].items()]
        self._say(f"done  {cell.label}: {', '.join([*f1, _time(line['seconds'])])}", left)

    def already_done(self, cell: Cell) -> None:
        """Says that somebody else finished a cell in the meantime."""
        self._num_done += 1
        print(f"done  {cell.label}: by another runner", flush=True)

    def failed(self, cell: Cell, reason: str, left: Iterable[Cell]) -> None:
        """Says why a cell failed."""
        self._num_failed += 1
        self._say(f"FAIL  {cell.label}: {reason}", left)

    def _say(self, text: str, left: Iterable[Cell]) -> None:
        failed = f", {self._num_failed} failed" if self._num_failed else ""
        rest = f"{self._num_done} of {self._num_cells} done{failed}{self._time_left(left)}"
        print(f"{text} ({rest})", flush=True)

    def _time_left(self, left: Iterable[Cell]) -> str:
        """From the mean seconds of the cells of the same model, or of all where there is none."""
        left = list(left)
        if not self._seconds or not left:
            return ""
        seconds = 0.0
        for cell in left:
            alike = [each for kind, each in self._seconds if kind == _kind(cell)]
            seconds += mean(alike or [each for _, each in self._seconds])
        return f", about {_time(seconds / self._workers)} left"


def _kind(cell: Cell) -> Any:
    return cell.factors.get("model")


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else str(timedelta(seconds=round(seconds)))
