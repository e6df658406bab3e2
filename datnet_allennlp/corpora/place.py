"""Putting files in place so that a failed run leaves the old ones as they were."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from datnet_allennlp.interruptions import TemporaryFolder


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """
    Makes a folder for unfinished files, beside the finished ones so that `os.replace` can move
    them, and removes it at the end, whatever happened.

    # Parameters

    folder : `Path`
        The folder of the finished files. It is made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFolder(dir=folder, prefix=".incomplete-") as name:
        yield Path(name)


def place(sources: Sequence[Path], folder: Path, copy: bool) -> None:
    """
    Puts files into a folder under their own names, all of them or, on an error before the last
    step, none.

    # Parameters

    sources : `Sequence[Path]`
        The files.
    folder : `Path`
        Where to put them.
    copy : `bool`
        Copy them. If `False`, symbolic links are made where the file system can hold them.
    """
    with staging(folder) as unfinished:
        for source in sources:
            temporary = unfinished / source.name
            if copy or not _link(source, temporary):
                shutil.copyfile(source, temporary)
        for source in sources:
            os.replace(unfinished / source.name, folder / source.name)


def _link(source: Path, link: Path) -> bool:
    try:
        link.symlink_to(source.resolve())
    except OSError:
        return False
    return True
