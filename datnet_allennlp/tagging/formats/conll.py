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
_SEPARATORS = re.compile(r"[\t\r\n]+")


class ConllInput(InputFormat):
    """
    The first column, apart by tabs or else by spaces, is the token; others are ignored. Texts end
    at a blank line or at a `-DOCSTART-` line. Comments before a text are left out: CoNLL-U's
    `# text = ...`, and others that begin with `#` and have not as many columns as the tokens.
    """

    suffixes = (".conll", ".bio", ".iob", ".iob2")
    has_columns = False

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
                    yield _entry(rows, source, start)
                    rows = []
        if rows:
            yield _entry(rows, source, start)

    def record(self, content: list[str]) -> dict[str, list[str]]:
        refuse_broken_utf8(" ".join(content))
        return {"tokens": content}


def _entry(rows: list[list[str]], source: str, start: int) -> Entry:
    num_columns = len(next((row for row in rows if not _MARK.match(row[0])), rows[0]))
    while _MARK.match(rows[0][0]) and len(rows[0]) != num_columns:
        rows, start = rows[1:], start + 1
    tokens = [columns[0] for columns in rows]
    place = f"{name_of(source)}:{start}"
    found = ""
    words = [token for token in tokens if not _SEVERAL_WORDS.fullmatch(token)]
    if len(words) > 1 and are_numbers(words):
        if not all(len(columns) == 1 or TAG.fullmatch(columns[1]) for columns in rows):
            found = "the numbers of the words as tokens"
    elif num_columns > 1 and set(tokens) != {"O"} and all(map(TAG.fullmatch, tokens)):
        found = "tags as tokens"
    elif tokens[0] == "#begin":
        found = "the columns of CoNLL-2012"
    elif len(rows) > 1 and (language_of(tokens) or are_numbered_characters(tokens)):
        found = f"tokens such as {tokens[0]!r}"
    if found:
        raise ConfigurationError(f"{place}: found {found}, expected the words in the first column")
    return Entry(tokens, place)


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
