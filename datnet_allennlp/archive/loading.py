"""Loading an archive that anyone may have made."""

import os
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import SigTermReceived, import_module_and_submodules
from allennlp.models.archival import Archive, get_weights_path, load_archive

from datnet_allennlp.archive.configuration import check_configuration, read_json
from datnet_allennlp.archive.contents import BoundedTensors, check_vocabulary
from datnet_allennlp.archive.limits import Limits, trusted
from datnet_allennlp.archive.manifest import MANIFEST, check_manifest
from datnet_allennlp.archive.temporary import temporary_folder
from datnet_allennlp.archive.unpacking import JSON_MEMBERS, unpack
from datnet_allennlp.archive.weights import check_weights
from datnet_allennlp.data.local_copy import local_copy
from datnet_allennlp.data.named_transformers import named_transformers
from datnet_allennlp.devices import check_device


def load(
    path: str | os.PathLike,
    packages: Iterable[str] = (),
    trust: bool | None = None,
    limits: Limits | None = None,
    cuda_device: int = -1,
    overrides: str | dict[str, Any] = "",
    weights_file: str | os.PathLike | None = None,
) -> Archive:
    """
    Loads an archive as AllenNLP's `load_archive` does, but takes it for what someone else made:
    nothing in it is run, imported or followed, and nothing is unpacked that is not allowed.

    # Parameters

    path : `Union[str, os.PathLike]`
        A `model.tar.gz`, a folder with the same files or that of a run, or the URL of an archive.
    packages : `Iterable[str]`, optional
        Packages to import first, whose registered classes the configuration may name, as
        `--include-package`.
    trust : `bool | None`, optional
        The configuration may name any class that can be imported and any file, and the tar may
        hold other files. All other checks stay. Default: see `trusted`.
    limits : `Limits | None`, optional
        Default: see `Limits.from_environment`.
    cuda_device : `int`, optional (default = -1)
    overrides : `Union[str, Dict[str, Any]]`, optional
        The user's own changes to the configuration; they may name files.
    weights_file : `Union[str, os.PathLike]`, optional
        Weights in place of the archive's.

    # Returns

    `Archive`

    Raises `ConfigurationError` for everything that is refused, in one sentence that names the
    member or the key.
    """
    check_device("cuda_device", cuda_device)
    for package in packages:
        import_module_and_submodules(package)
    trust = trusted() if trust is None else trust
    limits = limits or Limits.from_environment()
    place = os.fspath(path)
    with opened_archive(path, trust, limits, weights_file) as (folder, weights):
        _check(folder, weights, place, trust, limits)
        try:
            with BoundedTensors(weights.stat().st_size, place):
                archive = load_archive(folder, cuda_device, overrides, str(weights))
            _check_numbers(archive.model, f"{place}: {weights.name}")
            return archive
        except pickle.UnpicklingError as error:
            raise ConfigurationError(
                f"{place}: {weights.name}: found pickled objects that are no tensors, expected "
                "tensors alone"
            ) from error
        except SigTermReceived:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            if isinstance(error, ConfigurationError):
                if reason.startswith(place):
                    raise
                raise ConfigurationError(f"{place}: config.json: {reason}") from error
            if isinstance(error, OSError):
                config = read_json(folder / "config.json", place, limits.config_bytes)
                for key, name in named_transformers(config):
                    raise ConfigurationError(
                        f"{place}: config.json: {key}: found no transformer '{name}', expected it "
                        "where it was in training, for its configuration and its tokenizer are not "
                        f"in the archive ({reason})"
                    ) from error
            # Whatever else a class makes of values that are not its own.
            raise ConfigurationError(
                f"{place}: found parts that make no model ({type(error).__name__}: {reason}), "
                "expected config.json, vocabulary and weights that belong together"
            ) from error


@contextmanager
def opened_archive(
    path: str | os.PathLike,
    trust: bool | None = None,
    limits: Limits | None = None,
    weights_file: str | os.PathLike | None = None,
) -> Iterator[tuple[Path, Path]]:
    """
    Unpacks an archive for as long as the context lasts.

    # Parameters

    path, trust, limits, weights_file
        As in `load`.

    # Returns

    `Iterator[Tuple[Path, Path]]`
        A folder with the archive's files, and the path of its weights. Neither has been checked.

    Raises `ConfigurationError` for what is no archive, and as `unpack` does.
    """
    place = os.fspath(path)
    if "!" in place and not os.path.exists(place):
        raise ConfigurationError(
            f"{place}: found '!' in the name of an archive, expected a file, a folder or a URL"
        )
    try:
        local = Path(local_copy(place))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{place}: found no such file, expected the archive of a model"
        ) from None
    if not (local.is_dir() or local.is_file()):
        raise ConfigurationError(f"{place}: found a special file, expected the archive of a model")
    trust = trusted() if trust is None else trust
    with nullcontext(local) if local.is_dir() else temporary_folder() as folder:
        if folder != local:
            unpack(local, folder, limits or Limits.from_environment(), trust)
        yield folder, Path(weights_file or get_weights_path(folder))


def _check(folder: Path, weights: Path, place: str, trust: bool, limits: Limits) -> None:
    contents = {
        name: read_json(folder / name, f"{place}: {name}", limits.config_bytes)
        for name in JSON_MEMBERS
        if name == "config.json" or os.path.lexists(folder / name)
    }
    config = contents["config.json"]
    if not trust:
        check_configuration(config, f"{place}: config.json")
    check_vocabulary(folder / "vocabulary", config, place, limits)
    check_weights(weights, f"{place}: {weights.name}")
    # In the folder of a run, the manifest describes the archive and not what a longer run changed.
    if MANIFEST in contents and (folder / "weights.th").exists():
        check_manifest(contents[MANIFEST], folder, place)


def _check_numbers(model: torch.nn.Module, place: str) -> None:
    """A CRF whose scores are no numbers would find no entity, without an error."""
    for name, parameter in model.named_parameters():
        if not torch.isfinite(parameter).all():
            raise ConfigurationError(
                f"{place}: {name}: found NaN or infinity, expected finite numbers; has the "
                "training diverged?"
            )
