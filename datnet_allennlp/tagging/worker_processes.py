"""A function on a stream of items, in forked processes."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, TypeVar

import torch

from datnet_allennlp.interruptions import interruptions_held

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# Each worker needs memory of its own beside what it shares.
_MAX_WORKERS = 16


def map_in_workers(
    function: Callable[[_Item], _Result], items: Iterable[_Item], number: int | None = None
) -> Generator[tuple[_Item, _Result], None, None]:
    """
    Yields each item with what the function makes of it, in the order of the items. The first is
    dealt with in this process, so that a short input needs no other. All others go to worker
    processes, as many as torch may use threads here, of one thread each: on a CPU this is faster
    than sharing out each operation among the threads. Where there would be but one worker, or where
    it could not safely be forked (anything but Linux), all stay in this process.

    The workers are gone when the items are, and also when they are not asked for any more, when
    this process is interrupted, or when it is killed.

    # Parameters

    function : `Callable[[_Item], _Result]`
        Must not use the GPU. What it refers to is shared with the workers as it is at the second
        item; what it changes there does not come back.
    items : `Iterable[_Item]`
        Made in this process, at most two for each worker ahead of the one that is yielded. If it
        raises, then the error is raised here, after all that came before it. Items and results
        must go through pickle.
    number : `int | None`, optional
        How many workers, where they can be forked. Default: as many as torch may use threads.

    Raises `ChildProcessError` if a worker was killed, for lack of memory for example.
    """
    items = iter(items)
    number = _num_workers() if number is None or sys.platform != "linux" else number
    for item in items if number < 2 else islice(items, 1):
        yield item, function(item)
    if number < 2:
        return

    errors: list[Exception] = []
    waiting: deque[tuple[_Item, Future[_Result]]] = deque()
    # It starts its processes when it gets the first item.
    executor = ProcessPoolExecutor(
        number, multiprocessing.get_context("fork"), initializer=_start, initargs=(function,)
    )
    try:
        for item in _until_error(items, errors):
            with interruptions_held():
                future = executor.submit(_call, item)
            waiting.append((item, future))
            if len(waiting) > 2 * number:
                item, future = waiting.popleft()
                yield item, future.result()
        for item, future in waiting:
            yield item, future.result()
    except BrokenProcessPool as broken:
        raise ChildProcessError(
            "found that a worker process ended too early, expected it to run until the input ends; "
            "it may have been killed for lack of memory (the environment variable OMP_NUM_THREADS "
            "sets the number of workers)"
        ) from broken
    finally:
        executor.shutdown(cancel_futures=True)
    for error in errors:
        raise error


def _num_workers() -> int:
    if sys.platform != "linux":
        return 1
    return min(torch.get_num_threads(), len(os.sched_getaffinity(0)), _MAX_WORKERS)


def _until_error(items: Iterator[_Item], errors: list[Exception]) -> Iterator[_Item]:
    try:
        yield from items
    except Exception as error:
        errors.append(error)


_function: Callable[[Any], Any]


def _start(function: Callable[[Any], Any]) -> None:
    """What a worker does first."""
    global _function
    _function = function
    # Ctrl-C reaches the workers as well; the parent ends them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Where another worker was killed, the executor ends this one so. A handler of the parent's,
    # that of the command for one, would raise an error here, which would go back to nobody.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # The threads of the parent do not exist here, and waiting for them would never end.
    torch.set_num_threads(1)
    # Between two items, when little is in use, is the cheap moment to look for garbage.
    gc.freeze()
    gc.disable()


def _call(item: Any) -> Any:
    gc.collect()
    return _function(item)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
