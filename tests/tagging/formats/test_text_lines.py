import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.text_lines import TextLinesInput


def test_a_line_is_a_text(tmp_path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes('{"not JSON\r\n\r\n  عمر in دبي 😂\t\n{"text": 3}'.encode())
    reader = TextLinesInput()
    found = [(entry.place, reader.record(entry.content)) for entry in reader.read(str(path))]
    assert found == [
        (f"{path}:1", {"text": '{"not JSON'}),
        (f"{path}:2", {"text": ""}),
        (f"{path}:3", {"text": "  عمر in دبي 😂\t"}),
        (f"{path}:4", {"text": '{"text": 3}'}),
    ]


def test_no_text_at_all(tmp_path) -> None:
    (tmp_path / "in.txt").write_bytes(b"")
    assert list(TextLinesInput().read(str(tmp_path / "in.txt"))) == []


def test_a_line_of_other_bytes(tmp_path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes(b"fine\ncaf\xe9\nfine\n")
    reader = TextLinesInput()
    _, bad, good = reader.read(str(path))
    assert reader.record(good.content) == {"text": "fine"}
    with pytest.raises(ConfigurationError, match=r"found bytes that are not UTF-8 \(b'\\xe9'\)"):
        reader.record(bad.content)


def test_of_many_other_bytes_a_few_are_shown(tmp_path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes(b"\xff" * 1000)
    [bad] = TextLinesInput().read(str(path))
    with pytest.raises(ConfigurationError, match=r"not UTF-8 \(b'(\\xff){8}'\), expected UTF-8$"):
        TextLinesInput().record(bad.content)


def test_there_are_no_columns() -> None:
    with pytest.raises(ConfigurationError, match="column: found 'x' for lines of text"):
        TextLinesInput("x")


def test_columns_are_no_texts(tmp_path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("Mia\tB-PER\nsails O\n\n" * 10)
    with pytest.raises(ConfigurationError, match="in.txt: found columns of tokens and tags, exp"):
        list(TextLinesInput().read(str(path)))
    path.write_text("group O\n" * 19 + "Mia sails\n" + "group O\n" * 20)
    assert len(list(TextLinesInput().read(str(path)))) == 40
