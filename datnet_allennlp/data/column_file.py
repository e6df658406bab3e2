"""Reads CoNLL-style column files: one token a line, columns apart by tabs or spaces."""

import gzip
import re
import zlib
from pathlib import Path
from typing import IO, Iterator, List, NamedTuple, Optional, Tuple, cast

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path

_SPACES = re.compile(r" +")


class ColumnSentence(NamedTuple):
    """A sentence of a column file: where its first token stands, its tokens and their tags."""

    path: str
    line_number: int
    tokens: List[str]
    tags: List[str]

    def origin(self, token: int = 0) -> str:
        """`file:line` of a token. The tokens of a sentence stand on consecutive lines."""
        return f"{self.path}:{self.line_number + token}"


def read_column_file(
    path: str, token_column: int = 0, tag_column: int = -1
) -> Iterator[ColumnSentence]:
    """
    Yields the sentences of a column file, plain or `.gz`, UTF-8 with or without a byte order mark,
    LF or CRLF. Sentences end at a blank line or at a `-DOCSTART-` line.

    # Parameters

    path : `str`
        A file or a URL.
    token_column, tag_column : `int`
        Which column holds the token and which the tag, from 0; -1 is the last.

    Raises `ConfigurationError`, naming file and line, for a missing or empty file, broken gzip
    data, invalid UTF-8, a column that is not there, and a line with another number of columns than
    those before it.
    """
    tokens: List[str] = []
    tags: List[str] = []
    first_line = 0
    num_columns: Optional[int] = None
    found_any = False
    for line_number, line in _lines(path):
        columns = _columns(line)
        is_boundary = not any(columns) or columns[0] == "-DOCSTART-"
        if is_boundary:
            if tokens:
                found_any = True
                yield ColumnSentence(path, first_line, tokens, tags)
                tokens, tags = [], []
            continue
        where = f"{path}:{line_number}"
        needed = max(2, *(c + 1 if c >= 0 else -c for c in (token_column, tag_column)))
        if len(columns) < needed:
            raise ConfigurationError(
                f"{where}: found {len(columns)} column(s) in {line!r}, expected at least {needed}"
            )
        if num_columns is not None and len(columns) != num_columns:
            raise ConfigurationError(
                f"{where}: found {len(columns)} columns in {line!r}, expected {num_columns} as on "
                "the lines before"
            )
        num_columns = len(columns)
        token, tag = columns[token_column], columns[tag_column]
        if not token or not tag:
            missing = "token" if not token else "tag"
            raise ConfigurationError(f"{where}: found an empty {missing} in {line!r}")
        if not tokens:
            first_line = line_number
        tokens.append(token)
        tags.append(tag)
    if tokens:
        found_any = True
        yield ColumnSentence(path, first_line, tokens, tags)
    if not found_any:
        raise ConfigurationError(f"{path}: found no sentence, expected a CoNLL column file")


def _columns(line: str) -> List[str]:
    """Tabs win over spaces, so that a tab-separated token may hold a space."""
    if "\t" in line:
        return [column.strip(" ") for column in line.split("\t")]
    return _SPACES.split(line.strip(" "))


def _lines(path: str) -> Iterator[Tuple[int, str]]:
    try:
        local_path = Path(cached_path(path))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: found no such file, expected a CoNLL column file "
            "('allennlp prepare-data' fetches the corpora of the paper)"
        ) from None
    if local_path.is_dir():
        raise ConfigurationError(f"{path}: found a folder, expected a CoNLL column file")
    # The name as given, for the local copy of a download has another.
    opened = gzip.open(local_path) if str(path).endswith(".gz") else open(local_path, "rb")
    line_number = 0
    try:
        with cast(IO[bytes], opened) as file:
            for line_number, raw in enumerate(file, start=1):
                yield line_number, _decoded(path, line_number, raw).rstrip("\r\n")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ConfigurationError(
            f"{path}:{line_number + 1}: found broken data ({error}), expected a whole gzip file"
        ) from None


def _decoded(path: str, line_number: int, raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig" if line_number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}:{line_number}: found bytes that are not UTF-8 "
            f"({raw[error.start : error.end]!r} at byte {error.start}), expected UTF-8"
        ) from None
