"""The rows of a column file of any kind, between its comments and marks."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from datnet_allennlp.corpora.own_text import OwnText
from datnet_allennlp.data.column_file import split_columns

TAG = re.compile(r"O|[BIESLUM]-\S+")


class Rows(NamedTuple):
    """
    The rows between two empty lines.

    # Parameters

    line_number : `int`
        Of the first row.
    rows : `list[list[str]]`
        The cells of each.
    begins_document : `bool`
    is_plain : `bool`
        Whether there is no comment among them.
    """

    line_number: int
    rows: list[list[str]]
    begins_document: bool
    is_plain: bool


def separator_of(text: OwnText) -> str:
    """A tab where the first row has one, else a space."""
    for line in text.lines:
        if line.strip() and not line.startswith(("# ", "#\t", "-DOCSTART-")):
            return "\t" if "\t" in line else " "
    return " "


def rows_of(text: OwnText) -> Iterator[Rows]:
    """Yields the rows of each sentence; comments and `-DOCSTART-` lines are left out."""
    separator = separator_of(text)
    rows: list[list[str]] = []
    start, begins_document, is_plain = 1, False, True
    for number, line in enumerate(text.lines, start=1):
        # Other white space than tabs and spaces may be a token, or within one.
        row = split_columns(line) if line.strip(" \t") else []
        is_mark = line.startswith("-DOCSTART-")
        last = line.strip(" ").split(separator)[-1].strip(" ")
        is_comment = line.startswith(("# ", "#\t")) and not TAG.fullmatch(last)
        if row and not is_mark and not is_comment:
            start = start if rows else number
            rows.append(row)
            continue
        is_plain = is_plain and not is_comment
        if rows and (is_mark or not row):
            yield Rows(start, rows, begins_document, is_plain)
            rows, begins_document, is_plain = [], False, True
        begins_document = begins_document or is_mark or line.startswith("# newdoc")
    if rows or not is_plain:
        yield Rows(start, rows, begins_document, is_plain)
