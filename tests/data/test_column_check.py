from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.column_file import read_column_file

# GermEval's columns: number, token, tag, tag of a nested entity.
NUMBERED = "1\tNora\tB-PER\tO\n2\tfliegt\tO\tO\n\n1\tKai\tB-PER\tO\n2\tbleibt\tO\tO\n\n"


def read(folder: Path, content: str, **columns: int | None) -> list:
    path = folder / "a.conll"
    path.write_text(content, newline="")
    return list(read_column_file(str(path), **columns))


@pytest.mark.parametrize("times", [1, 200])
def test_word_numbers_are_no_tokens(tmp_path: Path, times: int) -> None:
    with pytest.raises(ConfigurationError, match=r"a\.conll: found the numbers .*token_column, 1"):
        read(tmp_path, NUMBERED * times)
    found = read(tmp_path, NUMBERED * times, token_column=1, tag_column=2)
    assert found[0].tokens == ["Nora", "fliegt"] and found[0].tags == ["B-PER", "O"]


@pytest.mark.parametrize("content", ["1\tO\n2\tO\n\n", "3\tO\n:\tO\n\n" * 20, "1\tO\n\n" * 90])
def test_numbers_may_be_tokens(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content)


def test_tags_are_no_tokens(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"a\.conll:4: found tags as the tokens, expected"):
        read(tmp_path, "in\tO\nit\tO\n\nin\tO\nOslo\tB-LOC\n\n", token_column=1)
    assert read(tmp_path, "O\tO\n\nO\tO\n\n")


def test_a_corpus_has_entities(tmp_path: Path) -> None:
    message = r"a\.conll: found no tag but 'O' in 200 sentences, expected .*tag_column"
    with pytest.raises(ConfigurationError, match=message):
        read(tmp_path, "Nora\tB-PER\tO\nsings\tO\tO\n\n" * 200)
    assert read(tmp_path, "Nora\tB-PER\tO\nsings\tO\tO\n\n" * 200, tag_column=1)
    assert read(tmp_path, "sings\tO\n\n" * 199)  # a small file may have none
    assert read(tmp_path, "sings\tO\n\n" * 200, tag_column=None)


def test_sentences_end(tmp_path: Path) -> None:
    assert len(read(tmp_path, "a\tO\n" * 10_000 + "\nb\tO\n")[0].tokens) == 10_000
    with pytest.raises(ConfigurationError, match=r"a\.conll: found one sentence of 1001 tokens"):
        read(tmp_path, "a\tO\n" * 1_001)
    assert read(tmp_path, "a\tO\n" * 1_000)
    with pytest.raises(ConfigurationError, match=r"a\.conll:1: found a sentence of 10001 tokens"):
        read(tmp_path, "a\tO\n" * 10_001)


@pytest.mark.parametrize("content", ["a\tO\rb\tO\r\rc\tO\r", "a\tO\n\nb\tO\rc\tO\n"])
def test_lines_do_not_end_in_a_carriage_return_alone(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigurationError, match=r"a\.conll:[13]: found a carriage return within"):
        read(tmp_path, content)


def test_a_file_without_tags(tmp_path: Path) -> None:
    for content in ("Nora\nsings\n\nloudly\n", "Nora B-PER\nsings O\n\nloudly O\n"):
        found = read(tmp_path, content, tag_column=None)
        assert [(s.tokens, s.tags) for s in found] == [(["Nora", "sings"], []), (["loudly"], [])]
        assert [s.line_number for s in found] == [1, 4]


@pytest.mark.parametrize(
    "content, message",
    [
        ("en:Nora B-PER\nen:sings O\n\n", "found a language before each token, expected words"),
        ("zh-min:Nora B-PER\nzh-min:: O\n\n", "found a language before each token"),
        ("李0 B-PER\n娜1 I-PER\n\n", "found a digit behind each token, expected characters"),
    ],
)
@pytest.mark.parametrize("times", [2, 200])
def test_tokens_with_more_than_the_word(tmp_path: Path, content, message, times: int) -> None:
    with pytest.raises(ConfigurationError, match=rf"a\.conll: {message}.*new-config. takes them o"):
        read(tmp_path, content * times)


@pytest.mark.parametrize("content", ["re:Nora B-PER\n", "x1 O\nx2 O\n\n", "李0 O\nb O\n\n"])
def test_such_tokens_may_be_words(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, (content + "\n") * 12)
