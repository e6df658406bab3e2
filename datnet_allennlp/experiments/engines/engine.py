"""What the runner asks of an engine."""

from pathlib import Path
from typing import Protocol

from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.run_cell import Outcome


class Engine(Protocol):
    """
    Runs `attempt(cell, folder)` for several cells at a time.

    # Parameters

    workers : `int`
        How many cells it takes at a time.
    """

    workers: int

    def start(self, cell: Cell, folder: Path) -> None:
        """Starts a cell; its results go to a folder."""

    def finished(self, seconds: float) -> list[tuple[Cell, Outcome]]:
        """Waits until a cell ends, or for so many seconds; returns those that ended since."""

    def stop(self) -> None:
        """Ends all that still runs, at once."""
