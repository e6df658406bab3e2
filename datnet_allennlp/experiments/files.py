"""Files that several runners write to and that a kill at any moment leaves whole."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class FileLock:
    """
    A lock that the operating system holds on a file, so that it ends with the process. Unlike that
    of the library `filelock` it is passed on to forked processes: while a forked worker lives, even
    if the process that started it was killed, nobody else gets the lock.

    # Parameters

    path : `Path`
        The file, made where it is missing. It holds nothing, and it is never removed.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, wait: bool) -> bool:
        """Takes the lock, or, without waiting, returns `False` if somebody else has it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException as error:
            os.close(descriptor)
            if isinstance(error, BlockingIOError):
                return False
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Gives the lock back, also on behalf of forked processes."""
        assert self._descriptor is not None
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)
        self._descriptor = None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits for the lock that belongs to a file (a hidden file beside it) and holds it."""
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    lock.acquire(wait=True)
    try:
        yield
    finally:
        lock.release()


def append_line(path: Path, line: str) -> None:
    """
    Appends a line and returns when it is on the disk. Raises `OSError` (a full disk, for one) with
    `path` as its `filename`; then nothing of the line is there, which would spoil the next one.
    """
    with open(path, "ab", buffering=0) as file:
        size = file.tell()
        left = line.encode() + b"\n"
        try:
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        except OSError as error:
            file.truncate(size)
            raise OSError(error.errno, error.strerror, str(path)) from error


def write_whole(path: Path, content: str | bytes) -> None:
    """
    Puts a file in place so that there is the old content or the new at any moment. Raises `OSError`
    (a full disk, for one) with `path` as its `filename`, and leaves nothing else behind.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(unfinished, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from error
