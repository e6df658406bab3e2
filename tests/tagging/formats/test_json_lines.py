import json
import math

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.json_lines import JsonLinesInput, JsonLinesOutput


def records(path, column=None):
    reader = JsonLinesInput(column)
    return [(entry.place, reader.record(entry.content)) for entry in reader.read(str(path))]


def test_round_trip(write, tagged_texts) -> None:
    path = write(JsonLinesOutput(), tagged_texts, "out.jsonl")
    found = records(path)
    assert [place for place, _ in found] == [f"{path}:{i}" for i in range(1, 8)]
    assert [record for _, record in found] == [tagged.to_dict() for tagged in tagged_texts]
    assert found[0][1]["entities"][1]["confidence"] == 0.875


def test_line_ends_a_mark_and_blank_lines(tmp_path) -> None:
    path = tmp_path / "in.jsonl"
    lines = '\ufeff{"text": "Zoë"}\r\n\r\n{"text": ""}\r{"text": "\u2028"}'
    path.write_bytes(lines.encode())
    assert records(path) == [
        (f"{path}:1", {"text": "Zoë"}),
        (f"{path}:3", {"text": ""}),
        (f"{path}:4", {"text": "\u2028"}),
    ]


@pytest.mark.parametrize("lines", ['[{"text": "a"}]', "[\n{}\n]", '{\n"text": "a"\n}', "[ {\n"])
def test_json_that_is_not_a_line_each(tmp_path, lines) -> None:
    for number, before in ((1, ""), (3, "\n \n")):
        (tmp_path / "in.json").write_text(before + lines)
        expected = f"in.json:{number}: found the begin of a list, or of an object over several"
        with pytest.raises(ConfigurationError, match=expected):
            records(tmp_path / "in.json")


def test_another_key(tmp_path) -> None:
    path = tmp_path / "in.jsonl"
    lines = [{"tweet": "a", "id": 1}, {"tweet": ["a", "b"]}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = [record for _, record in records(path, "tweet")]
    assert found == [{"text": "a", "id": 1}, {"tokens": ["a", "b"]}]


@pytest.mark.parametrize(
    "line, column, expected",
    [
        ('{"text": NaN}', None, "found NaN, which is no number of JSON's, expected one JSON"),
        ('{"text": "a", "x": [-Infinity]}', None, "found -Infinity, which is no number"),
        ('{"text": "a", "x": 1e999}', None, "found 1e999, which is beyond the numbers"),
        ('{"text": "a"} {"text": "b"}', None, "found Extra data"),
        ("Zoë", None, 'expected one JSON object a line.*plain text has the input format "text"'),
        ('{"text": "a"}', "tweet", "found the columns 'text', expected 'tweet'"),
        ('{"text": "a", "tweet": "b"}', "tweet", "found the column 'text' beside 'tweet'"),
        ("caf\udce9", None, r"found bytes that are not UTF-8 \(b'\\xe9'\)"),
    ],
)
def test_bad_lines(line, column, expected) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        JsonLinesInput(column).record(line)


def test_large_numbers_stay() -> None:
    assert JsonLinesInput().record('{"text": "", "x": 1e300}')["x"] == math.pow(10, 300)
