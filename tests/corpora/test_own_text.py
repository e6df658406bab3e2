"""Files in encodings and with line ends that people have."""

import gzip

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.own_text import read_own_text

TEXT = "Bj\u00f8rn O\n\nM\u00e1laga B-LOC\n"
LINES = ["Bj\u00f8rn O", "", "M\u00e1laga B-LOC"]


@pytest.mark.parametrize(
    "raw, num_guesses",
    [
        (TEXT.encode(), 0),
        (("\ufeff" + TEXT).encode(), 0),
        (TEXT.replace("\n", "\r\n").encode(), 0),
        (TEXT.encode("latin-1"), 1),
        (TEXT.replace("\n", "\r").encode(), 1),
        (TEXT.replace("\n", "\r").encode("latin-1"), 2),
    ],
)
def test_the_same_lines(raw, num_guesses, tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(raw)
    text = read_own_text(tmp_path / "a.txt")
    assert [line for line in text.lines if line] == [line for line in LINES if line]
    assert text.lines[: len(LINES)] == LINES
    assert len(text.guesses) == num_guesses


def test_packed_and_with_empty_lines_at_both_ends(tmp_path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"\n\na O\n\n\nb O\n\n"))
    assert read_own_text(tmp_path / "a.gz").lines == ["", "", "a O", "", "", "b O"]


def test_says_how_it_read_it(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT.encode("latin-1"))
    [guess] = read_own_text(tmp_path / "a.txt").guesses
    assert guess == "a.txt is Latin-1, for line 1 is not UTF-8: 'Bj\u00f8rn O'"


@pytest.mark.parametrize(
    "raw, message",
    [
        # One damaged line of a file in UTF-8.
        (TEXT.encode() + b"M\xe1laga O\n", "a.txt:4: found bytes that are not UTF-8"),
        (b"a O\n\x81 O\n", "a.txt:2: found bytes that are not UTF-8"),
        (b"a O\n\0 O\n", "a.txt:2: found bytes that are no text"),
        (TEXT.encode("utf-16"), "a.txt:1: found bytes that are no text"),
        (b"a O\nb O\rc O\n", "a.txt:2: found a carriage return within the line"),
    ],
)
def test_what_is_no_text(raw, message, tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(raw)
    with pytest.raises(ConfigurationError, match=message):
        read_own_text(tmp_path / "a.txt")
