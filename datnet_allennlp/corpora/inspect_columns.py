"""Finds out what the columns of a file are, whatever CoNLL-like format it has."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.column_rows import Rows, rows_of, separator_of
from datnet_allennlp.corpora.own_coding import find_coding, in_iob2
from datnet_allennlp.corpora.own_text import OwnText
from datnet_allennlp.corpora.tagged_file import TaggedFile
from datnet_allennlp.data.column_check import (
    ColumnCheck,
    are_numbered_characters,
    are_numbers,
    language_of,
)
from datnet_allennlp.data.column_file import ColumnSentence
from datnet_allennlp.data.dataset_readers.conll_columns import FILE_CODINGS
from datnet_allennlp.data.tag_coding import TAG

# What chunkers tag; CoNLL-2003 has them in the column before the entities.
_PHRASES = {"ADJP", "ADVP", "CONJP", "INTJ", "LST", "NP", "PP", "PRT", "SBAR", "UCP", "VP", "PNP"}
# Of CoNLL-U: several words written as one, and words that are not written.
_NOT_A_WORD = re.compile(r"\d+[-.]\d+")
# So much of a column is tags where some that are none are mistakes.
_MOST = 0.5


@dataclass(frozen=True)
class Layout:
    """
    # Parameters

    path : `Path`
        Of the file that has it.
    token_column, tag_column : `int`
        From 0.
    num_columns : `int`
    coding : `str`
        As for `read_spans`, or what else `find_coding` finds.
    separator : `str`
        In words.
    prefix : `str`
        What stands before each token; may be empty.
    has_digits : `bool`
        Whether a digit stands behind each token.
    is_numbered : `bool`
        Whether the first column holds the numbers of the words.
    has_comments : `bool`
        Before sentences.
    guesses : `tuple[str, ...]`
        What does not follow from the file alone, in words.
    """

    path: Path
    token_column: int
    tag_column: int
    num_columns: int
    coding: str
    separator: str
    prefix: str
    has_digits: bool
    is_numbered: bool
    has_comments: bool
    guesses: tuple[str, ...] = ()

    @property
    def reader_keys(self) -> dict[str, Any]:
        """What the reader `conll_columns` has to be told, beside its defaults."""
        keys: dict[str, Any] = {}
        if self.token_column:
            keys["token_column"] = self.token_column
        if self.tag_column != self.num_columns - 1:
            keys["tag_column"] = self.tag_column
        if self.has_comments:
            keys["comments"] = "#"
        if self.coding != "IOB2":
            keys["file_coding"] = self.coding
        return keys


def find_layout(text: OwnText, *others: OwnText) -> Layout:
    """
    # Parameters

    text : `OwnText`
        The file for training, which says which columns there are.
    others : `OwnText`
        The other files of the corpus; the coding has to explain their tags too.

    Raises `ConfigurationError`, naming the file, what was found and what was expected, for a file
    without a column of tags, and for tags that no coding explains.
    """
    blocks = list(rows_of(text))
    numbers = Counter(len(row) for block in blocks for row in block.rows)
    if not numbers:
        raise ConfigurationError(f"{text.path}: found no sentence, expected a CoNLL column file")
    [(num_columns, _)] = numbers.most_common(1)
    is_numbered = num_columns > 2 and _are_numbers(blocks)
    tag_column, guesses = _tag_column(text.path, blocks, num_columns, is_numbered)
    rows = [row for block in blocks for row in block.rows if len(row) == num_columns]
    # Others before it may number the words, the sentences or the characters.
    token_column = next(
        (
            column
            for column in range(int(is_numbered), num_columns)
            if column != tag_column and not all(row[column].isdecimal() for row in rows)
        ),
        int(is_numbered or tag_column == 0),
    )
    tokens = [row[token_column] for row in rows]
    layout = Layout(
        path=text.path,
        token_column=token_column,
        tag_column=tag_column,
        num_columns=num_columns,
        coding="",
        separator="tabs" if separator_of(text) == "\t" else "spaces",
        prefix=language_of(tokens),
        has_digits=are_numbered_characters(tokens),
        is_numbered=is_numbered,
        has_comments=False,
    )
    pairs = [(text.path, block) for block in blocks]
    pairs += [(each.path, block) for each in others for block in rows_of(each)]
    layout = replace(layout, has_comments=any(block.num_comments for _, block in pairs))
    sentences = [
        _sentence(path, block, layout)
        for path, block in pairs
        if block.rows and all(len(row) == num_columns for row in block.rows)
    ]
    coding, more_guesses = find_coding(sentences)
    return replace(layout, coding=coding, guesses=(*guesses, *more_guesses))


def read_columns(text: OwnText, layout: Layout) -> TaggedFile:
    """
    Reads a file of a layout.

    Raises `ConfigurationError`, naming file and line, for a line with other columns, an empty
    token, tags that the coding forbids, and for what `ColumnCheck` finds.
    """
    path = text.path
    check = ColumnCheck(str(path))
    is_odd = text.guesses or layout.prefix or layout.has_digits
    file = TaggedFile(path, [], [], is_known=not is_odd and layout.coding in FILE_CODINGS)
    document, num_left_out = -1, 0
    for block in Tqdm.tqdm(rows_of(text), desc=f"reading {path.name}"):
        document += block.begins_document
        for number, row in enumerate(block.rows, start=block.line_number):
            where = f"{path}:{number}"
            if len(row) != layout.num_columns:
                of = "" if path == layout.path else f" as in {layout.path}"
                raise ConfigurationError(
                    f"{where}: found {len(row)} column(s), expected {layout.num_columns}{of}"
                )
            if not row[layout.token_column].removeprefix(layout.prefix):
                raise ConfigurationError(f"{where}: found an empty token, expected a word")
            if layout.is_numbered and _NOT_A_WORD.fullmatch(row[0]):
                file.is_known = False
        num_left_out += block.num_left_out
        if not block.rows:
            continue
        sentence = _sentence(path, block, layout)
        check.add(sentence.tokens, sentence.tags, sentence.origin())
        file.sentences.append(in_iob2(sentence, layout.coding))
        file.documents.append(document)
    check.finish()
    if num_left_out:
        file.is_known = False
        file.guesses = (
            f"{num_left_out:,} lines within sentences of {path.name} are comments, or spaces, and "
            "left out",
        )
    return file


def _tag_column(
    path: Path, blocks: Sequence[Rows], num_columns: int, is_numbered: bool
) -> tuple[int, tuple[str, ...]]:
    """The column of the tags, and what is guessed of it."""
    rows = [row for block in blocks for row in block.rows if len(row) == num_columns]
    # In some corpora the tag stands before the token.
    places = [*range(1, num_columns), 0]
    are_tags = {
        column: sum(TAG.fullmatch(row[column]) is not None for row in rows) for column in places
    }
    columns = [
        column
        for column in places
        if are_tags[column] == len(rows)
        and {row[column][2:] for row in rows} - {"", *_PHRASES}
        and num_columns > 1
    ]
    if len(columns) > 1 and 0 in columns:
        columns.remove(0)
    if columns:
        # GermEval has the nested entities behind the others.
        chosen = columns[0] if is_numbered else columns[-1]
        others = ", ".join(str(column + 1) for column in columns if column != chosen)
        guess = f"the tags are in column {chosen + 1}, not in {others}"
        return chosen, (guess,) if others else ()
    if any({row[column] for row in rows} == {"O"} for column in places[:-1]):
        raise ConfigurationError(f"{path}: found no tag but 'O', expected entities")
    nearest = max(places, key=lambda column: are_tags[column])
    expected = "'O', 'B-TYPE' or 'I-TYPE'"
    if num_columns > 1 and _MOST * len(rows) <= are_tags[nearest] < len(rows):
        if are_tags[nearest] == sum(row[nearest] == "O" for row in rows):
            return nearest, ()  # bare types
        for block in blocks:
            for number, row in enumerate(block.rows, start=block.line_number):
                if len(row) == num_columns and not TAG.fullmatch(row[nearest]):
                    raise ConfigurationError(
                        f"{path}:{number}: found the tag {row[nearest]!r}, expected {expected}"
                    )
    first = next(block for block in blocks if block.rows)
    raise ConfigurationError(
        f"{path}: found {num_columns} column(s), none of them of tags (line {first.line_number}: "
        f"{' '.join(first.rows[0])[:60]!r}), expected one with {expected}"
    )


def _are_numbers(blocks: Sequence[Rows]) -> bool:
    """Whether the first cells count the words of each sentence."""
    found = False
    for block in blocks:
        cells = [row[0] for row in block.rows if not _NOT_A_WORD.fullmatch(row[0])]
        if not are_numbers(cells):
            return False
        found = found or len(cells) > 1
    return found


def _sentence(path: Path, block: Rows, layout: Layout) -> ColumnSentence:
    rows = block.rows
    if layout.is_numbered:
        rows = [row for row in rows if not _NOT_A_WORD.fullmatch(row[0])]
    end = -1 if layout.has_digits else None
    tokens = [row[layout.token_column].removeprefix(layout.prefix)[:end] for row in rows]
    tags = [row[layout.tag_column] for row in rows]
    return ColumnSentence(str(path), block.line_number, tokens, tags)
