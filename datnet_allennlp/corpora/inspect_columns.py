"""Finds out what the columns of a file are, whatever CoNLL-like format it has."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.convert import to_iob2
from datnet_allennlp.corpora.tagged_file import TaggedFile
from datnet_allennlp.data.column_check import ColumnCheck
from datnet_allennlp.data.column_file import ColumnSentence, decode_line, read_blocks
from datnet_allennlp.data.dataset_readers.conll_columns import FILE_CODINGS
from datnet_allennlp.data.tag_coding import ForbiddenTag, read_spans, write_tags

_TAG = re.compile(r"O|[BIESLUM]-\S+")
# What chunkers tag; CoNLL-2003 has them in the column before the entities.
_PHRASES = {"ADJP", "ADVP", "CONJP", "INTJ", "LST", "NP", "PP", "PRT", "SBAR", "UCP", "VP", "PNP"}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z-]+)?:(?=.)")  # WikiANN's "en:token"
# Of CoNLL-U: several words written as one, and words that are not written.
_NOT_A_WORD = re.compile(r"\d+[-.]\d+")
_CODINGS = ("IOB2", "IOB1", "IOBES", "BIOUL")
# IOB1 or IOB2 with exceptions, as in the CoNLL-2003 original; read as conlleval does.
_MIXED = "mixed IOB"


@dataclass(frozen=True)
class Layout:
    """
    # Parameters

    token_column, tag_column : `int`
        From 0.
    num_columns : `int`
    coding : `str`
        As for `read_spans`, or `mixed IOB`.
    separator : `str`
        In words.
    prefix : `str`
        What stands before each token; may be empty.
    is_numbered : `bool`
        Whether the first column holds the numbers of the words.
    needs_rewriting : `bool`
        Whether the reader `conll_columns` cannot read the file as it is.
    guesses : `tuple[str, ...]`
        What does not follow from the file alone, in words.
    """

    token_column: int
    tag_column: int
    num_columns: int
    coding: str
    separator: str
    prefix: str
    is_numbered: bool
    needs_rewriting: bool
    guesses: tuple[str, ...] = ()

    @property
    def reader_keys(self) -> dict[str, Any]:
        """What the reader `conll_columns` has to be told, beside its defaults."""
        keys: dict[str, Any] = {}
        if self.token_column:
            keys["token_column"] = self.token_column
        if self.tag_column != self.num_columns - 1:
            keys["tag_column"] = self.tag_column
        if self.coding != "IOB2":
            keys["file_coding"] = self.coding
        return keys


class _Block(NamedTuple):
    """The rows between two empty lines, with the line of the first."""

    line_number: int
    rows: list[list[str]]
    begins_document: bool
    is_plain: bool


def find_layout(path: Path) -> Layout:
    """
    Raises `ConfigurationError`, naming the file, what was found and what was expected, for a file
    without a column of tags, and for tags that no coding explains.
    """
    blocks = list(_blocks(path))
    numbers = Counter(len(row) for block in blocks for row in block.rows)
    if not numbers:
        raise ConfigurationError(f"{path}: found no sentence, expected a CoNLL column file")
    [(num_columns, _)] = numbers.most_common(1)
    rows = [row for block in blocks for row in block.rows if len(row) == num_columns]
    is_numbered = num_columns > 2 and _are_numbers(blocks)
    guesses = []
    columns = [
        column
        for column in range(1, num_columns)
        if all(_TAG.fullmatch(row[column]) for row in rows)
        and {row[column][2:] for row in rows} - {"", *_PHRASES}
    ]
    if not columns:
        if any({row[column] for row in rows} == {"O"} for column in range(1, num_columns)):
            raise ConfigurationError(f"{path}: found no tag but 'O', expected entities")
        raise ConfigurationError(
            f"{path}: found {num_columns} column(s), none of them of tags, expected one with 'O', "
            "'B-TYPE' and 'I-TYPE'"
        )
    # GermEval has the nested entities behind the others.
    tag_column = columns[0] if is_numbered else columns[-1]
    if len(columns) > 1:
        others = ", ".join(str(column + 1) for column in columns if column != tag_column)
        guesses.append(f"the tags are in column {tag_column + 1}, not in {others}")
    token_column = int(is_numbered)
    found = _LANGUAGE.match(rows[0][token_column])
    prefix = found[0] if found else ""
    if not all(row[token_column].startswith(prefix) for row in rows):
        prefix = ""
    has_others = any(_NOT_A_WORD.fullmatch(row[0]) for row in rows) if is_numbered else False
    layout = Layout(
        token_column=token_column,
        tag_column=tag_column,
        num_columns=num_columns,
        coding="",
        separator="tabs" if _separator(path) == "\t" else "spaces",
        prefix=prefix,
        is_numbered=is_numbered,
        needs_rewriting=bool(prefix) or has_others or not all(block.is_plain for block in blocks),
        guesses=tuple(guesses),
    )
    coding = _coding(path, layout, guesses)
    return replace(
        layout,
        coding=coding,
        guesses=tuple(guesses),
        needs_rewriting=layout.needs_rewriting or coding not in FILE_CODINGS,
    )


def read_columns(path: Path, layout: Layout) -> TaggedFile:
    """
    Reads a file of a layout.

    Raises `ConfigurationError`, naming file and line, for a line with other columns, tags that the
    coding forbids, and for what `ColumnCheck` finds.
    """
    check = ColumnCheck(str(path))
    file = TaggedFile(path, [], [])
    document = -1
    for block in Tqdm.tqdm(_blocks(path), desc=f"reading {path.name}"):
        document += block.begins_document
        for number, row in enumerate(block.rows, start=block.line_number):
            if len(row) != layout.num_columns:
                raise ConfigurationError(
                    f"{path}:{number}: found {len(row)} columns, expected {layout.num_columns}"
                )
        if not block.rows:
            continue
        sentence = _sentence(path, block, layout)
        check.add(sentence.tokens, sentence.tags, sentence.origin())
        if layout.coding == _MIXED:
            sentence = sentence._replace(tags=to_iob2(sentence.tags))
        try:
            spans = read_spans(sentence.tags, "IOB2" if layout.coding == _MIXED else layout.coding)
        except ForbiddenTag as error:
            raise ConfigurationError(
                f"{sentence.origin(error.index)}: found {error.found}, expected {error.expected}"
            ) from None
        tags = write_tags(spans, len(sentence.tokens), "IOB2")
        file.sentences.append(sentence._replace(tags=tags))
        file.documents.append(document)
    check.finish()
    return file


def _blocks(path: Path) -> Iterator[_Block]:
    """The rows of a file; comments and `-DOCSTART-` lines are left out."""
    separator = _separator(path)
    for first_line, lines in read_blocks(str(path)):
        rows: list[list[str]] = []
        start, begins_document, is_plain = first_line, False, True
        for number, raw in enumerate(lines, start=first_line):
            line = decode_line(str(path), number, raw).rstrip("\r\n")
            if "\r" in line:
                raise ConfigurationError(
                    f"{path}:{number}: found a carriage return within the line, expected lines "
                    "that end in LF or CRLF"
                )
            row = [cell.strip(" ") for cell in line.split(separator)] if line.strip() else []
            is_mark = line.startswith("-DOCSTART-")
            is_comment = line.startswith(("# ", "#\t")) and not _TAG.fullmatch(row[-1])
            if row and not is_mark and not is_comment:
                start = start if rows else number
                rows.append(row)
                continue
            is_plain = is_plain and not is_comment
            if rows and (is_mark or not row):
                yield _Block(start, rows, begins_document, is_plain)
                rows, begins_document = [], False
            begins_document = begins_document or is_mark or line.startswith("# newdoc")
        yield _Block(start, rows, begins_document, is_plain)


def _separator(path: Path) -> str | None:
    """A tab where the first row has one; `None` stands for spaces, as for `str.split`."""
    for number, lines in read_blocks(str(path)):
        for line_number, raw in enumerate(lines, start=number):
            line = decode_line(str(path), line_number, raw)
            if line.strip() and not line.startswith(("# ", "#\t", "-DOCSTART-")):
                return "\t" if "\t" in line else None
    return None


def _are_numbers(blocks: list[_Block]) -> bool:
    """Whether the first cells count the words of each sentence."""
    found = False
    for block in blocks:
        cells = [row[0] for row in block.rows if not _NOT_A_WORD.fullmatch(row[0])]
        if not any(cells == [str(i + first) for i in range(len(cells))] for first in (0, 1)):
            return False
        found = found or len(cells) > 1
    return found


def _sentence(path: Path, block: _Block, layout: Layout) -> ColumnSentence:
    rows = block.rows
    if layout.is_numbered:
        rows = [row for row in rows if not _NOT_A_WORD.fullmatch(row[0])]
    tokens = [row[layout.token_column].removeprefix(layout.prefix) for row in rows]
    tags = [row[layout.tag_column] for row in rows]
    return ColumnSentence(str(path), block.line_number, tokens, tags)


def _coding(path: Path, layout: Layout, guesses: list[str]) -> str:
    """The first coding that allows all tags, or else `_MIXED` where it reads them."""
    problems: dict[str, list[str]] = {}
    sentences = [
        _sentence(path, block, layout)
        for block in _blocks(path)
        if block.rows and all(len(row) == layout.num_columns for row in block.rows)
    ]
    for coding in _CODINGS:
        problems[coding] = []
        for sentence in sentences:
            try:
                read_spans(sentence.tags, coding)
            except ForbiddenTag as error:
                where = sentence.origin(error.index)
                problems[coding].append(f"{where}: found {error.found}, expected {error.expected}")
        if not problems[coding]:
            if coding == "IOB1":
                guesses.append("the tags are coded as IOB1, for entities begin with 'I-'")
            return coding
    if not {tag[0] for sentence in sentences for tag in sentence.tags} <= set("BIO"):
        first = problems["IOB2"][0]
        raise ConfigurationError(f"{first} (nor do the tags fit {', '.join(_CODINGS[1:])})")
    nearest = min(("IOB2", "IOB1"), key=lambda coding: len(problems[coding]))
    guesses.append(
        f"an entity begins at each 'B-' and at each 'I-' that continues none, for the tags are "
        f"{nearest} but for {len(problems[nearest])} sentence(s): {problems[nearest][0]}"
    )
    return _MIXED
