"""Reads CoNLL-style column files: one token a line, columns apart by tabs or spaces."""

import codecs
import gzip
import io
import re
import zlib
from itertools import takewhile
from operator import methodcaller
from pathlib import Path
from typing import IO, Iterable, Iterator, List, NamedTuple, Optional, Tuple, cast

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.column_check import ColumnCheck
from datnet_allennlp.data.local_copy import local_copy
from datnet_allennlp.data.tag_coding import TAG

_EMPTY = (b"\n", b"\r\n")
_SPACES = re.compile(r" +")
# CoNLL-U's `4-5`, before the lines of the words 4 and 5, which are written as one.
_SEVERAL_WORDS = re.compile(rb"^(\d+)-\d+[\t ].*\n(?=\1[\t ])", re.MULTILINE)


class ColumnSentence(NamedTuple):
    """
    A sentence of a column file: where its first token stands, its tokens and their tags (none in a
    file without).
    """

    path: str
    line_number: int
    tokens: List[str]
    tags: List[str]

    def origin(self, token: int = 0) -> str:
        """`file:line` of a token. The tokens of a sentence stand on consecutive lines."""
        return f"{self.path}:{self.line_number + token}"


def read_column_file(
    path: str,
    token_column: int = 0,
    tag_column: Optional[int] = -1,
    comments: Optional[str] = None,
) -> Iterator[ColumnSentence]:
    """
    Yields the sentences of a column file, plain or `.gz`, UTF-8 with or without a byte order mark,
    LF or CRLF. Sentences end at a blank line or at a `-DOCSTART-` line.

    # Parameters

    path : `str`
        A file or a URL.
    token_column, tag_column : `int`
        Which column holds the token and which the tag, from 0; -1 is the last. Without a
        `tag_column` the sentences have no tags.
    comments : `str`, optional
        What comments before a sentence begin with, such as `#`. A line with as many columns as the
        others and a tag is none: `#` may be a token.

    Raises `ConfigurationError`, naming file and line, for a missing or empty file, broken gzip
    data, invalid UTF-8, a column that is not there, a line with another number of columns than
    those before it, and for what `ColumnCheck` finds wrong with the sentences.
    """
    reader = _SentenceReader(path, token_column, tag_column, comments)
    check = ColumnCheck(path)
    found_any = False
    for first_line, lines in read_blocks(path):
        for sentence in reader.read(first_line, lines):
            found_any = True
            check.add(sentence.tokens, sentence.tags, sentence.origin())
            yield sentence
    check.finish()
    if not found_any:
        raise ConfigurationError(f"{path}: found no sentence, expected a CoNLL column file")


class _SentenceReader:
    """Reads the blocks of one file, in order: lines between empty lines, mostly a sentence each."""

    def __init__(
        self, path: str, token_column: int, tag_column: Optional[int], comments: Optional[str]
    ) -> None:
        self._path = path
        self._comments = comments
        self._token_column = token_column
        self._tag_column = tag_column
        used = [token_column] if tag_column is None else [token_column, tag_column]
        self._needed = max(len(used), *(c + 1 if c >= 0 else -c for c in used))
        self._num_columns: Optional[int] = None

    def read(self, first_line: int, lines: List[bytes]) -> Iterable[ColumnSentence]:
        if self._comments is not None:
            number = self._count_comments(first_line, lines, self._comments)
            first_line, lines = first_line + number, lines[number:]
            if not lines:
                return ()
        if self._token_column > 0:
            block = b"".join(lines)
            if found := _SEVERAL_WORDS.search(block):
                number = first_line + block.count(b"\n", 0, found.start())
                raise ConfigurationError(
                    f"{self._path}:{number}: found a line of several words, "
                    f"{found[0].decode(errors='replace')[:60]!r}, expected one: `allennlp "
                    "new-config` leaves such lines out"
                )
        columns = _columns_of_plain_lines(first_line, lines)
        if not columns or len(columns) != (self._num_columns or len(columns)):
            return self._read_line_by_line(first_line, lines)
        if len(columns) < self._needed:
            return self._read_line_by_line(first_line, lines)
        self._num_columns = len(columns)
        tags = [] if self._tag_column is None else columns[self._tag_column]
        return (ColumnSentence(self._path, first_line, columns[self._token_column], tags),)

    def _count_comments(self, first_line: int, lines: List[bytes], mark: str) -> int:
        """How many lines at the head of a block are comments."""
        texts = (
            decode_line(self._path, number, raw).rstrip("\r\n")
            for number, raw in enumerate(lines, start=first_line)
        )
        marked = list(takewhile(lambda text: text.startswith(mark), texts))
        num_columns = self._num_columns
        if num_columns is None and len(marked) < len(lines):
            num_columns = len(split_columns(lines[len(marked)].decode(errors="replace")))
        for index, text in enumerate(marked):
            row = split_columns(text)
            if len(row) == (num_columns or len(row)) >= self._needed and (
                self._tag_column is None or TAG.fullmatch(row[self._tag_column])
            ):
                return index
        return len(marked)

    def _read_line_by_line(self, first_line: int, lines: List[bytes]) -> Iterator[ColumnSentence]:
        """For whatever is not plain: finds all boundaries, and names the line of each mistake."""
        tokens: List[str] = []
        tags: List[str] = []
        start = first_line
        for line_number, raw in enumerate(lines, start=first_line):
            where = f"{self._path}:{line_number}"
            line = decode_line(self._path, line_number, raw).rstrip("\r\n")
            if "\r" in line:
                raise ConfigurationError(
                    f"{where}: found a carriage return within the line, expected lines that end in "
                    "LF or CRLF"
                )
            columns = split_columns(line)
            if not any(columns) or columns[0] == "-DOCSTART-":
                if tokens:
                    yield ColumnSentence(self._path, start, tokens, tags)
                    tokens, tags = [], []
                continue
            if len(columns) < self._needed:
                raise ConfigurationError(
                    f"{where}: found {len(columns)} column(s) in {line[:60]!r}, expected at least "
                    f"{self._needed}{self._hint(lines)}"
                )
            if self._num_columns is not None and len(columns) != self._num_columns:
                raise ConfigurationError(
                    f"{where}: found {len(columns)} columns in {line[:60]!r}, expected "
                    f"{self._num_columns} as on the lines before{self._hint(lines)}"
                )
            self._num_columns = len(columns)
            for what, column, values in (
                ("token", self._token_column, tokens),
                ("tag", self._tag_column, tags),
            ):
                if column is None:
                    continue
                if not columns[column]:
                    raise ConfigurationError(f"{where}: found an empty {what} in {line[:60]!r}")
                values.append(columns[column])
            if len(tokens) == 1:
                start = line_number
        if tokens:
            yield ColumnSentence(self._path, start, tokens, tags)

    def _hint(self, lines: List[bytes]) -> str:
        if lines[0].startswith((b"{", b"[{")):
            return " (`allennlp new-config` makes columns of JSON)"
        if self._comments is None and any(line.startswith(b"#") for line in lines):
            return " (the reader's comments, '#', says that such lines are comments)"
        return ""


def _columns_of_plain_lines(first_line: int, lines: List[bytes]) -> Optional[List[List[str]]]:
    """
    The columns of all lines at once, where each line has the same number of columns, none of them
    empty, and one kind of separator between them; `None` where reading them takes a closer look.
    """
    raw = b"".join(lines)
    has_mark = first_line == 1 and raw.startswith(codecs.BOM_UTF8)
    separator = b"\t" if b"\t" in raw else b" "
    has_both = separator == b"\t" and b" " in raw
    numbers = set(map(methodcaller("count", separator), lines))
    if has_mark or has_both or len(numbers) > 1 or b"-DOCSTART-" in raw:
        return None
    try:
        text = raw.decode("utf-8").rstrip("\r\n").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    between = separator.decode()
    cells = text.replace("\n", between).split(between)
    if "" in cells or "\r" in text:
        return None
    num_columns = numbers.pop() + 1
    return [cells[column::num_columns] for column in range(num_columns)]


def split_columns(line: str) -> List[str]:
    """
    The columns of a line. Tabs win over spaces, so that a tab-separated token may hold a space.
    """
    if "\t" in line:
        return [column.strip(" ") for column in line.split("\t")]
    return _SPACES.split(line.strip(" "))


def read_blocks(path: str) -> Iterator[Tuple[int, List[bytes]]]:
    """
    The runs of lines that are not empty in a text file, plain or `.gz`, each with the number of
    its first line.
    """
    try:
        local_path = Path(local_copy(path))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: found no such file, expected a text file "
            "('allennlp prepare-data' fetches the corpora of the paper)"
        ) from None
    if local_path.is_dir():
        raise ConfigurationError(f"{path}: found a folder, expected a text file")
    # The name as given, for the local copy of a download has another.
    zipped = str(path).endswith(".gz")
    # Python's own buffer makes lines much faster than `gzip` does.
    opened = io.BufferedReader(gzip.open(local_path)) if zipped else open(local_path, "rb")
    first_line = 1
    block: List[bytes] = []
    try:
        with cast(IO[bytes], opened) as file:
            for raw in file:
                if raw in _EMPTY:
                    first_line += 1
                    continue
                block.append(raw)
                # Up to the next empty line, which is not kept, and without a step of Python a line.
                block.extend(iter(file.__next__, _EMPTY[raw.endswith(b"\r\n")]))
                yield first_line, block
                first_line += len(block) + 1
                block = []
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        where = f"{path}:{first_line + len(block)}"
        raise ConfigurationError(
            f"{where}: found broken data ({error}), expected a whole gzip file"
        ) from None


def decode_line(path: str, line_number: int, raw: bytes) -> str:
    """A line as text, without a byte order mark. Raises `ConfigurationError` if it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig" if line_number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}:{line_number}: found bytes that are not UTF-8 "
            f"({raw[error.start : error.end]!r} at byte {error.start}), expected UTF-8"
        ) from None
