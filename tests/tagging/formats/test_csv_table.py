import csv

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats import csv_table, input_format
from datnet_allennlp.tagging.formats.csv_table import CsvInput, CsvOutput


def write_csv(path, rows) -> str:
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def test_a_column_of_texts(tmp_path) -> None:
    texts = ['Zoë, "q" 😂', "two\r\nlines", "", "שלום", "a" * 200_000]
    rows = [["id", "tweet"], *([str(i), text] for i, text in enumerate(texts))]
    path = write_csv(tmp_path / "in.csv", rows)
    reader = CsvInput("tweet")
    found = [(entry.place, reader.record(entry.content)) for entry in reader.read(path)]
    assert [record for _, record in found] == [
        {"text": text, "id": str(i)} for i, text in enumerate(texts)
    ]
    assert [place for place, _ in found] == [f"{path}:{line}" for line in (2, 3, 5, 6, 7)]


def test_the_default_column(tmp_path) -> None:
    path = write_csv(tmp_path / "in.csv", [["text", "resource"], ["a", "source"]])
    (entry,) = CsvInput().read(path)
    assert CsvInput().record(entry.content) == {"text": "a", "resource": "source"}


@pytest.mark.parametrize(
    "content, column, expected",
    [
        ("id;text\n1;a, b, c\n", None, {"id": "1", "text": "a, b, c"}),
        ("id\ttext\n1\ta, b; c\n", None, {"id": "1", "text": "a, b; c"}),
        ("a,b,c;tweet\n1;hello\n", "tweet", {"a,b,c": "1", "text": "hello"}),
        ("text\na;b\n", None, {"text": "a;b"}),
    ],
)
def test_what_separates_the_columns(tmp_path, content, column, expected) -> None:
    path = tmp_path / "in.tsv"
    path.write_text(content)
    reader = input_format(None, str(path), column)
    assert isinstance(reader, CsvInput)
    (entry,) = reader.read(str(path))
    assert reader.record(entry.content) == expected


def test_bad_rows_are_told_and_the_rest_is_read(tmp_path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'text,id\na,1\nb\n"c"d,3\nf\xe9,4\n\ng,5\n')
    reader = CsvInput("text")
    entries = list(reader.read(str(path)))
    assert [entry.place for entry in entries] == [f"{path}:{line}" for line in (2, 3, 4, 5, 7)]
    assert reader.record(entries[0].content) == {"text": "a", "id": "1"}
    assert reader.record(entries[4].content) == {"text": "g", "id": "5"}
    for entry, expected in zip(
        entries[1:4],
        ("found 1 cells, expected 2 as in", "found broken quotes .*row of CSV", "not UTF-8"),
        strict=True,
    ):
        with pytest.raises(ConfigurationError, match=expected):
            reader.record(entry.content)


@pytest.mark.parametrize(
    "head, column, expected",
    [
        ("a,b", "tweet", "found the columns 'a', 'b', expected 'tweet'"),
        ("a;b", "tweet", "found the columns 'a', 'b', expected 'tweet'"),
        ("Mia\tO", None, "found the columns 'Mia', 'O',.*; the input format 'conll' reads a tok"),
        ("a,b", None, "found the columns 'a', 'b', expected one of 'text', 'sent.*tokens'"),
        ("", None, "found no columns"),
        ('"a"b', None, "',' expected after"),
        ("text,tweet", "tweet", "found the column 'text' beside 'tweet'"),
        ("text,text", None, "found the column 'text' twice"),
    ],
)
def test_bad_heads(tmp_path, head, column, expected) -> None:
    path = tmp_path / "in.csv"
    path.write_text(f"{head}\n1,2\n")
    with pytest.raises(ConfigurationError, match=f"^{path}:1: {expected}"):
        list(CsvInput(column).read(str(path)))


def test_a_head_that_is_no_csv(tmp_path, monkeypatch) -> None:
    longest = csv_table._LONGEST_CELL
    monkeypatch.setattr(csv_table, "_LONGEST_CELL", 10)
    # Python 3.10 takes no NUL either.
    for head in ("text,0123456789a", "te\0xt,a"):
        (tmp_path / "in.csv").write_text(f"{head}\n1,2\n")
        with pytest.raises(ConfigurationError, match="in.csv:1: "):
            list(CsvInput().read(str(tmp_path / "in.csv")))
    csv.field_size_limit(longest)  # of the whole process


def test_entities_as_rows(write, tagged_texts) -> None:
    path = write(CsvOutput(), tagged_texts, "out.csv")
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"number": str(number), **{key: str(value) for key, value in entity.to_dict().items()}}
        for number, tagged in enumerate(tagged_texts, start=1)
        for entity in tagged.entities
    ]
    assert len(rows) == 7 and rows[3]["text"] == "נועה"
