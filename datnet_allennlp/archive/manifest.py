"""
The manifest of an archive: SHA-256 of its parts, and what it was made with. It tells damage and
mixtures of files; it is no signature, for whoever changes an archive can change its manifest.
"""

import json
import logging
import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.checksum import sha256_of
from datnet_allennlp.standalone.refusal import one_line

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"
_PACKAGES = ("datnet-allennlp", "allennlp", "torch")


def write_manifest(folder: str | os.PathLike, weights: str | os.PathLike = "best.th") -> Path:
    """
    Writes the manifest of the archive that is about to be made of a run's folder. Equal runs on one
    machine get equal manifests: there is no date in it.

    # Parameters

    folder : `Union[str, os.PathLike]`
        The run's folder, with `config.json`, `vocabulary` and the weights.
    weights : `Union[str, os.PathLike]`, optional (default = `"best.th"`)
        The weights that go into the archive as `weights.th`.

    # Returns

    `Path`
        `manifest.json` in that folder, which appears when it is whole.
    """
    folder = Path(folder)
    parts = {**dict(_parts(folder)), "weights.th": folder / weights}
    content = {
        "sha256": {name: sha256_of(path) for name, path in sorted(parts.items())},
        "versions": _versions(),
        "vectors": _vectors(json.loads((folder / "config.json").read_text(encoding="utf-8"))),
    }
    path = folder / MANIFEST
    unfinished = folder / f".{MANIFEST}.unfinished"
    with open(unfinished, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    return path


def check_manifest(manifest: dict[str, Any], folder: Path, place: str) -> None:
    """
    Compares an unpacked archive with its manifest, and logs one line if it was made with other
    versions than those that are installed.

    # Parameters

    manifest : `Dict[str, Any]`
    folder : `Path`
    place : `str`
        What errors call the archive.

    Raises `ConfigurationError` for a part that is missing, changed or not listed.
    """
    expected, versions = manifest.get("sha256"), manifest.get("versions")
    if not isinstance(expected, dict) or not isinstance(versions, dict):
        raise ConfigurationError(
            f"{place}: {MANIFEST}: found no 'sha256' or no 'versions', expected both as objects"
        )
    found = {name: sha256_of(path) for name, path in _parts(folder)}
    for name in sorted({*found, *expected}):
        if found.get(name) != expected.get(name):
            raise ConfigurationError(
                f"{place}: {name}: found SHA-256 {found.get(name, 'of no such file')}, expected "
                f"{expected.get(name, 'no such file')} ({MANIFEST})"
            )
    differences = [
        f"{name} {versions.get(name)} (here {installed})"
        for name, installed in _versions().items()
        if versions.get(name) != installed
    ]
    if differences:
        logger.warning(one_line(f"{place} was made with other versions: {', '.join(differences)}"))


def _parts(folder: Path) -> Iterator[tuple[str, Path]]:
    names = ("config.json", "meta.json", "calibration.json", "weights.th")
    for path in [*map(folder.joinpath, names), *(folder / "vocabulary").glob("[!.]*")]:
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _versions() -> dict[str, str]:
    # Neither the build of torch (+cpu) nor Python's last number is another version.
    versions = {name: _version(name).partition("+")[0] for name in _PACKAGES}
    return {**versions, "python": ".".join(platform.python_version_tuple()[:2])}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _vectors(config: Any) -> dict[str, str]:
    """SHA-256 of the files of word vectors that the configuration names, by their paths."""
    sums: dict[str, str] = {}
    for key, value in config.items() if isinstance(config, dict) else enumerate(config):
        if key == "pretrained_file" and isinstance(value, str) and Path(value).is_file():
            sums[value] = sha256_of(Path(value))
        elif isinstance(value, (dict, list)):
            sums.update(_vectors(value))
    return sums
