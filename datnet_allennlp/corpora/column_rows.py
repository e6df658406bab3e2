"""The rows of a column file of any kind, between its comments and marks."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from datnet_allennlp.corpora.own_text import OwnText
from datnet_allennlp.data.column_file import split_columns

# `# id ...`, `#\thttp...` and `## klue-...`, and not `#hashtag`.
_COMMENT = re.compile(r"#+[ \t]")
_TOKEN = re.compile(r"#+\t")
_MARK = "-DOCSTART-"


class Rows(NamedTuple):
    """
    The rows between two empty lines.

    # Parameters

    line_number : `int`
        Of the first row.
    rows : `list[list[str]]`
        The cells of each.
    begins_document : `bool`
    num_comments : `int`
        Before them.
    num_left_out : `int`
        Lines among them: comments, and tokens that are a space.
    """

    line_number: int
    rows: list[list[str]]
    begins_document: bool
    num_comments: int
    num_left_out: int


def separator_of(text: OwnText) -> str:
    """A tab where the first row has one, else a space."""
    first = next((line for line in text.lines if _is_plain(line)), "")
    return "\t" if "\t" in first else " "


def rows_of(text: OwnText) -> Iterator[Rows]:
    """
    Yields the rows of each sentence. Left out are `-DOCSTART-` lines, comments, and tokens that are
    a space, which corpora of characters have. A line that begins as a comment is a row if it has
    as many cells as the others and is within a sentence, has `#` alone before a tab, or has a cell
    that others have in the same column: `#` may be a token.
    """
    plain: list[list[str]] = []
    if any(map(_COMMENT.match, text.lines)):
        plain = [split_columns(line) for line in text.lines if _is_plain(line)]
    [(width, _)] = Counter(map(len, plain)).most_common(1) or [(0, 0)]
    known = {cell for row in plain for cell in enumerate(row[1:])}
    rows: list[list[str]] = []
    start, begins_document, num_comments, num_left_out = 1, False, 0, 0
    for number, line in enumerate(text.lines, start=1):
        # Other white space than tabs and spaces may be a token, or within one.
        row = split_columns(line) if line.strip(" \t") else []
        if line.startswith(_MARK) or not row:
            if rows:
                yield Rows(start, rows, begins_document, num_comments, num_left_out)
                rows, begins_document, num_comments, num_left_out = [], False, 0, 0
            begins_document = begins_document or line.startswith(_MARK)
        elif _COMMENT.match(line) and (
            len(row) != width
            or not (rows or _TOKEN.match(line) or known.intersection(enumerate(row[1:])))
        ):
            begins_document = begins_document or line.startswith("# newdoc")
            num_comments += not rows
            num_left_out += bool(rows)
        elif row[0] == "" and line.startswith(" "):
            num_left_out += 1
        else:
            start = start if rows else number
            rows.append(row)
    if rows or num_comments:
        yield Rows(start, rows, begins_document, num_comments, num_left_out)


def _is_plain(line: str) -> bool:
    return line.strip(" \t") != "" and not line.startswith(_MARK) and not _COMMENT.match(line)
