"""Files, pipes and compressed ones to read from; files that appear when they are whole."""

import bz2
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.local_copy import local_copy
from datnet_allennlp.standalone.file_kinds import GZIP, kind_of


def name_of(source: str) -> str:
    """How errors name an input."""
    return "<stdin>" if source == "-" else source


@contextmanager
def open_input(source: str) -> Iterator[IO[bytes]]:
    """
    Opens a file, a URL, or, for `-`, standard input. Data of gzip is told by how it begins, that of
    bzip2 by the name `.bz2`.

    Raises `ConfigurationError` for what is not there, a folder, and broken data.
    """
    try:
        raw = sys.stdin.buffer if source == "-" else open(local_copy(source), "rb")
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        found = "a folder" if isinstance(error, IsADirectoryError) else "no file that can be read"
        raise ConfigurationError(f"{source}: found {found}, expected a file of texts") from None
    try:
        stream = cast(io.BufferedReader, raw)
        if stream.peek(2)[:2] == GZIP:
            yield cast(IO[bytes], gzip.open(stream))
        elif source.endswith(".bz2"):
            yield bz2.open(stream)
        else:
            yield stream
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ConfigurationError(
            f"{name_of(source)}: found broken data ({error}), expected a whole compressed file"
        ) from None
    finally:
        if source != "-":
            raw.close()


@contextmanager
def open_text_input(source: str, newline: str | None = None) -> Iterator[IO[str]]:
    """
    The same as text in UTF-8, with or without a byte order mark. Bytes that are not UTF-8 become
    surrogates, so that the error can name their line.

    Raises `ConfigurationError` as `open_input` does, and for a file that is not text.
    """
    with open_input(source) as raw:
        kind = kind_of(cast(io.BufferedReader, raw).peek(8))
        if kind:
            raise ConfigurationError(f"{name_of(source)}: found {kind}, expected text in UTF-8")
        text = io.TextIOWrapper(raw, "utf-8-sig", "surrogateescape", newline)
        try:
            yield text
        finally:
            with suppress(ValueError, OSError):
                text.detach()  # it would close standard input


@contextmanager
def whole_file(target: str, mode: str = "wb", **options: Any) -> Iterator[IO[Any]]:
    """
    A file to write that has its name once it is whole, on the disk; if writing fails, nothing is
    left. What is no plain file, such as a pipe, is written as it is.
    """
    path = Path(target)
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise ConfigurationError(f"{target}: found a folder, expected a file to write")
        with open(path, mode, **options) as file:
            yield file
        return
    path = path.resolve()  # a link, /dev/stdout for one, stays a link
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        file = open(unfinished, mode, **options)
    except OSError as error:
        raise ConfigurationError(
            f"{target}: found that it cannot be written ({error.strerror}), expected a file in a "
            "folder that exists"
        ) from None
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def open_text_output(target: str) -> Iterator[Callable[[str], None]]:
    """
    A function that writes text to a file, or, for `-`, to standard output. What goes to a pipe is
    flushed at once. A lone surrogate, which a text from JSON may hold, becomes a question mark.
    """
    options = {"encoding": "utf-8", "errors": "replace", "newline": "\n"}
    if target == "-":
        sys.stdout.flush()
        try:
            descriptor = sys.stdout.fileno()
        except io.UnsupportedOperation:  # what a program put in its place, which keeps the text
            yield _flushing(sys.stdout)
            return
        with open(descriptor, "w", closefd=False, **options) as file:  # type: ignore[call-overload]
            yield _flushing(file)
        return
    to_pipe = Path(target).exists() and not Path(target).is_file()
    with whole_file(target, "w", **options) as file:
        yield _flushing(file) if to_pipe else cast(Callable[[str], None], file.write)


def _flushing(file: IO[str]) -> Callable[[str], None]:
    def write(text: str) -> None:
        file.write(text)
        file.flush()

    return write
