"""Clocks for the benchmarks: fixed threads, sides measured in turn, medians, processes."""

import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
THREADS = 2


def pin_threads() -> None:
    """
    Two threads for this process and those that it starts. To be called before torch is imported,
    because OpenMP reads its variable only once.
    """
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(THREADS)
    # Progress bars of what is measured would write over the benchmark's own output.
    os.environ["TQDM_DISABLE"] = "1"
    os.environ["ALLENNLP_LOG_LEVEL"] = "ERROR"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(THREADS)


def need(*paths: str) -> None:
    """Ends the program with a message if one of these files is missing."""
    missing = [path for path in paths if not (ROOT / path).exists()]
    if missing:
        sys.exit(
            f"error: found no {', '.join(missing)}, expected the corpora and vectors that "
            "`make data` puts there"
        )


def alternate(
    sides: Mapping[str, Callable[[], object]],
    repetitions: int,
    warm_up: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """
    Times each side `repetitions` times, one after the other (A B A B), so that a drift of the
    machine's speed hits all alike.

    # Parameters

    sides : `Mapping[str, Callable[[], object]]`
        What to time, by name.
    warm_up : `int`, optional (default = 1)
        Rounds before these that are not counted.

    # Returns

    `dict[str, list[float]]`: the seconds of each repetition, by name.
    """
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for round_number in range(warm_up + repetitions):
        for name, side in sides.items():
            start = clock()
            side()
            if round_number >= warm_up:
                seconds[name].append(clock() - start)
    return seconds


def median_ratio(slower: Sequence[float], faster: Sequence[float]) -> float:
    """The median of the ratios within each round of `alternate`."""
    return statistics.median(a / b for a, b in zip(slower, faster, strict=True))


def fit_exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The exponent `k` in `seconds = c * size ** k`, by least squares on the logarithms."""
    return statistics.linear_regression(
        [math.log(size) for size in sizes], [math.log(value) for value in seconds]
    ).slope


class Finished(NamedTuple):
    """A process that has ended: its seconds from start to end and its peak memory."""

    seconds: float
    peak_rss_mib: float
    output: str


def run_process(
    command: Sequence[str], cwd: Path = ROOT, python_path: Sequence[Path] = ()
) -> Finished:
    """
    Runs a command to its end. The caller should be small itself: Linux counts the memory of the
    process that forks into the peak of its child.
    """
    searched = [*map(str, python_path), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, searched))}
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"error: {' '.join(map(str, command))} failed:\n{output[-3000:]}")
    return Finished(seconds, usage.ru_maxrss / 1024, output)


def machine(threads: int = THREADS) -> str:
    """One line about the processor, the threads used and the versions."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":")[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    return (
        f"{model}, {os.cpu_count()} cores, {threads} threads used; "
        f"Python {platform.python_version()}, torch {metadata.version('torch')}, "
        f"allennlp {metadata.version('allennlp')}"
    )
