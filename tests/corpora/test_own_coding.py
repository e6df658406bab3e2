"""Codings that are found by the tags alone."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.own_coding import find_coding, in_iob2
from datnet_allennlp.data.column_file import ColumnSentence
from datnet_allennlp.data.tag_coding import Span, write_tags

SPANS = [Span(0, 1, "LOC"), Span(1, 4, "LOC"), Span(5, 7, "PER")]
IOB2 = write_tags(SPANS, 8, "IOB2")


def sentence(tags: list[str]) -> ColumnSentence:
    return ColumnSentence("a.txt", 3, ["a"] * len(tags), tags)


@pytest.mark.parametrize("coding", ["IOB2", "IOB1", "IOBES", "BIOUL", "BMES"])
def test_each_coding_is_found_and_read(coding) -> None:
    given = sentence(write_tags(SPANS, 8, coding))
    found, guesses = find_coding([given])
    assert found == coding and len(guesses) == (coding == "IOB1")
    assert in_iob2(given, found).tags == IOB2


def test_exceptions_are_read_as_conlleval_does() -> None:
    given = [sentence(["I-LOC", "I-PER"]), sentence(["O", "B-LOC"]), sentence(["I-LOC"])]
    found, [guess] = find_coding(given)
    assert "IOB1 but for 1 sentence(s): a.txt:4: found 'B-LOC' after 'O'" in guess
    assert in_iob2(given[0], found).tags == ["B-LOC", "B-PER"]


def test_bare_types_are_entities_as_far_as_they_reach() -> None:
    given = [sentence(["LOC", "LOC", "PER", "O", "PER"]), sentence(["O"])]
    found, [guess] = find_coding(given)
    assert "tokens of one type in a row are one entity" in guess
    assert in_iob2(given[0], found).tags == ["B-LOC", "I-LOC", "B-PER", "O", "B-PER"]


@pytest.mark.parametrize(
    "spell",
    [
        lambda letter, name: f"{letter}_{name}",
        lambda letter, name: f"{letter.lower()}-{name}",
        lambda letter, name: f"{name}-{letter}",
    ],
)
@pytest.mark.parametrize("coding", ["IOB2", "IOBES"])
def test_tags_in_another_spelling(spell, coding) -> None:
    tags = write_tags(SPANS, 8, coding)
    given = sentence([tag if tag == "O" else spell(tag[0], tag[2:]) for tag in tags])
    found, [guess] = find_coding([given])
    assert found == f"respelt {coding}" and "means 'B-LOC'" in guess
    assert in_iob2(given, found).tags == IOB2


def test_a_letter_alone_is_of_one_type() -> None:
    given = sentence(["B", "I", "O", "B", "B"])
    found, [guess] = find_coding([given])
    assert "the tag 'B' means 'B-entity'" in guess
    assert in_iob2(given, found).tags == ["B-entity", "I-entity", "O", "B-entity", "B-entity"]


@pytest.mark.parametrize("types", [["L", "S"], ["s-l", "m-l"], ["art-film", "location-GPE"]])
def test_types_that_are_no_codes(types) -> None:
    assert find_coding([sentence([*types, "O"])])[0] == "bare"


def test_the_nearest_coding_says_what_is_wrong() -> None:
    whole = sentence(write_tags(SPANS, 8, "BIOUL"))
    message = r"a.txt:3: found 'L-X' as the first tag.*nor do the tags fit IOB2, IOB1, IOBES, BMES"
    with pytest.raises(ConfigurationError, match=message):
        find_coding([whole, whole, sentence(["L-X"])])
    with pytest.raises(ConfigurationError, match="a.txt:3: found 'I-X' as the first tag"):
        in_iob2(sentence(["I-X"]), "IOB2")
