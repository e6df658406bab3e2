"""The records that the tagger takes, and what is wrong with others."""

import json
import math
import re
from typing import Any, NamedTuple

from .refusal import Refusal

INPUT_KEYS = ("text", "sentence", "tokens")
_OUTPUT_KEYS = ("tags", "entities")
# The first line of a list of objects, or of one object over several lines.
_OTHER_JSON = re.compile(r"\s*(\[\s*(\{.*)?|\{\s*)\s*", re.DOTALL)


class TextInput(NamedTuple):
    """
    What a record of the input holds, checked.

    # Parameters

    text : `str`
    words : `list[str] | None`
        Given if the text is split already; the text is then the words joined by single spaces.
    carried : `dict[str, Any]`
    """

    text: str
    words: list[str] | None
    carried: dict[str, Any]


def check_first_line(line: str, place: str) -> None:
    """Raises `Refusal` if a file whose first line this is holds JSON, but not an object a line."""
    if _OTHER_JSON.fullmatch(line):
        raise Refusal(
            f"{place}: found the begin of a list, or of an object over several lines, expected "
            "one JSON object a line"
        )


def parse_line(line: str) -> dict[str, Any]:
    """Raises `Refusal` if the line is not a JSON object, or holds NaN or infinity."""
    try:
        return _require_object(_DECODER.decode(line))
    except (ValueError, RecursionError) as error:
        raise Refusal(
            f"cannot read the line {shorten(line.strip())}: found {error}, expected one JSON "
            'object a line, such as {"text": "..."}; plain text has the input format "text"'
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
    """Raises `Refusal` if the record is malformed."""
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


def _check_words(record: dict[str, Any], content: Any) -> list[str]:
    if not isinstance(content, list):
        raise _bad_record(record, *_wrong_type("tokens", content, "a list of strings"))
    for index, word in enumerate(content):
        if not isinstance(word, str) or not word.strip():
            raise _bad_record(
                record, f"found {shorten(repr(word))} as token {index}", "expected a word"
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


def _require_object(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise _bad_record(record, f"found {_json_name(record)}", "expected a JSON object")
    return record


def _wrong_type(key: str, value: Any, expected: str) -> tuple[str, str]:
    return f'found {_json_name(value)} under "{key}"', f"expected {expected}"


def _bad_record(record: Any, found: str, expected: str) -> Refusal:
    shown = shorten(json.dumps(record, ensure_ascii=False, default=repr))
    return Refusal(f"cannot tag the record {shown}: {found}, {expected}")


def shorten(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."
