"""A temporary folder that goes, whatever happens."""

import fcntl
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from datnet_allennlp.interruptions import TemporaryFolder

_PREFIX = "datnet-archive-"
# Between making a folder and locking it, others must not take it for a stale one.
_SECONDS_TO_LOCK = 60


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """
    A folder that is removed at the end, after an error, and on SIGTERM. `kill -9` leaves it; the
    next call removes it, since no living process holds its lock.
    """
    _remove_stale()
    with _terminated_by_exception(), TemporaryFolder(prefix=_PREFIX) as name:
        descriptor = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield Path(name)
        finally:
            os.close(descriptor)


def _remove_stale() -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another process may remove it now, or own it
            status = path.lstat()
            if status.st_uid != os.getuid() or time.time() - status.st_mtime < _SECONDS_TO_LOCK:
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(descriptor)


@contextmanager
def _terminated_by_exception() -> Iterator[None]:
    """Where SIGTERM would end the process at once, it raises `SystemExit` instead."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
