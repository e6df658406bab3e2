"""
Ctrl-C and SIGTERM where the error that their handlers raise would be lost: Python cannot raise it
while it forks, in a finalizer, or in a function that C calls.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryDirectory
from typing import Any

from allennlp.common.util import SigTermReceived
from numba.core import event

_SIGNALS = {KeyboardInterrupt: signal.SIGINT, SigTermReceived: signal.SIGTERM}
# Until then what could not raise the error is over, most likely; if not, it comes once more.
_SECONDS_UNTIL_AGAIN = 0.1


@contextmanager
def interruptions_held() -> Iterator[None]:
    """
    Keeps SIGINT and SIGTERM until the end. A mask would not do: another thread of this process
    would take the signal.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler runs here
        return
    arrived: list[int] = []
    parent = os.getpid()

    def hold(number: int, _: Any) -> None:
        if os.getpid() == parent:
            arrived.append(number)
        elif number == signal.SIGTERM:
            os._exit(1)  # a worker that has not come to its own handlers

    handlers = {number: signal.signal(number, hold) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for received in arrived:
            signal.raise_signal(received)


class TemporaryFolder(TemporaryDirectory[str]):
    """One that is made and removed as a whole, whatever arrives meanwhile."""

    __init__ = interruptions_held()(TemporaryDirectory.__init__)
    cleanup = interruptions_held()(TemporaryDirectory.cleanup)


def hold_while_compiling() -> None:
    """
    From now on numba finishes what it compiles first. LLVM gives it the result by a function that C
    calls; without that it would end with an error of its own, or keep nothing.
    """
    event.register("numba:compiler_lock", _HeldInterruptions())


def send_again() -> None:
    """From now on the signal of an error that was lost is sent again."""
    inherited = sys.unraisablehook

    def hook(lost: Any) -> None:
        number = _SIGNALS.get(lost.exc_type)
        if number is None:
            inherited(lost)
            return
        again = threading.Timer(_SECONDS_UNTIL_AGAIN, os.kill, (os.getpid(), number))
        again.daemon = True
        with suppress(RuntimeError):  # this process is at its end
            again.start()

    sys.unraisablehook = hook


class _HeldInterruptions(event.Listener):
    def __init__(self) -> None:
        self._held: list[ExitStack] = []

    def on_start(self, _: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            self._held.append(ExitStack())
            self._held[-1].enter_context(interruptions_held())

    def on_end(self, _: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            self._held.pop().close()
