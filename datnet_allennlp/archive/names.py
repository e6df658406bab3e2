"""What people are shown as the names of archives."""

from collections.abc import Sequence
from pathlib import Path

from allennlp.common.checks import ConfigurationError


def name_archives(paths: Sequence[str]) -> dict[str, str]:
    """
    Short names of archives, each with its path, in order: of `runs/f17/model.tar.gz` it is `f17`,
    and where two would have the same, the path.

    Raises `ConfigurationError` for an archive that is there twice.
    """
    short = [_short_name(Path(path).resolve()) for path in paths]
    for i, path in enumerate(paths):
        if Path(path).resolve() in [Path(each).resolve() for each in paths[:i]]:
            raise ConfigurationError(f"{path}: found this archive twice, expected different ones")
    return {
        path if short.count(name) > 1 else name: path
        for path, name in zip(paths, short, strict=True)
    }


def _short_name(path: Path) -> str:
    if path.name == "model.tar.gz":
        return path.parent.name
    return path.name.removesuffix(".tar.gz")
