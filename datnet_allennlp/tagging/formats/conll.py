"""CoNLL columns: a token a line, a blank line after each text."""

import re
from collections.abc import Iterator

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.column_check import are_numbered_characters, are_numbers, language_of
from datnet_allennlp.data.column_file import split_columns
from datnet_allennlp.data.tag_coding import TAG, Span, write_tags
from datnet_allennlp.tagging.formats.format import (
    Entry,
    InputFormat,
    TextOutput,
    refuse_broken_utf8,
)
from datnet_allennlp.tagging.formats.opening import name_of, open_text_input
from datnet_allennlp.tagging.tagged_text import TaggedText

_COMMENT = re.compile(r"# .* = ")
# The same of other corpora, as long as it has not the columns of a token.
_MARK = re.compile(r"#+(?: |$)")
# The number of several words in CoNLL-U, or of one that is not written.
_SEVERAL_WORDS = re.compile(r"\d+[-.]\d+")
_NUMBER = re.compile(r"[0-9]{1,4}")
_WRITES_COLUMNS = "expected words: `allennlp new-config` writes columns of them"
_SEPARATORS = re.compile(r"[\t\r\n]+")


class ConllInput(InputFormat):
    """
    One column, apart by tabs or else by spaces, is the token; others are ignored. Texts end at a
    blank line or at a `-DOCSTART-` line. Comments before a text are left out: CoNLL-U's
    `# text = ...`, and others that begin with `#` and have not as many columns as the tokens. So
    are, behind the numbers of the words, CoNLL-U's lines of several words and of none.

    # Parameters

    column : `str | None`, optional
        The number of the column, from 0, as the reader's `token_column`. Default: the first.
    """

    suffixes = (".conll", ".bio", ".iob", ".iob2", ".conllu")

    def __init__(self, column: str | None = None) -> None:
        super().__init__(column)
        if column is not None and not _NUMBER.fullmatch(column):
            raise ConfigurationError(
                f"column: found '{column}' for columns without names, expected the number of the "
                "words' column, from 0"
            )
        self._token_column = int(column or 0)

    def read(self, source: str) -> Iterator[Entry]:
        rows: list[list[str]] = []
        start = 1
        with open_text_input(source) as lines:
            for number, line in enumerate(lines, start=1):
                if not rows and _COMMENT.match(line):
                    continue
                columns = split_columns(line.rstrip("\n"))
                # A line with a tag alone ends no text; the tagger refuses its empty token.
                if any(columns) and columns[0] != "-DOCSTART-":
                    start = start if rows else number
                    rows.append(columns)
                elif rows:
                    yield _entry(rows, source, start, self._token_column)
                    rows = []
        if rows:
            yield _entry(rows, source, start, self._token_column)

    def record(self, content: list[str]) -> dict[str, list[str]]:
        refuse_broken_utf8(" ".join(content))
        return {"tokens": content}


def _entry(rows: list[list[str]], source: str, start: int, column: int) -> Entry:
    num_columns = len(next((row for row in rows if not _MARK.match(row[0])), rows[0]))
    while _MARK.match(rows[0][0]) and len(rows[0]) != num_columns:
        rows, start = rows[1:], start + 1
    place = f"{name_of(source)}:{start}"
    if column >= num_columns:
        raise ConfigurationError(
            f"{place}: found {num_columns} column(s), expected a column {column}, counted from 0"
        )
    if rows[0][0] == "#begin":
        raise ConfigurationError(f"{place}: found the columns of CoNLL-2012, {_WRITES_COLUMNS}")
    words = [row for row in rows if not _SEVERAL_WORDS.fullmatch(row[0])]
    if column and are_numbers([row[0] for row in words]):
        rows = words
    # A cell that is not there is an empty token, which the tagger refuses.
    tokens = [row[column] if column < len(row) else "" for row in rows]
    if found := _no_words(rows, tokens, num_columns):
        raise ConfigurationError(
            f"{place}: found {found} in column {column}, expected the words: --column takes the "
            "number of theirs, from 0"
        )
    if len(rows) > 1 and (language_of(tokens) or are_numbered_characters(tokens)):
        raise ConfigurationError(f"{place}: found tokens such as {tokens[0]!r}, {_WRITES_COLUMNS}")
    return Entry(tokens, place)


def _no_words(rows: list[list[str]], tokens: list[str], num_columns: int) -> str:
    """What the tokens are, if they are no words."""
    words = [token for token in tokens if not _SEVERAL_WORDS.fullmatch(token)]
    if len(words) > 1 and are_numbers(words):
        if not all(len(row) == 1 or TAG.fullmatch(row[1]) for row in rows):
            return "the numbers of the words"
    elif num_columns > 1 and set(tokens) != {"O"} and all(map(TAG.fullmatch, tokens)):
        return "tags"
    return ""


class ConllOutput(TextOutput):
    """
    Token and tag, apart by a tab; the tags are in the coding IOB2, whatever the model's is. A tab
    or line end inside a token becomes a space. A text without tokens is a blank line alone.
    """

    suffixes = (".conll", ".bio", ".iob")

    def render(self, tagged: TaggedText) -> str:
        spans = [Span(each.first_token, each.end_token, each.type) for each in tagged.entities]
        tags = write_tags(spans, len(tagged.tokens), "IOB2")
        tokens = [_SEPARATORS.sub(" ", token) for token in tagged.tokens]
        lines = [f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True)]
        return "".join(lines) + "\n"
