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

from datnet_allennlp.predictors import read_ahead as module
from datnet_allennlp.predictors.read_ahead import read_ahead

ROOT = Path(__file__).parents[2]
forking = pytest.mark.skipif(not module._can_gain(), reason="needs Linux and two CPUs")


def never(_: object) -> bool:
    return False


def pids(number: int) -> Iterator[int]:
    for _ in range(number):
        yield os.getpid()


def forever() -> Iterator[int]:
    while True:
        yield os.getpid()


@pytest.fixture(autouse=True)
def _nothing_is_left():
    descriptors = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    stdin, threads = sys.stdin, torch.get_num_threads()
    yield
    assert multiprocessing.active_children() == []
    assert sys.stdin is stdin and torch.get_num_threads() == threads
    if sys.platform == "linux":
        assert len(os.listdir("/proc/self/fd")) == descriptors


@forking
@pytest.mark.parametrize("number", [0, 1, 2, 9])
def test_all_but_the_first_come_from_one_child(number: int) -> None:
    found = list(read_ahead(pids(number), never))
    assert len(found) == number
    assert found[:1] == [os.getpid()][:number]
    assert len(set(found[1:])) == (number > 1) and os.getpid() not in found[1:]


def test_no_child_where_the_first_is_the_last() -> None:
    assert list(read_ahead(pids(3), lambda _: True)) == [os.getpid()] * 3


def test_no_child_where_none_can_be(monkeypatch) -> None:
    monkeypatch.setattr(module, "_can_gain", lambda: False)
    assert list(read_ahead(pids(3), never)) == [os.getpid()] * 3


def test_tensors_arrive_as_they_were() -> None:
    ids = [[0, 1], [-(2**15), 2**15 - 1], [-(2**15) - 1, 0], [2**31, 5], [-(2**63), 2**63 - 1]]
    tensors = [torch.tensor(each) for each in ids]
    tensors += [torch.zeros(0, 3, dtype=torch.long), torch.tensor(7), torch.tensor([True, False])]
    tensors += [
        torch.rand(2, 3),
        torch.arange(12).view(3, 4).t(),
        torch.tensor([1], dtype=torch.uint8),
    ]
    [_, found] = read_ahead(iter([None, {"a": [tensors]}]), never)
    assert found is not None
    for expected, tensor in zip(tensors, found["a"][0], strict=True):
        assert tensor.dtype == expected.dtype and torch.equal(tensor, expected)
        tensor.zero_()  # it can be written to


def test_an_error_comes_after_all_before_it() -> None:
    def items() -> Iterator[int]:
        yield from range(5)
        raise ConfigurationError("in.jsonl:6: the sixth")

    found = []
    with pytest.raises(ConfigurationError, match="^in.jsonl:6: the sixth$") as caught:
        for item in read_ahead(items(), never):
            found.append(item)
    assert found == [0, 1, 2, 3, 4]
    if module._can_gain():
        assert "in items" in str(caught.value.__cause__)  # the child's traceback


class Unpicklable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


@forking
def test_an_error_that_cannot_travel_is_described() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise Unpicklable(1, 2)

    with pytest.raises(RuntimeError, match="^Unpicklable: 1 and 2$"):
        list(read_ahead(items(), never))


@forking
def test_an_item_that_cannot_travel() -> None:
    with pytest.raises(Exception, match="pickle"):
        list(read_ahead(iter([1, lambda: 2]), never))


@forking
@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_killed_child_is_an_error(after: int) -> None:
    items = read_ahead(forever(), never)
    for _ in range(after):
        next(items)
    [child] = multiprocessing.active_children()
    os.kill(child.pid, signal.SIGKILL)  # type: ignore[arg-type]
    with pytest.raises(ChildProcessError, match="ended with code -9, expected it to run"):
        for _ in items:  # what was in the pipe still comes
            pass


@forking
def test_the_child_goes_when_nobody_asks_any_more() -> None:
    items = read_ahead(forever(), never)
    next(items)
    child = next(items)
    items.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@forking
def test_the_error_of_the_one_that_uses_the_items_ends_the_child() -> None:
    with pytest.raises(KeyboardInterrupt):
        items = read_ahead(forever(), never)
        try:
            next(items)
            raise KeyboardInterrupt
        finally:
            items.close()


SCRIPT = """
import os, sys
from datnet_allennlp.predictors.read_ahead import read_ahead

def lines():
    yield os.getpid()
    yield os.getpid()
    for line in sys.stdin:
        yield line
for item in read_ahead(lines(), lambda _: False):
    print(item, flush=True)
"""


@pytest.fixture
def process():
    """A process whose child waits for its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    yield process
    process.kill()
    process.communicate()


def is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@forking
def test_the_child_reads_standard_input(process) -> None:
    parent, child = (int(process.stdout.readline()) for _ in range(2))
    assert parent == process.pid != child
    rest, _ = process.communicate("one\ntwo\n", timeout=60)
    assert rest.split() == ["one", "two"]
    assert process.returncode == 0 and is_gone(child)


@forking
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_child_goes_with_its_parent(process, way: signal.Signals) -> None:
    """Though it waits for input that never comes."""
    child = [int(process.stdout.readline()) for _ in range(2)][1]
    process.send_signal(way)
    process.wait(60)
    assert is_gone(child)
