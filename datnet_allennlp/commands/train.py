"""
Makes what `allennlp train` writes beside checkpoints appear under its name only when it is whole:
`config.json`, the metrics and `model.tar.gz`. With the trainer `recoverable`, `--recover` then
goes on from wherever the process was killed. The configuration is checked before anything is
written, and what a constructor finds wrong with a value is said with its key.

AllenNLP builds its argument parser before it imports plugins, so another `train` subcommand would
never be called. Its function looks up these names each time, and they are what is replaced here.
"""

import errno
import gzip
import json
import logging
import os
import shlex
import sys
import tarfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from allennlp.commands import train
from allennlp.common import Params, util
from allennlp.common.checks import ConfigurationError
from allennlp.common.meta import META_NAME
from allennlp.common.plugins import import_plugins
from allennlp.common.util import SigTermReceived
from allennlp.models.archival import _WEIGHTS_NAME, CONFIG_NAME
from allennlp.models.model import _DEFAULT_WEIGHTS

from datnet_allennlp.configuration import check_configuration
from datnet_allennlp.configuration.explain import explained
from datnet_allennlp.data.whole_file import remove_unfinished, whole_file

logger = logging.getLogger(__name__)

_train_worker = train._train_worker
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def install() -> None:
    """Puts the functions below in the place of AllenNLP's."""
    train.train_model = _with_mistakes_named(train.train_model)
    train.train_model_from_file = _with_missing_file_and_stop_named(train.train_model_from_file)
    train._train_worker = train_worker
    train.archive_model = archive_model
    util.dump_metrics = dump_metrics
    Params.to_file = write_params  # type: ignore[method-assign,assignment]


def train_worker(
    process_rank: int,
    params: Params,
    serialization_dir: str | os.PathLike,
    include_package: list[str] | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """
    AllenNLP's `_train_worker`, but a process of distributed training, which starts with nothing,
    imports the plugins before it logs anything, and so shows on the screen what the first would.
    """
    packages = include_package or []
    import_plugins()
    for package in packages:
        util.import_module_and_submodules(package)
    return _train_worker(process_rank, params, serialization_dir, packages, *args, **kwargs)


def archive_model(
    serialization_dir: str | os.PathLike,
    weights: str = _DEFAULT_WEIGHTS,
    archive_path: str | os.PathLike | None = None,
    include_in_archive: list[str] | None = None,
) -> str:
    """
    AllenNLP's `archive_model`, but the archive appears when it is whole, and the same contents give
    the same bytes: times and owners are left out.

    # Parameters

    serialization_dir : `Union[str, os.PathLike]`
        The run's folder, with the configuration, the weights and the vocabulary.
    weights : `str`, optional (default = `"best.th"`)
        The file of the weights, in that folder if its path is relative.
    archive_path : `Union[str, os.PathLike]`, optional (default = `model.tar.gz` in that folder)
    include_in_archive : `List[str]`, optional
        Glob patterns of more files, relative to that folder.

    # Returns

    The archive's path.

    Raises `ConfigurationError` if the folder has no such weights or no configuration.
    """
    folder = Path(serialization_dir)
    archive_path = Path(archive_path or folder)
    if archive_path.is_dir():
        archive_path = archive_path / "model.tar.gz"
    members = {CONFIG_NAME: folder / CONFIG_NAME, _WEIGHTS_NAME: folder / weights}
    for path in members.values():
        if not path.exists():
            raise ConfigurationError(
                f"{path}: found no such file, expected it for the archive (a run of which no epoch "
                "was validated has no best weights)"
            )
    for name in ("vocabulary", META_NAME):
        if (folder / name).exists():
            members[name] = folder / name
    for pattern in include_in_archive or []:
        found = {str(path.relative_to(folder)): path for path in folder.glob(pattern)}
        if not found:
            logger.warning(
                "include_in_archive: found no '%s' in %s; the archive is without", pattern, folder
            )
        members.update(found)
    logger.info("archiving weights and vocabulary to %s", archive_path)
    with (
        whole_file(archive_path) as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for name, path in members.items():
            archive.add(path, arcname=name, filter=_without_time_and_owner)
    return str(archive_path)


def dump_metrics(file_path: str | None, metrics: dict[str, Any], log: bool = False) -> None:
    """
    AllenNLP's `dump_metrics`, but the file appears when it is whole.

    # Parameters

    file_path : `str`, optional
    metrics : `Dict[str, Any]`
    log : `bool`, optional (default = `False`)
        Whether they go to the log as well.
    """
    text = json.dumps(metrics, indent=2)
    if file_path:
        with whole_file(file_path) as file:
            file.write(text.encode())
    if log:
        logger.info("Metrics: %s", text)


def write_params(
    params: Params, params_file: str, preference_orders: list[list[str]] | None = None
) -> None:
    """
    AllenNLP's `Params.to_file`, but the file appears when it is whole.

    # Parameters

    params : `Params`
    params_file : `str`
    preference_orders : `List[List[str]]`, optional
        The order of the keys, as in `Params.as_ordered_dict`.
    """
    with whole_file(params_file) as file:
        ordered = params.as_ordered_dict(preference_orders)  # type: ignore[arg-type]
        file.write(json.dumps(ordered, indent=4).encode())


def _with_mistakes_named(train_model: Callable[..., Any]) -> Callable[..., Any]:
    def train_whole(
        params: Params, serialization_dir: str | os.PathLike, recover: bool = False, **kwargs: Any
    ) -> Any:
        if recover and os.path.isdir(serialization_dir):
            remove_unfinished(serialization_dir)
            if not os.listdir(serialization_dir):
                # Killed before its configuration was written; AllenNLP would refuse the folder.
                logger.warning("%s: found an empty folder; training starts", serialization_dir)
                recover = False
        for package in kwargs.get("include_package") or ():
            util.import_module_and_submodules(package)
        check_configuration(params)
        try:
            return train_model(params, serialization_dir, recover=recover, **kwargs)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _FULL:
                raise ConfigurationError(
                    f"{error.filename or serialization_dir}: found no space left on the disk "
                    f"({error.strerror}), expected room for the run; what is whole there stays, "
                    "and --recover goes on from it"
                ) from error
            if isinstance(error, OSError) and error.filename == str(serialization_dir):
                raise ConfigurationError(
                    f"--serialization-dir: found '{serialization_dir}', expected a folder that "
                    f"can be made or written ({error.strerror})"
                ) from error
            if isinstance(error, ModuleNotFoundError):
                raise ConfigurationError(
                    f"found no package '{error.name}', expected it for what the configuration "
                    f"names: pip install {error.name}"
                ) from error
            if _is_too_large_for_a_step(error):
                raise ConfigurationError(
                    f"trainer.optimizer: found a number with which no step can be made ({error}), "
                    "expected smaller ones"
                ) from error
            if explanation := explained(error):
                raise explanation from error
            raise

    return train_whole


def _is_too_large_for_a_step(error: Exception) -> bool:
    is_too_large = isinstance(error, OverflowError) or "without overflow" in str(error)
    places = traceback.extract_tb(error.__traceback__)
    return is_too_large and any("/torch/optim/" in Path(p.filename).as_posix() for p in places)


def _with_missing_file_and_stop_named(
    train_model_from_file: Callable[..., Any],
) -> Callable[..., Any]:
    def train_file(parameter_filename: str | os.PathLike, *args: Any, **kwargs: Any) -> Any:
        name = str(parameter_filename)
        if "://" not in name and not os.path.isfile(name):
            raise ConfigurationError(f"{name}: found no such file, expected a configuration")
        try:
            return train_model_from_file(parameter_filename, *args, **kwargs)
        except (KeyboardInterrupt, SigTermReceived) as error:
            given = [each for each in sys.argv[1:] if each not in ("-f", "--force", "--recover")]
            command = shlex.join(["allennlp", *given, "--recover"])
            print(f"\nstopped; this goes on with it: {command}", file=sys.stderr)
            sys.exit(143 if isinstance(error, SigTermReceived) else 130)

    return train_file


def _without_time_and_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member
