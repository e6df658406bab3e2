"""Files that a configuration names, looked for before anything is read."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.corpus_part import CorpusPart

_DATA = ("train_data_path", "validation_data_path", "test_data_path")
# Other readers take what they like for a path.
_OWN_READERS = ("conll_columns", "raw_text")
# What else names a file or a folder, and what it has to be.
_OTHERS = {
    "pretrained_file": "word vectors",
    "weights_file_path": "the weights of a run before this one",
    "directory": "the vocabulary of a run before this one",
}


def data_paths(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What the project's readers of `multi_resource` are to read, each with its key."""
    reader = config.get("dataset_reader")
    if not isinstance(reader, Mapping) or reader.get("type") != "multi_resource":
        return
    readers = reader.get("readers", {})
    for key in _DATA:
        value = config.get(key)
        if value is None:
            continue
        is_by_resource = isinstance(value, Mapping) and "path" not in value
        paths = value if is_by_resource else {reader.get("target", "target"): value}
        for resource, path in paths.items():
            of_resource = readers.get(resource)
            kind = of_resource.get("type") if isinstance(of_resource, Mapping) else of_resource
            if kind in _OWN_READERS:
                yield f"{key}.{resource}" if is_by_resource else key, path


def check_files(config: Mapping[str, Any]) -> None:
    """
    # Parameters

    config : `Mapping[str, Any]`

    Raises `ConfigurationError` that names the key of a file that is not there, and of one that is
    to go into the archive from outside the run's folder.
    """
    _check_archived(config.get("include_in_archive") or [])
    for key in ("model", "vocabulary"):
        for place, name, path in _named(config.get(key), key):
            if not _is_there(path):
                what = "folder" if name == "directory" else "file"
                raise ConfigurationError(
                    f"{place}: found no {what} '{path}', expected {_OTHERS[name]}"
                )
    for place, path in _scored(config.get("trainer")):
        if not _is_there(path):
            raise ConfigurationError(f"{place}: found no file '{path}', expected one to score")
    for key, value in data_paths(config):
        try:
            paths = CorpusPart.of(value).paths
        except ConfigurationError as error:
            said = str(error.message).removeprefix("a data path: ")
            raise ConfigurationError(f"{key}: {said}") from None
        for path in paths:
            if not _is_there(path):
                raise ConfigurationError(
                    f"{key}: found no file '{path}', expected one to read ('allennlp "
                    "prepare-data' fetches the corpora of the paper)"
                )


def _check_archived(patterns: list[str]) -> None:
    for number, pattern in enumerate(patterns):
        path = Path(pattern)
        if not path.parts or path.is_absolute() or ".." in path.parts:
            raise ConfigurationError(
                f"include_in_archive.{number}: found '{pattern}', expected a file that the run "
                "writes, or a pattern such as 'metrics_epoch_*.json', relative to its folder (-s)"
            )


def _scored(trainer: Any) -> Iterator[tuple[str, str]]:
    """The files that are scored after each epoch, with their keys."""
    callbacks = trainer.get("callbacks") if isinstance(trainer, Mapping) else None
    for number, callback in enumerate(callbacks or []):
        if isinstance(callback, Mapping) and callback.get("type") == "score_each_epoch":
            yield f"trainer.callbacks.{number}.path", callback["path"]


def _is_there(path: str) -> bool:
    # Others are downloads, or files within archives.
    is_elsewhere = "://" in path or path.startswith("(")
    return is_elsewhere or os.path.exists(path) or os.path.exists(path.partition("!")[0])


def _named(value: Any, key: str) -> Iterator[tuple[str, str, str]]:
    """All texts under one of the names, with their keys."""
    if isinstance(value, (Mapping, list)):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, inside in items:
            if name in _OTHERS and isinstance(inside, str):
                yield f"{key}.{name}", name, inside
            else:
                yield from _named(inside, f"{key}.{name}")
