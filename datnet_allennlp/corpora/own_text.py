"""Reads text files as people have them: other encodings, other line ends."""

from dataclasses import dataclass
from pathlib import Path

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.column_file import read_blocks

_CR_ENDS = "lines end in carriage returns alone"


@dataclass(frozen=True)
class OwnText:
    """
    # Parameters

    path : `Path`
    lines : `list[str]`
        Without their ends.
    guesses : `tuple[str, ...]`
        How it was read where that does not follow from the file, in words. A file with such is not
        one that the readers of a training take.
    """

    path: Path
    lines: list[str]
    guesses: tuple[str, ...] = ()


def read_own_text(path: Path) -> OwnText:
    """
    Reads a file, plain or `.gz`: UTF-8, with or without a byte order mark, or Latin-1 (as Windows
    has it) where no line is UTF-8 beyond ASCII; lines that end in LF, CRLF or CR.

    # Parameters

    path : `Path`

    Raises `ConfigurationError`, naming file and line, for a missing or broken file, for bytes that
    are no text, and for single carriage returns where other lines end in LF.
    """
    raw: list[bytes] = []
    for first_line, block in read_blocks(str(path)):
        raw += [b""] * (first_line - 1 - len(raw)) + block
    encoding, guesses = _encoding(path, raw)
    lines = [line.decode(encoding).rstrip("\r\n") for line in raw]
    if lines:
        lines[0] = lines[0].removeprefix("\ufeff")
    if len(lines) == 1 and "\r" in lines[0]:
        return OwnText(path, lines[0].split("\r"), (*guesses, f"{path.name}: {_CR_ENDS}"))
    for number, line in enumerate(lines, start=1):
        if "\r" in line:
            raise ConfigurationError(
                f"{path}:{number}: found a carriage return within the line, expected lines that "
                "end in LF or CRLF"
            )
    return OwnText(path, lines, guesses)


def _encoding(path: Path, lines: list[bytes]) -> tuple[str, tuple[str, ...]]:
    """The name of the encoding, and what is said of it."""
    first_other, has_utf8 = 0, False
    for number, line in enumerate(lines, start=1):
        if b"\0" in line:
            raise ConfigurationError(
                f"{path}:{number}: found bytes that are no text, expected UTF-8"
            )
        if line.isascii():
            continue
        try:
            line.decode()
            has_utf8 = True
        except UnicodeDecodeError:
            first_other = first_other or number
    if not first_other:
        return "utf-8", ()
    try:
        shown = lines[first_other - 1].decode("cp1252").strip()
        if not has_utf8:
            b"".join(lines).decode("cp1252")
            return "cp1252", (
                f"{path.name} is Latin-1, for line {first_other} is not UTF-8: {shown[:40]!r}",
            )
    except UnicodeDecodeError:
        pass
    raise ConfigurationError(
        f"{path}:{first_other}: found bytes that are not UTF-8, expected UTF-8"
    )
