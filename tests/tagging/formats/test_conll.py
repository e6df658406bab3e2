from dataclasses import replace

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.column_file import read_column_file
from datnet_allennlp.data.tag_coding import read_spans
from datnet_allennlp.tagging.formats.conll import ConllInput, ConllOutput


def read(path, column=None) -> list[tuple[str, list[str]]]:
    reader = ConllInput(column)
    entries = reader.read(str(path))
    return [(entry.place, reader.record(entry.content)["tokens"]) for entry in entries]


def test_round_trip(write, tagged_texts) -> None:
    path = write(ConllOutput(), tagged_texts, "out.conll")
    with_tokens = [tagged for tagged in tagged_texts if tagged.tokens]
    assert [tokens for _, tokens in read(path)] == [tagged.tokens for tagged in with_tokens]
    sentences = list(read_column_file(str(path)))
    assert [sentence.tokens for sentence in sentences] == [each.tokens for each in with_tokens]
    for sentence, tagged in zip(sentences, with_tokens, strict=True):
        assert [tuple(span) for span in read_spans(sentence.tags, "IOB2")] == [
            (each.first_token, each.end_token, each.type) for each in tagged.entities
        ]
    assert path.read_text().splitlines()[:3] == ["Mia\tB-PER", "Torres\tI-PER", "sails\tO"]


def test_a_token_stays_on_its_line(write, tagged_texts) -> None:
    tagged = replace(tagged_texts[3], tokens=["a\tb", "c\r\nd", "e f"], entities=[])
    path = write(ConllOutput(), [tagged], "out.conll")
    assert path.read_bytes() == b"a b\tO\nc d\tO\ne f\tO\n\n"


def test_columns_and_boundaries(tmp_path) -> None:
    path = tmp_path / "in.conll"
    content = "-DOCSTART- -X- O\r\n\r\nMia NNP B-PER\r\nsails\r\n \r\n\nNew York\tO\nنعم\tx\n"
    path.write_bytes(content.encode())
    assert read(path) == [(f"{path}:3", ["Mia", "sails"]), (f"{path}:7", ["New York", "نعم"])]


def test_columns_are_those_that_training_reads(tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text("10\xa0000  O\n Dublin O\n\t\nLisbon\tO\n", encoding="utf-8")
    expected = [each.tokens for each in read_column_file(str(path))]
    assert [tokens for _, tokens in read(path)] == expected == [["10\xa0000", "Dublin"], ["Lisbon"]]


def test_an_empty_token_ends_no_text(tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text("Dublin\tO\n\tO\nLisbon\tO\n")
    assert read(path) == [(f"{path}:1", ["Dublin", "", "Lisbon"])]


def test_comments_of_conll_u(tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text("# newdoc id = a\n# text = Mia = she\nMia\tO\n# = O\n\n# O\nrocks O\n")
    assert read(path) == [(f"{path}:3", ["Mia", "#"]), (f"{path}:6", ["#", "rocks"])]


def test_numbers_of_words_are_no_tokens(tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text("1\tO\n2\tB-X\n\n1\n2\n\n\n1\tMia\tO\n2\tsails\tO\n")
    with pytest.raises(ConfigurationError, match="in.conll:8: found the numbers of the words"):
        read(path)
    path.write_text("1\tO\n2\tB-X\n\n1\n2\n")
    assert [tokens for _, tokens in read(path)] == [["1", "2"], ["1", "2"]]


@pytest.mark.parametrize(
    "content, found",
    [
        ("\n# id 7\tdomain=en\n# _ _ O\nMia _ _ B-X\n", [(3, ["#", "Mia"])]),
        ("#\thttp://a [2009]\n# more\nMia\tO\tO\n", [(3, ["Mia"])]),
        ("# O\n#x O\n\n# a b\n#\tO\n", [(1, ["#", "#x"]), (4, ["#", "#"])]),
        ("#\nrocks\n", [(1, ["#", "rocks"])]),
        ("# one\nrocks\n", [(2, ["rocks"])]),
    ],
)
def test_other_comments(content, found, tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text(content)
    assert read(path) == [(f"{path}:{line}", tokens) for line, tokens in found]


@pytest.mark.parametrize(
    "content, message",
    [
        ("O\tin\nB-X\tOslo\n", "1: found tags in column 0, expected the words: --column takes"),
        ("en:Mia\tO\nen:sails\tO\n", "1: found tokens such as 'en:Mia', expected words: `"),
        ("李0\tO\n娜1\tO\n", "1: found tokens such as '李0', expected words"),
        ("#begin document (a); part 0\na 0 0 Mia\n", "1: found the columns of CoNLL-2012"),
        ("1-2\tMia's\tO\n1\tMia\tO\n2\t's\tO\n", "1: found the numbers of the words"),
        ("#\thttp://a\n1\tMia\tO\tO\n2\tsails\tO\tO\n", "2: found the numbers of the words"),
    ],
)
def test_columns_without_words(content, message, tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=f"in.conll:{message}"):
        read(path)


@pytest.mark.parametrize(
    "content, column, found",
    [
        ("O Oslo\nB-X in\n", "1", ["Oslo", "in"]),
        ("# text = a\n1\tMia\tO\n2\tsails\tO\n", "1", ["Mia", "sails"]),
        ("1-2\tMia's\tO\n1\tMia\tO\n2\t's\tO\n2.1\tship\tO\n", "1", ["Mia", "'s"]),
        ("1-2\ta\n1\tb\n3\tc\n", "1", ["a", "b", "c"]),
        ("a b c\na b\n", "2", ["c", ""]),
        ("Mia\tO\n", "0", ["Mia"]),
    ],
)
def test_words_in_another_column(content, column, found, tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text(content)
    assert [tokens for _, tokens in read(path, column)] == [found]


def test_a_column_that_is_none(tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text("Mia\tB-X\nin\tO\n")
    with pytest.raises(ConfigurationError, match="in.conll:1: found 2 column.s., expected a col"):
        read(path, "2")
    with pytest.raises(ConfigurationError, match="in.conll:1: found tags in column 1, expected"):
        read(path, "1")
    for column in ("text", "-1", ""):
        with pytest.raises(ConfigurationError, match=f"^column: found '{column}' for columns with"):
            ConllInput(column)


def test_words_that_look_like_something_else(tmp_path) -> None:
    path = tmp_path / "in.conll"
    path.write_text("O\tO\n\nB-52\n\nre:Mia\tO\n\nt1\tO\nt2\tO\n")
    assert [tokens for _, tokens in read(path)] == [["O"], ["B-52"], ["re:Mia"], ["t1", "t2"]]
