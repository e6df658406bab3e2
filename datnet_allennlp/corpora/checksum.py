"""SHA-256 sums of files."""

import hashlib
import re
from pathlib import Path

from allennlp.common.checks import ConfigurationError

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def in_place(path: Path, sha256: str, copy: bool) -> bool:
    """Whether a file has its sum already and is no link where a copy is wanted."""
    return path.is_file() and not (copy and path.is_symlink()) and sha256_of(path) == sha256


def verify(path: Path, expected: str, remedy: str) -> None:
    """
    Checks that a file has the SHA-256 it should have.

    # Parameters

    path : `Path`
        The file to check.
    expected : `str`
        Its SHA-256, in hexadecimal.
    remedy : `str`
        What the user can do about a wrong sum; the end of the error's message.

    Raises `ConfigurationError` if the file is missing or has another sum.
    """
    if not path.is_file():
        raise ConfigurationError(f"{path}: no such file. {remedy}")
    found = sha256_of(path)
    if found != expected:
        raise ConfigurationError(f"{path}: found SHA-256 {found}, expected {expected}. {remedy}")


def read_checksums(path: Path) -> dict[str, str]:
    """
    Reads a list of sums as `sha256sum` writes it.

    # Returns

    `Dict[str, str]`
        From file name to SHA-256.

    Raises `ConfigurationError` if the list is missing or a line is not `<64 hexadecimal digits>
    <file name>`.
    """
    if not path.is_file():
        raise ConfigurationError(f"{path}: no such file, expected a list as `sha256sum` writes it")
    sums = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise ConfigurationError(
                f"{path}, line {number}: found '{line}', expected '<SHA-256>  <file name>'"
            )
        sums[match.group(2)] = match.group(1)
    return sums
