"""Ctrl-C and SIGTERM at moments at which Python cannot raise their errors."""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import numba
import pytest
from numba.core import event

from datnet_allennlp import interruptions


@pytest.fixture
def register(monkeypatch):
    """numba's, until the test ends."""
    original, registered = event.register, []

    def register(kind, listener):
        original(kind, listener)
        registered.append((kind, listener))

    monkeypatch.setattr(event, "register", register)
    yield register
    for each in registered:
        with suppress(ValueError):  # numba's own, of a while
            event.unregister(*each)


class CtrlC(event.Listener):
    def on_start(self, _):
        os.kill(os.getpid(), signal.SIGINT)

    def on_end(self, _):
        pass


def test_what_is_compiled_is_finished_first(register) -> None:
    interruptions.hold_while_compiling()
    register("numba:compile", CtrlC())
    square = numba.njit(lambda x: x * x)
    with pytest.raises(KeyboardInterrupt):
        square(3)
    assert square.signatures == [(numba.int64,)]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert square(3) == 9


def test_a_temporary_folder_is_removed_as_a_whole(monkeypatch) -> None:
    remove = os.rmdir

    def interrupted(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGINT)
        remove(*args, **kwargs)

    monkeypatch.setattr(os, "rmdir", interrupted)
    with pytest.raises(KeyboardInterrupt), interruptions.TemporaryFolder() as name:
        Path(name, "weights.th").touch()
    assert not os.path.exists(name)


class Finalized:
    def __init__(self, error):
        self.error = error

    def __del__(self):
        raise self.error


def test_an_error_that_was_lost_comes_again(monkeypatch) -> None:
    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    interruptions.send_again()
    Finalized(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        time.sleep(10)
    assert not lost
    Finalized(ValueError("another"))
    assert [type(each.exc_value) for each in lost] == [ValueError]
