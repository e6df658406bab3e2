"""CoNLL columns: a token a line, a blank line after each text."""

import re
from collections.abc import Iterator

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.tag_coding import Span, write_tags
from datnet_allennlp.tagging.formats.format import (
    Entry,
    InputFormat,
    TextOutput,
    refuse_broken_utf8,
)
from datnet_allennlp.tagging.formats.opening import name_of, open_text_input
from datnet_allennlp.tagging.tagged_text import TaggedText

_COMMENT = re.compile(r"# .* = ")
_TAG = re.compile(r"O|[A-Z]-.+")
_SEPARATORS = re.compile(r"[\t\r\n]+")


class ConllInput(InputFormat):
    """
    The first column, apart by tabs or else by spaces, is the token; others are ignored. Texts end
    at a blank line or at a `-DOCSTART-` line. Comments of CoNLL-U, `# text = ...`, are left out.
    """

    suffixes = (".conll", ".bio", ".iob")
    has_columns = False

    def read(self, source: str) -> Iterator[Entry]:
        rows: list[list[str]] = []
        start = 1
        with open_text_input(source) as lines:
            for number, line in enumerate(lines, start=1):
                if not rows and _COMMENT.match(line):
                    continue
                columns = (
                    line.rstrip("\n").split("\t") if "\t" in line else line.strip(" ").split(" ")
                )
                columns = [column.strip(" \n") for column in columns]
                # A line with a tag alone ends no text; the tagger refuses its empty token.
                if any(columns) and columns[0] != "-DOCSTART-":
                    start = start if rows else number
                    rows.append(columns)
                elif rows:
                    yield _entry(rows, f"{name_of(source)}:{start}")
                    rows = []
        if rows:
            yield _entry(rows, f"{name_of(source)}:{start}")

    def record(self, content: list[str]) -> dict[str, list[str]]:
        refuse_broken_utf8(" ".join(content))
        return {"tokens": content}


def _entry(rows: list[list[str]], place: str) -> Entry:
    tokens = [columns[0] for columns in rows]
    if len(rows) > 1 and tokens == [str(number) for number in range(1, len(rows) + 1)]:
        if not all(len(columns) == 1 or _TAG.fullmatch(columns[1]) for columns in rows):
            raise ConfigurationError(
                f"{place}: found the numbers of the words as tokens, expected the words in the "
                "first column"
            )
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
