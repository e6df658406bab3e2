import io
import math
import sys
from datetime import date, datetime

import pytest
from allennlp.common.checks import ConfigurationError
from pyarrow import array, parquet, table

from datnet_allennlp.tagging.formats import parquet as module
from datnet_allennlp.tagging.formats.parquet import ParquetInput

COLUMNS = {"id": [1, 2, 3], "tweet": ["Zoë 😂\r\n", "", "שלום"], "words": [["a", "b"], [], ["c"]]}


@pytest.fixture
def path(tmp_path) -> str:
    parquet.write_table(table(COLUMNS), tmp_path / "in.parquet")
    return str(tmp_path / "in.parquet")


def records(reader, source):
    return [reader.record(entry.content) for entry in reader.read(source)]


def test_a_column_of_texts_or_of_tokens(path, monkeypatch) -> None:
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 2)
    found = records(ParquetInput("tweet"), path)
    assert [record["text"] for record in found] == COLUMNS["tweet"]
    assert [record["id"] for record in found] == COLUMNS["id"]
    assert [r["tokens"] for r in records(ParquetInput("words"), path)] == COLUMNS["words"]
    places = [entry.place for entry in ParquetInput("tweet").read(path)]
    assert places == [f"{path}: row {i}" for i in (1, 2, 3)]


def test_values_that_json_does_not_know(tmp_path) -> None:
    columns = {
        "text": ["a", "b", "c"],
        "when": [datetime(2017, 9, 7, 12), None, datetime(2017, 9, 8)],
        "x": [{"day": [date(2017, 9, 7)]}, None, None],
        "share": [0.5, math.nan, None],
        "raw": [None, None, b"c"],
    }
    parquet.write_table(table(columns), tmp_path / "in.parquet")
    reader = ParquetInput()
    first, second, third = reader.read(str(tmp_path / "in.parquet"))
    assert reader.record(first.content) == {
        "text": "a",
        "when": "2017-09-07T12:00:00",
        "x": {"day": ["2017-09-07"]},
        "share": 0.5,
        "raw": None,
    }
    with pytest.raises(ConfigurationError, match="found nan in the column 'share'"):
        reader.record(second.content)
    with pytest.raises(ConfigurationError, match="found b'c' in the column 'raw' .bytes., expec"):
        reader.record(third.content)


@pytest.mark.parametrize("values", [[1, 2], [[1], [2]], [True, None], [date(2017, 9, 7)]])
def test_a_column_that_holds_no_texts(tmp_path, values) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(table({"text": values, "id": [1] * len(values)}), path)
    expected = f"^{path}: found the column 'text' of .*, expected strings or lists of strings"
    with pytest.raises(ConfigurationError, match=expected):
        list(ParquetInput().read(str(path)))


def test_tokens_where_a_text_is_expected_and_texts_where_tokens_are(tmp_path) -> None:
    path = str(tmp_path / "in.parquet")
    for name, value, type_ in (("text", ["a", "b"], "list<.*>"), ("tokens", "a b", "string")):
        parquet.write_table(table({name: [value]}), path)
        expected = f"^{path}: found the column '{name}' of {type_}, expected .*--column {name}"
        with pytest.raises(ConfigurationError, match=expected):
            list(ParquetInput().read(path))
        key = "tokens" if name == "text" else "text"
        assert records(ParquetInput(name), path) == [{key: value}]


def test_texts_in_a_dictionary_and_none_at_all(tmp_path) -> None:
    path = str(tmp_path / "in.parquet")
    parquet.write_table(table({"text": array(["a", "b", "a"]).dictionary_encode()}), path)
    assert [record["text"] for record in records(ParquetInput(), path)] == ["a", "b", "a"]
    parquet.write_table(table({"text": array([None])}), path)
    assert records(ParquetInput(), path) == [{"text": None}]


def test_a_pipe(path, monkeypatch) -> None:
    with open(path, "rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(file.read())))
    assert [record["id"] for record in records(ParquetInput("tweet"), "-")] == [1, 2, 3]


def test_what_is_no_parquet(tmp_path) -> None:
    (tmp_path / "in.parquet").write_text("text\n")
    for name in ("in.parquet", "none.parquet"):
        with pytest.raises(ConfigurationError, match=f"{name}: found .*, expected a Parquet file"):
            list(ParquetInput().read(str(tmp_path / name)))


def test_without_pyarrow(path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError, match="found no pyarrow, expected the extra"):
        list(ParquetInput().read(path))


def test_a_column_that_is_not_there(path) -> None:
    with pytest.raises(ConfigurationError, match="found the columns 'id', 'tweet', 'words', exp"):
        list(ParquetInput("text").read(path))
