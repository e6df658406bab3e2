"""
Makes `allennlp diff` compare archives of this project: they are opened as all archives are, and
tensors of truth values, such as which transitions the coding allows, are compared as numbers.

AllenNLP builds its argument parser before it imports plugins; its function looks up both names that
are replaced here each time.
"""

import os
import pickle
from pathlib import Path
from typing import Any

import torch
from allennlp.commands import diff
from allennlp.common.checks import ConfigurationError
from allennlp.nn.util import read_state_dict

from datnet_allennlp.archive.loading import opened_archive
from datnet_allennlp.archive.weights import check_weights


def install() -> None:
    """Puts the functions below in the place of AllenNLP's."""
    diff._get_checkpoint_path = os.fspath  # type: ignore[assignment]
    diff.read_state_dict = read_weights  # type: ignore[assignment]


def read_weights(place: str, **options: Any) -> dict[str, torch.Tensor]:
    """
    # Parameters

    place : `str`
        An archive or its URL, the folder of a run, or a file of weights.
    options : `Any`
        As in AllenNLP's `read_state_dict`.

    # Returns

    The tensors by name, as numbers.

    Raises `ConfigurationError` for what is not there and for what is no such file.
    """
    if Path(place).suffix in (".th", ".pt", ".bin"):
        return _read(Path(place), place, options)
    with opened_archive(place) as (_, weights):
        return _read(weights, place, options)


def _read(path: Path, place: str, options: dict[str, Any]) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise ConfigurationError(f"{place}: found no such file, expected weights")
    check_weights(path, place)
    try:
        state = read_state_dict(path, **options)
    except (pickle.UnpicklingError, RuntimeError) as error:
        raise ConfigurationError(f"{place}: found no tensors ({error}), expected weights") from None
    return {
        name: tensor if tensor.is_floating_point() else tensor.float()
        for name, tensor in state.items()
    }
