import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import install_sigterm_handler

from datnet_allennlp.tagging.worker_processes import map_in_workers

ROOT = Path(__file__).parents[2]
forking = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="needs Linux and two CPUs"
)


def where(_: object) -> tuple[int, int]:
    return os.getpid(), torch.get_num_threads()


@pytest.fixture(autouse=True)
def _two_threads_and_nothing_left():
    descriptors = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    stdin, threads = sys.stdin, torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    assert multiprocessing.active_children() == []
    assert sys.stdin is stdin and torch.get_num_threads() == 2
    torch.set_num_threads(threads)
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) == descriptors


@forking
@pytest.mark.parametrize("number", [0, 1, 2, 30])
def test_all_but_the_first_go_to_workers_of_one_thread(number: int) -> None:
    found = list(map_in_workers(where, range(number)))
    assert [item for item, _ in found] == list(range(number))
    assert [place for _, place in found[:1]] == [(os.getpid(), 2)][:number]
    workers = {place for _, place in found[1:]}
    assert all(pid != os.getpid() and threads == 1 for pid, threads in workers)
    assert (number > 1) <= len(workers) <= 2


@forking
def test_results_are_in_order_though_workers_are_not() -> None:
    def slow_if_even(item: int) -> int:
        time.sleep(0.02 * (item % 2 == 0))
        return item * item

    assert list(map_in_workers(slow_if_even, range(15))) == [(i, i * i) for i in range(15)]


@pytest.mark.parametrize("way", ["one thread", "not Linux"])
def test_no_worker_where_it_would_not_help(way: str, monkeypatch) -> None:
    if way == "one thread":
        torch.set_num_threads(1)
    else:
        monkeypatch.setattr(sys, "platform", "other")
    expected = torch.get_num_threads()
    found = list(map_in_workers(where, range(3)))
    torch.set_num_threads(2)
    assert found == [(i, (os.getpid(), expected)) for i in range(3)]


@forking
def test_items_are_not_made_far_ahead() -> None:
    made = []

    def items() -> Iterator[int]:
        for i in range(100):
            made.append(i)
            yield i

    for item, _ in map_in_workers(where, items()):
        assert len(made) <= item + 1 + 2 * 2
    assert len(made) == 100


def test_an_error_of_the_items_comes_after_all_before_it() -> None:
    def items() -> Iterator[int]:
        yield from range(5)
        raise ConfigurationError("in.jsonl:6: the sixth")

    found = []
    with pytest.raises(ConfigurationError, match="^in.jsonl:6: the sixth$"):
        for item, _ in map_in_workers(where, items()):
            found.append(item)
    assert found == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("bad", [0, 1, 7])
def test_an_error_of_the_function_comes_in_its_place(bad: int) -> None:
    def fail(item: int) -> int:
        if item == bad:
            raise ValueError(f"item {item}")
        return item

    found = []
    with pytest.raises(ValueError, match=f"^item {bad}$"):
        for item, _ in map_in_workers(fail, range(20)):
            found.append(item)
    assert found == list(range(bad))


@forking
def test_what_cannot_travel() -> None:
    with pytest.raises(Exception, match="pickle"):
        list(map_in_workers(where, iter([1, lambda: 2])))
    with pytest.raises(Exception, match="pickle"):
        list(map_in_workers(lambda _: lambda: 2, range(2)))


@forking
def test_a_killed_worker_is_an_error() -> None:
    def killed(item: int) -> int:
        if item == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    found = []
    with pytest.raises(ChildProcessError, match="ended too early, expected it to run"):
        for item, _ in map_in_workers(killed, range(20)):
            found.append(item)
    assert found == list(range(len(found))) and len(found) <= 5


@forking
def test_a_worker_that_was_killed_before_the_next_item_is_made() -> None:
    def items() -> Iterator[int]:
        yield from range(2)
        time.sleep(0.5)
        yield 2

    def killed(item: int) -> int:
        if item == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(ChildProcessError, match="ended too early, expected it to run"):
        list(map_in_workers(killed, items()))


@forking
def test_a_handler_of_the_parent_does_not_keep_a_worker() -> None:
    """The executor ends the workers by SIGTERM when one was killed."""

    def ended(item: int) -> int:
        if item == 5:
            os.kill(os.getpid(), signal.SIGTERM)
        return item

    before = signal.getsignal(signal.SIGTERM)
    install_sigterm_handler()  # as the command does
    try:
        with pytest.raises(ChildProcessError, match="ended too early, expected it to run"):
            list(map_in_workers(ended, range(20)))
    finally:
        signal.signal(signal.SIGTERM, before)


@forking
def test_the_workers_go_when_nobody_asks_any_more() -> None:
    results = map_in_workers(where, range(10**9))
    next(results)
    worker = next(results)[1][0]
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


SCRIPT = """
import os, sys, torch
from datnet_allennlp.tagging.worker_processes import map_in_workers

torch.set_num_threads(2)
def lines():
    yield from ["first"] * 6
    yield from sys.stdin
for line, pid in map_in_workers(lambda _: os.getpid(), lines()):
    print(os.getpid(), pid, line.strip(), flush=True)
"""


@pytest.fixture
def process(prepared_python):
    """A process that waits for its standard input, while its workers wait for items."""
    process = subprocess.Popen(
        [*prepared_python, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    yield process
    process.kill()
    process.communicate()


def is_gone(pid: int) -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.process
@forking
def test_the_parent_reads_standard_input(process) -> None:
    lines = [process.stdout.readline().split() for _ in range(2)]
    assert lines[0][0] == lines[0][1] != lines[1][1]
    rest, _ = process.communicate("one\ntwo\n", timeout=60)
    assert [line.split()[2] for line in rest.splitlines()] == ["first"] * 4 + ["one", "two"]
    assert process.returncode == 0 and is_gone(int(lines[1][1]))


@pytest.mark.process
@forking
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_workers_go_with_their_parent(process, way: signal.Signals) -> None:
    """Though it waits for input that never comes."""
    lines = [process.stdout.readline().split() for _ in range(2)]
    workers = children(int(lines[0][0]))
    assert len(workers) == 2
    process.send_signal(way)
    process.wait(60)
    assert all(map(is_gone, workers))
