"""Cells as processes of this machine."""

import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path

from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.run_cell import Outcome, attempt
from datnet_allennlp.interruptions import interruptions_held


class LocalEngine:
    """
    An `Engine` that forks a process for each cell, so that none waits for imports and none sees
    what another did. This process itself must leave torch alone, for the threads that torch starts
    do not exist in forked processes. The processes end with this one, even if it is killed.

    # Parameters

    workers : `int`
        How many processes there are at a time, of one thread each.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._context = multiprocessing.get_context("fork")
        self._running: dict[Connection, tuple[Cell, ForkProcess]] = {}

    @interruptions_held()
    def start(self, cell: Cell, folder: Path) -> None:
        """Forks a process for a cell."""
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_work, args=(sender, cell, folder))
        process.start()
        # The end of the process is then the end of what can be received.
        sender.close()
        self._running[receiver] = cell, process

    def finished(self, seconds: float) -> list[tuple[Cell, Outcome]]:
        """Waits for processes; one that was killed makes its cell a failed one."""
        outcomes = []
        for receiver in wait(list(self._running), seconds):
            assert isinstance(receiver, Connection)
            cell, process = self._running[receiver]
            try:
                outcome = receiver.recv()
                process.join()
            except EOFError:
                process.join()
                outcome = Outcome(reason=_end(process.exitcode))
            del self._running[receiver]
            receiver.close()
            outcomes.append((cell, outcome))
        return outcomes

    def stop(self) -> None:
        """Kills the processes and all that they started."""
        for _, process in self._running.values():
            process.kill()
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid or 0, signal.SIGKILL)
        for _, process in self._running.values():
            process.join()
        self._running.clear()


def _work(sender: Connection, cell: Cell, folder: Path) -> None:
    # A group of its own: Ctrl-C reaches the parent alone, and the data loader's processes are
    # ended together with this one.
    os.setpgid(0, 0)
    # `start` held them while it forked.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sender.send(attempt(cell, folder))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.killpg(0, signal.SIGKILL)


def _end(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        lack = ", perhaps for lack of memory" if name == "SIGKILL" else ""
        return f"the process was ended by {name}{lack}"
    return f"the process ended early, with exit status {exit_code}"
