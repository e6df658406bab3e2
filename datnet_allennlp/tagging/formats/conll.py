"""CoNLL columns: a token a line, a blank line after each text."""

import re
from collections.abc import Iterator

from datnet_allennlp.data.tag_coding import Span, write_tags
from datnet_allennlp.tagging.formats.format import (
    Entry,
    InputFormat,
    TextOutput,
    refuse_broken_utf8,
)
from datnet_allennlp.tagging.formats.opening import name_of, open_text_input
from datnet_allennlp.tagging.tagged_text import TaggedText

_SEPARATORS = re.compile(r"[\t\r\n]+")


class ConllInput(InputFormat):
    """
    The first column, apart by tabs or else by spaces, is the token; others are ignored. Texts end
    at a blank line or at a `-DOCSTART-` line.
    """

    suffixes = (".conll", ".bio", ".iob")
    has_columns = False

    def read(self, source: str) -> Iterator[Entry]:
        tokens: list[str] = []
        start = 1
        with open_text_input(source) as lines:
            for number, line in enumerate(lines, start=1):
                columns = (
                    line.rstrip("\n").split("\t") if "\t" in line else line.strip(" ").split(" ")
                )
                columns = [column.strip(" \n") for column in columns]
                # A line with a tag alone ends no text; the tagger refuses its empty token.
                if any(columns) and columns[0] != "-DOCSTART-":
                    start = start if tokens else number
                    tokens.append(columns[0])
                elif tokens:
                    yield Entry(tokens, f"{name_of(source)}:{start}")
                    tokens = []
        if tokens:
            yield Entry(tokens, f"{name_of(source)}:{start}")

    def record(self, content: list[str]) -> dict[str, list[str]]:
        refuse_broken_utf8(" ".join(content))
        return {"tokens": content}


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
