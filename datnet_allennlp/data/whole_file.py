"""Files that stand under their names only when they are whole, whatever ends the process."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import hardlink_or_copy

_UNFINISHED = ".{}.unfinished"


@contextmanager
def whole_file(path: str | os.PathLike) -> Iterator[IO[bytes]]:
    """
    Opens an unfinished file in the same folder. When the block ends, the file is written through to
    the disk and renamed; after an error it is removed, and what stood under the name stays. There
    must be one writer at a time. What is no plain file, such as a pipe or `/dev/stdout`, is written
    as it is.

    # Parameters

    path : `Union[str, os.PathLike]`
        The file's name when it is whole.

    Raises `OSError` of whatever kind (a full disk, for one), with `path` as its `filename`.
    """
    with whole_name(path) as name, open(name, "wb") as file:
        yield file


@contextmanager
def whole_name(path: str | os.PathLike) -> Iterator[Path]:
    """As `whole_file`, for what opens its file itself: the name under which it is to write."""
    path = Path(path)
    if path.exists() and not path.is_file():
        yield path
        return
    path = path.resolve()  # a link, /dev/stdout for one, stays a link
    unfinished = _unfinished(path)
    try:
        yield unfinished
        with open(unfinished, "rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
        sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def check_no_input(
    output: str | os.PathLike, inputs: Iterable[str | os.PathLike], expected: str
) -> None:
    """Raises `ConfigurationError` if the file to be written is one of those that are to be read."""
    if not os.path.isfile(output):
        return
    for path in inputs:
        if os.path.exists(path) and os.path.samefile(output, path):
            raise ConfigurationError(f"{output}: found the input, expected {expected}")


def link_whole(source: str | os.PathLike, path: str | os.PathLike) -> None:
    """
    Makes `path` a hard link to `source`, or a copy where the file system has no links, in one step,
    whether it exists or not.
    """
    path = Path(path)
    unfinished = _unfinished(path)
    unfinished.unlink(missing_ok=True)
    hardlink_or_copy(source, unfinished)
    os.replace(unfinished, path)
    # Where both are links to one file already, renaming does nothing and both names stay.
    unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def remove_unfinished(folder: str | os.PathLike) -> None:
    """Removes what killed processes left in the folder. None may be writing there."""
    for path in Path(folder).glob(_UNFINISHED.format("*")):
        path.unlink()


def sync_folder(folder: str | os.PathLike) -> None:
    """Writes names and renamings through to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unfinished(path: Path) -> Path:
    return path.with_name(_UNFINISHED.format(path.name))
