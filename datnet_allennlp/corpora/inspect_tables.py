"""Reads tables with a header whose rows are tokens: CSV with commas, semicolons or tabs."""

import csv
from collections.abc import Iterator

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.own_coding import find_coding, in_iob2
from datnet_allennlp.corpora.own_text import OwnText
from datnet_allennlp.corpora.tagged_file import TaggedFile
from datnet_allennlp.data.column_file import ColumnSentence

_SENTENCES = ("sentence #", "sentence_id", "sentence id", "sentence", "sent_id", "sentence_idx")
_TOKENS = ("word", "words", "token", "tokens")
_TAGS = ("tag", "tags", "ner_tag", "ner_tags", "ner", "label", "labels", "entity")


def is_table(text: OwnText) -> bool:
    """Whether the first line is a header with a column of tokens and one of tags."""
    return _places(next(_rows(text), (0, []))[1]) is not None


def read_table(text: OwnText) -> TaggedFile:
    """
    Reads a table in which a sentence begins where its column of sentences has another value, empty
    cells not counted, or, without such a column, after an empty line.

    # Parameters

    text : `OwnText`
        One of which `is_table` holds.

    Raises `ConfigurationError`, naming file and line, for a row without a token or a tag, or of
    another width than the header.
    """
    rows = _rows(text)
    _, header = next(rows, (0, []))
    places = _places(header)
    if places is None:
        raise ConfigurationError(
            f"{text.path}: found the header {header}, expected a column of tokens and one of tags"
        )
    token_place, tag_place = places
    sentence_place = _place(header, _SENTENCES)
    file = TaggedFile(text.path, [], [])
    sentence, name = ColumnSentence(str(text.path), 0, [], []), None
    for number, row in rows:
        where = f"{text.path}:{number}"
        if not any(row):
            if sentence_place is None:
                sentence = ColumnSentence(str(text.path), number, [], [])
            continue
        if len(row) != len(header):
            raise ConfigurationError(
                f"{where}: found {len(row)} cell(s), expected {len(header)} as in the header"
            )
        if sentence_place is not None and row[sentence_place] not in ("", name):
            name = row[sentence_place]
            sentence = ColumnSentence(str(text.path), number, [], [])
        token, tag = row[token_place].strip(" "), row[tag_place].strip(" ")
        if not token or not tag:
            raise ConfigurationError(f"{where}: found {row}, expected a token and a tag")
        if not sentence.tokens:
            file.sentences.append(sentence)
        sentence.tokens.append(token)
        sentence.tags.append(tag)
    file.documents = [0] * len(file.sentences)
    if not file.sentences:
        raise ConfigurationError(f"{text.path}: found no token, expected some below the header")
    coding, file.guesses = find_coding(file.sentences)
    file.sentences = [in_iob2(each, coding) for each in file.sentences]
    return file


def _rows(text: OwnText) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, with the number of its last line."""
    separator = max(",;\t", key=text.lines[0].count) if text.lines else ","
    if separator == "\t":
        # A quotation mark between tabs is a token.
        rows = csv.reader(text.lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(text.lines, delimiter=separator)
    try:
        for row in rows:
            yield rows.line_num, row
    except csv.Error as error:
        raise ConfigurationError(f"{text.path}:{rows.line_num}: found no CSV ({error})") from None


def _places(header: list[str]) -> tuple[int, int] | None:
    token_place, tag_place = _place(header, _TOKENS), _place(header, _TAGS)
    return None if token_place is None or tag_place is None else (token_place, tag_place)


def _place(header: list[str], names: tuple[str, ...]) -> int | None:
    lowered = [name.strip().lower() for name in header]
    return next((lowered.index(name) for name in names if name in lowered), None)
