"""Lets a child process prepare what comes next, while this one works on what is there."""

import copyreg
import io
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]
from typing import Any, Optional, TextIO, TypeVar

import numpy
import torch

_Item = TypeVar("_Item")


def read_ahead(
    items: Iterator[_Item], is_last: Callable[[_Item], bool]
) -> Generator[_Item, None, None]:
    """
    Yields the items in order. The first is made in this process; all others are made in a child
    process, which has the next one ready while this process works on the last. Where the first item
    is the last one, or where a child would gain nothing (one CPU) or could not safely be forked
    (anything but Linux), all are made in this process.

    The child is gone when the items are, and also when they are not asked for any more, when this
    process is interrupted, or when it is killed.

    # Parameters

    items : `Iterator[_Item]`
        Each must go through pickle. Making them must not use the GPU. If they raise, then the error
        is raised here, after all that came before it.
    is_last : `Callable[[_Item], bool]`
        Whether no item follows; asked of the first one only.

    # Raises

    `ChildProcessError`
        If the child was killed, for lack of memory for example.
    """
    for first in items:
        if is_last(first) or not _can_gain():
            yield first
            yield from items
            return
        with _child(items) as receive, _one_thread_less():
            yield first
            while True:
                kind, value = pickle.loads(receive())
                if kind == "item":
                    yield value
                elif kind == "error":
                    raise value
                else:
                    return


def _can_gain() -> bool:
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


@contextmanager
def _one_thread_less() -> Iterator[None]:
    """
    Inside, torch leaves one CPU to the child: threads that wait for one another on a CPU that the
    child uses are slower than fewer threads.
    """
    number = torch.get_num_threads()
    torch.set_num_threads(max(1, min(number, len(os.sched_getaffinity(0)) - 1)))
    try:
        yield
    finally:
        torch.set_num_threads(number)


@contextmanager
def _child(items: Iterator[Any]) -> Iterator[Callable[[], bytes]]:
    """Starts a child that makes the items; inside, its next message can be received."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    # A child of `multiprocessing` closes its standard input, but the items may come from there.
    stdin, sys.stdin = sys.stdin, None
    arguments = (items, receiver, sender, stdin)
    child = context.Process(target=_send_all, args=arguments, daemon=True)
    try:
        child.start()
    finally:
        sys.stdin = stdin
        sender.close()

    def receive() -> bytes:
        try:
            return receiver.recv_bytes()
        except (EOFError, OSError) as error:
            child.join()
            raise ChildProcessError(
                f"found the process that reads the input ended with code {child.exitcode}, "
                "expected it to run until the input ends; it may have been killed for lack of "
                "memory"
            ) from error

    try:
        yield receive
    finally:
        child.kill()
        child.join()
        child.close()
        receiver.close()


def _send_all(
    items: Iterator[Any], receiver: Connection, sender: Connection, stdin: Optional[TextIO]
) -> None:
    """What the child does."""
    sys.stdin = stdin
    # So that sending fails once the parent has gone.
    receiver.close()
    # Ctrl-C reaches the child as well; the parent ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # The threads of the parent do not exist here, and waiting for them would never end.
    torch.set_num_threads(1)
    with suppress(BrokenPipeError):  # the parent has gone
        for message in _messages(items):
            sender.send_bytes(message)


def _messages(items: Iterator[Any]) -> Iterator[memoryview]:
    try:
        for item in items:
            yield _dumps(("item", item))
    except GeneratorExit:
        raise
    except BaseException as error:
        yield _dumps(("error", _portable(error)))
    else:
        yield _dumps(("end", None))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _portable(error: BaseException) -> Any:
    """The error with its traceback, such that it arrives in another process."""
    with_traceback = ExceptionWithTraceback(error, error.__traceback__)
    try:
        pickle.loads(_dumps(with_traceback))
    except Exception:
        described = RuntimeError(f"{type(error).__name__}: {error}")
        return ExceptionWithTraceback(described, error.__traceback__)
    return with_traceback


def _dumps(value: Any) -> memoryview:
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.dispatch_table = {**copyreg.dispatch_table, torch.Tensor: _reduce_tensor}
    pickler.dump(value)
    return buffer.getbuffer()


def _reduce_tensor(tensor: torch.Tensor) -> Any:
    """
    Goes through NumPy, which takes a few microseconds where torch takes a hundred. Ids are small
    numbers, most of which need two of their eight bytes.
    """
    dtype = tensor.dtype
    if dtype == torch.int64 and tensor.numel():
        low, high = torch.aminmax(tensor)
        for narrow in (torch.int16, torch.int32):
            if torch.iinfo(narrow).min <= low and high <= torch.iinfo(narrow).max:
                tensor = tensor.to(narrow)
                break
    return _rebuild_tensor, (tensor.numpy(), dtype)


def _rebuild_tensor(array: numpy.ndarray, dtype: torch.dtype) -> torch.Tensor:
    return torch.from_numpy(array).to(dtype)
