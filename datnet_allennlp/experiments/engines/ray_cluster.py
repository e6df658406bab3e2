"""Cells as tasks of a Ray cluster."""

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from allennlp.common.plugins import import_plugins
from allennlp.common.util import import_module_and_submodules

from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.files import FileLock
from datnet_allennlp.experiments.run_cell import Outcome, attempt
from datnet_allennlp.extras import require

# How often a cell is run anew after the death of its worker or machine.
_MAX_RETRIES = 3


class RayEngine:
    """
    An `Engine` that makes a task of each cell, in a process of its own, on one CPU: on the cluster
    of the environment variable `RAY_ADDRESS`, or else on this machine. Where a worker or a machine
    dies, the cell runs again elsewhere.

    All machines need the same code, and the same data under the same path as here. A cell's folder
    is made on the machine that runs it; its results come back.

    # Parameters

    workers : `int`, optional
        How many tasks there are at a time. Default: the number of CPUs of the cluster.
    packages : `Sequence[str]`, optional
        What the workers import beside the plugins of AllenNLP.
    """

    def __init__(self, workers: int | None = None, packages: Sequence[str] = ()) -> None:
        ray = self._ray = require("ray", "ray", "--engine ray")
        address = "auto" if "RAY_ADDRESS" in os.environ else "local"
        ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)
        self.workers = workers or int(ray.cluster_resources()["CPU"])
        self._packages = tuple(packages)
        self._running: dict[Any, Cell] = {}
        # Training leaves traces in a process, so each task gets a new one.
        self._task = ray.remote(num_cpus=1, max_calls=1, max_retries=_MAX_RETRIES)(_work)

    def start(self, cell: Cell, folder: Path) -> None:
        """Hands a cell to the cluster."""
        reference = self._task.remote(cell, folder.absolute(), Path.cwd(), self._packages)
        self._running[reference] = cell

    def finished(self, seconds: float) -> list[tuple[Cell, Outcome]]:
        """Waits for tasks; one that Ray gave up makes its cell a failed one."""
        if not self._running:
            return []
        references, _ = self._ray.wait(list(self._running), timeout=seconds)
        return [(self._running.pop(each), self._outcome(each)) for each in references]

    def stop(self) -> None:
        """Ends all tasks, and Ray itself if it was started here."""
        for reference in self._running:
            self._ray.cancel(reference, force=True)
        self._running.clear()
        self._ray.shutdown()

    def _outcome(self, reference: Any) -> Outcome:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            return Outcome(reason=f"{type(error).__name__}: {str(error).strip().splitlines()[0]}")


def _work(cell: Cell, folder: Path, directory: Path, packages: Sequence[str]) -> Outcome:
    """Runs a cell in a worker."""
    os.chdir(directory)
    import_plugins()
    for package in packages:
        import_module_and_submodules(package)
    if replace(cell).identity != cell.identity:
        return Outcome(
            reason=f"found other data or another METHOD_VERSION on {os.uname().nodename}"
        )
    # A worker that Ray believes dead may still be dying, on the same machine.
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    lock.acquire(wait=True)
    return attempt(cell, folder)
