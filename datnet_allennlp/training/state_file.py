"""Files of tensors, written whole and checked."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import torch

from datnet_allennlp.data.whole_file import whole_file


def save_state(state: Any, path: str | os.PathLike) -> None:
    """
    `torch.save`, but the file appears when it is whole. The same state gives the same bytes,
    whatever the file's name.

    Raises `OSError`, with the path, when the disk is full.
    """
    # In memory first, for PyTorch reports a full disk as an error of its own.
    saved = io.BytesIO()
    torch.save(state, saved)
    with whole_file(path) as file:
        file.write(saved.getbuffer())


def is_whole(path: str | os.PathLike) -> bool:
    """Whether there is such a file and all its parts have the checksums written beside them."""
    try:
        with zipfile.ZipFile(path) as parts:
            return parts.testzip() is None
    except Exception:  # damaged headers raise a dozen kinds
        return False


class BestWeights:
    """
    The weights of the epochs that were the best when they ended, each in a file of its own,
    `best_e<epoch>.th`, so that a checkpoint finds those that belong to its metrics.

    # Parameters

    folder : `Union[str, os.PathLike]`
        The run's folder.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self._folder = Path(folder)

    def path(self, epoch: int) -> Path:
        return self._folder / f"best_e{epoch}.th"

    def epochs(self) -> list[int]:
        """The epochs that there are weights of, in order."""
        return sorted(int(path.stem[6:]) for path in self._folder.glob("best_e*.th"))

    def before(self, epochs_completed: int) -> int | None:
        """The best epoch when so many were over; None if there was none."""
        return max((e for e in self.epochs() if e < epochs_completed), default=None)

    def keep(self, epochs: set[int | None]) -> None:
        """Removes the weights of all other epochs."""
        for epoch in self.epochs():
            if epoch not in epochs:
                self.path(epoch).unlink()
