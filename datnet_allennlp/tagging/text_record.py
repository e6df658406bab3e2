"""The records that the tagger takes, and what is wrong with others."""

from typing import Any, NamedTuple, cast

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import Instance, Token

from datnet_allennlp.standalone import records
from datnet_allennlp.standalone.records import INPUT_KEYS as INPUT_KEYS
from datnet_allennlp.standalone.records import TextInput, shorten
from datnet_allennlp.standalone.refusal import Refusal


class TextRecord(NamedTuple):
    """
    A text to tag.

    # Parameters

    text : `str`
    words : `list[str]`
    starts, ends : `list[int]`
        The stretch of the text that each word stands for, in characters; the end is one past the
        last.
    carried : `JsonDict`
        What goes to the output unchanged.
    instance : `Instance | None`
        What the model gets, if anything.
    """

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    carried: JsonDict
    instance: Instance | None

    @classmethod
    def of(
        cls, text: str, tokens: list[Token], instance: Instance | None, carried: JsonDict
    ) -> "TextRecord":
        """The tokens have to know their places in the text, see `join` and `locate`."""
        return cls(
            text,
            [token.ensure_text() for token in tokens],
            [cast(int, token.idx) for token in tokens],
            [cast(int, token.idx_end) for token in tokens],
            carried,
            instance,
        )


def check_first_line(line: str, place: str) -> None:
    """Raises `ConfigurationError` if a file that begins so holds JSON, but not an object a line."""
    try:
        records.check_first_line(line, place)
    except Refusal as error:
        raise ConfigurationError(str(error)) from error


def parse_line(line: str) -> JsonDict:
    """Raises `ConfigurationError` if the line is not a JSON object, or holds NaN or infinity."""
    try:
        return records.parse_line(line)
    except Refusal as error:
        raise ConfigurationError(str(error)) from error


def check_record(inputs: Any) -> TextInput:
    """Raises `ConfigurationError` if the record is malformed."""
    try:
        return records.check_record(inputs)
    except Refusal as error:
        raise ConfigurationError(str(error)) from error


def join(words: list[str]) -> list[Token]:
    """The tokens of the text that the words make when they are joined by single spaces."""
    tokens = []
    start = 0
    for word in words:
        tokens.append(Token(word, idx=start, idx_end=start + len(word)))
        start += len(word) + 1
    return tokens


def locate(text: str, tokens: list[Token]) -> list[Token]:
    """
    Tells each token its place in the text where the tokenizer did not. Raises `ConfigurationError`
    for a token that the text does not hold after the one before.
    """
    place = 0
    for token in tokens:
        word = token.ensure_text()
        if token.idx is None:
            token.idx = text.find(word, place)
            if token.idx < 0:
                raise ConfigurationError(
                    f"cannot tag the text {shorten(repr(text))}: found the token '{word}' without "
                    f"a place in the text after character {place}, expected a tokenizer "
                    "(dataset_reader.tokenizer) whose tokens stand in the text or know their place"
                )
        if token.idx_end is None:
            token.idx_end = token.idx + len(word)
        place = token.idx_end
    return tokens
