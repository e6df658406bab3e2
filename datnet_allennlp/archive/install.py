"""Puts this door, and the manifest, in the place of AllenNLP's functions."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allennlp.commands import train
from allennlp.models import archival

from datnet_allennlp.archive.loading import load
from datnet_allennlp.archive.manifest import MANIFEST, write_manifest

_PLAIN = archival.load_archive


def install() -> None:
    """
    Whatever loads an archive in this process, AllenNLP's `evaluate`, `predict`, `from_archive` and
    `Predictor.from_path` among others, loads it with `load`, and archives get a manifest. The
    parsers of AllenNLP's commands are built before plugins are imported, so that they cannot have
    further options: for all commands, the environment variables DATNET_TRUST_ARCHIVE and
    DATNET_ARCHIVE_LIMITS stand for them.
    """
    for name, module in list(sys.modules.items()):
        # This package's own is the one that `load` calls at last.
        if vars(module).get("load_archive") is _PLAIN and not name.startswith(__package__):
            vars(module)["load_archive"] = load_archive
    if not isinstance(train.archive_model, _WithManifest):
        train.archive_model = _WithManifest(train.archive_model)


def load_archive(
    archive_file: str | os.PathLike,
    cuda_device: int = -1,
    overrides: str | dict[str, Any] = "",
    weights_file: str | None = None,
) -> archival.Archive:
    """`load` with the parameters of AllenNLP's function."""
    return load(
        archive_file,
        cuda_device=cuda_device,
        overrides=overrides,
        weights_file=weights_file,
    )


class _WithManifest:
    """A function that makes archives, and puts a manifest into them."""

    def __init__(self, archive_model: Callable[..., str]) -> None:
        self._archive_model = archive_model

    def __call__(
        self,
        serialization_dir: str | os.PathLike,
        weights: str = "best.th",
        archive_path: str | os.PathLike | None = None,
        include_in_archive: list[str] | None = None,
    ) -> str:
        included = [*(include_in_archive or [])]
        if (Path(serialization_dir) / weights).exists():  # else the function says so
            write_manifest(serialization_dir, weights)
            included.append(MANIFEST)
        return self._archive_model(serialization_dir, weights, archive_path, included)
