"""The records that the tagger takes, and what is wrong with others."""

import json
import math
from typing import Any, NamedTuple, cast

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import Instance, Token

INPUT_KEYS = ("text", "sentence", "tokens")
_OUTPUT_KEYS = ("tags", "entities")


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


class TextInput(NamedTuple):
    """
    What a record of the input holds, checked.

    # Parameters

    text : `str`
    words : `list[str] | None`
        Given if the text is split already; the text is then the words joined by single spaces.
    carried : `JsonDict`
    """

    text: str
    words: list[str] | None
    carried: JsonDict


def parse_line(line: str) -> JsonDict:
    """Raises `ConfigurationError` if the line is not a JSON object, or holds NaN or infinity."""
    try:
        return _require_object(_DECODER.decode(line))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"cannot read the line {_shorten(line.strip())}: found {error}, expected one JSON "
            'object a line, such as {"text": "..."}'
        ) from error


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name}, which is no number of JSON's")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits}, which is beyond the numbers that can be held")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def check_record(inputs: Any) -> TextInput:
    """Raises `ConfigurationError` if the record is malformed."""
    record = _require_object(inputs)
    given = [key for key in INPUT_KEYS if key in record]
    if len(given) != 1:
        found = " and ".join(f'"{key}"' for key in given or record) or "no keys"
        raise _bad_record(
            record, f"found {found}", 'expected exactly one of "text", "sentence" and "tokens"'
        )
    for key in _OUTPUT_KEYS:
        if key in record:
            raise _bad_record(
                record,
                f'found the key "{key}", which the output would overwrite',
                "expected another name for it",
            )
    if not isinstance(record.get("resource", ""), str):
        raise _bad_record(record, *_wrong_type("resource", record["resource"], "a string"))
    content = record[given[0]]
    carried = {key: value for key, value in record.items() if key not in given}
    if given[0] == "tokens":
        words = _check_words(record, content)
        return TextInput(" ".join(words), words, carried)
    if not isinstance(content, str):
        raise _bad_record(record, *_wrong_type(given[0], content, "a string"))
    return TextInput(content, None, carried)


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
                    f"cannot tag the text {_shorten(repr(text))}: found the token '{word}' without "
                    f"a place in the text after character {place}, expected a tokenizer "
                    "(dataset_reader.tokenizer) whose tokens stand in the text or know their place"
                )
        if token.idx_end is None:
            token.idx_end = token.idx + len(word)
        place = token.idx_end
    return tokens


def _check_words(record: JsonDict, content: Any) -> list[str]:
    if not isinstance(content, list):
        raise _bad_record(record, *_wrong_type("tokens", content, "a list of strings"))
    for index, word in enumerate(content):
        if not isinstance(word, str) or not word.strip():
            raise _bad_record(
                record, f"found {_shorten(repr(word))} as token {index}", "expected a word"
            )
    return content


_JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _json_name(value: Any) -> str:
    return _JSON_NAMES.get(type(value), type(value).__name__)


def _require_object(record: Any) -> JsonDict:
    if not isinstance(record, dict):
        raise _bad_record(record, f"found {_json_name(record)}", "expected a JSON object")
    return record


def _wrong_type(key: str, value: Any, expected: str) -> tuple[str, str]:
    return f'found {_json_name(value)} under "{key}"', f"expected {expected}"


def _bad_record(record: Any, found: str, expected: str) -> ConfigurationError:
    shown = _shorten(json.dumps(record, ensure_ascii=False, default=repr))
    return ConfigurationError(f"cannot tag the record {shown}: {found}, {expected}")


def _shorten(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."
