from itertools import product

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.data.dataset_readers.dataset_utils import span_utils
from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.data.tag_coding import (
    ForbiddenTag,
    Span,
    all_tags,
    read_spans,
    read_spans_leniently,
    to_seqeval,
    write_tags,
)

CODINGS = ["IOB1", "IOB2", "BIO", "IOBES", "BIOES", "BIOUL", "BMES"]
TYPES = ["PER", "creative-work", "geo-loc", "B", "-", "_"]


@st.composite
def sentences(draw) -> tuple[list[Span], int]:
    spans: list[Span] = []
    position = 0
    for _ in range(draw(st.integers(0, 6))):
        start = position + draw(st.integers(0, 2))
        position = start + draw(st.integers(1, 4))
        spans.append(Span(start, position, draw(st.sampled_from(TYPES))))
    return spans, position + draw(st.integers(0, 2))


@pytest.mark.parametrize(
    "coding, tags",
    [
        ("IOB1", "O I-PER I-PER B-PER I-LOC B-LOC O"),
        ("IOB2", "O B-PER I-PER B-PER B-LOC B-LOC O"),
        ("BIO", "O B-PER I-PER B-PER B-LOC B-LOC O"),
        ("IOBES", "O B-PER E-PER S-PER S-LOC S-LOC O"),
        ("BIOES", "O B-PER E-PER S-PER S-LOC S-LOC O"),
        ("BIOUL", "O B-PER L-PER U-PER U-LOC U-LOC O"),
        ("BMES", "O B-PER E-PER S-PER S-LOC S-LOC O"),
    ],
)
def test_reads_and_writes_each_coding(coding: str, tags: str) -> None:
    spans = [Span(1, 3, "PER"), Span(3, 4, "PER"), Span(4, 5, "LOC"), Span(5, 6, "LOC")]
    assert read_spans(tags.split(), coding) == spans
    assert write_tags(spans, 7, coding) == tags.split()


@given(sentences(), st.sampled_from(CODINGS))
def test_round_trip(sentence, coding: str) -> None:
    spans, num_tokens = sentence
    tags = write_tags(spans, num_tokens, coding)
    assert len(tags) == num_tokens
    assert read_spans(tags, coding) == spans
    assert read_spans_leniently(tags) == spans


@given(sentences())
def test_agrees_with_allennlp_on_allowed_sequences(sentence) -> None:
    spans, num_tokens = sentence
    expected = {(span.entity_type, (span.start, span.end_exclusive - 1)) for span in spans}
    # Not BMES: AllenNLP's reader of it takes every "O" for an entity without a type.
    readers = {
        "IOB1": span_utils.iob1_tags_to_spans,
        "BIO": span_utils.bio_tags_to_spans,
        "BIOUL": span_utils.bioul_tags_to_spans,
    }
    for coding, reader in readers.items():
        assert set(reader(write_tags(spans, num_tokens, coding))) == expected


@given(
    st.sampled_from(CODINGS),
    st.lists(st.sampled_from(["O"] + [f"{letter}-{t}" for letter in "BILUMES" for t in "XY"])),
)
def test_strict_reading_allows_exactly_what_can_be_written(coding: str, tags: list[str]) -> None:
    try:
        spans = read_spans(tags, coding)
    except ForbiddenTag as error:
        assert 0 <= error.index < len(tags)
        assert write_tags(read_spans_leniently(tags), len(tags), coding) != tags
    else:
        assert write_tags(spans, len(tags), coding) == tags


@pytest.mark.parametrize(
    "coding, tags, index, found, expected",
    [
        ("IOB2", "O I-PER", 1, "'I-PER' after 'O'", "'O' or 'B-...'"),
        ("IOB2", "I-PER", 0, "'I-PER' as the first tag", "'O' or 'B-...'"),
        ("BIO", "B-PER I-geo-loc", 1, "'I-geo-loc' after 'B-PER'", "'O' or 'I-PER' or 'B-...'"),
        ("IOB1", "O B-PER", 1, "'B-PER' after 'O'", "'I-PER', since 'B' only"),
        ("IOB1", "I-LOC B-PER", 1, "'B-PER' after 'I-LOC'", "'I-PER', since 'B' only"),
        ("IOBES", "O I-PER", 1, "'I-PER' after 'O'", "'O' or 'B-...' or 'S-...'"),
        ("IOBES", "B-PER O", 1, "'O' after 'B-PER'", "'I-PER' or 'E-PER'"),
        ("IOBES", "B-PER E-LOC", 1, "'E-LOC' after 'B-PER'", "'I-PER' or 'E-PER'"),
        ("BIOUL", "B-PER U-PER", 1, "'U-PER' after 'B-PER'", "'I-PER' or 'L-PER'"),
        ("BIOUL", "B-PER L-PER L-PER", 2, "'L-PER' after 'L-PER'", "'O' or 'B-...' or 'U-...'"),
        ("BMES", "B-PER M-PER", 1, "'M-PER' as the last tag", "then 'M-PER' or 'E-PER'"),
        ("BMES", "B-PER I-PER", 1, "'I-PER'", "as BMES writes tags"),
        ("BIO", "O PER", 1, "'PER'", "'O' or 'B-TYPE' or 'I-TYPE'"),
        ("BIO", "O X-PER", 1, "'X-PER'", "'O' or 'B-TYPE' or 'I-TYPE'"),
        ("BIO", "O B-", 1, "'B-'", "'O' or 'B-TYPE' or 'I-TYPE'"),
        ("BIO", "O B", 1, "'B'", "'O' or 'B-TYPE' or 'I-TYPE'"),
        ("BIO", "O-PER", 0, "'O-PER'", "'O' or 'B-TYPE' or 'I-TYPE'"),
    ],
)
def test_forbidden_tags(coding: str, tags: str, index: int, found: str, expected: str) -> None:
    with pytest.raises(ForbiddenTag) as caught:
        read_spans(tags.split(), coding)
    assert caught.value.index == index
    assert caught.value.found == found
    assert expected in caught.value.expected
    assert str(caught.value).startswith(f"token {index}: found {found}, expected ")


def test_empty_tag_is_forbidden() -> None:
    with pytest.raises(ForbiddenTag, match="token 1: found ''"):
        read_spans(["O", ""], "BIO")


def test_unknown_coding() -> None:
    with pytest.raises(ConfigurationError, match=r"'IOE'.*BIOUL"):
        read_spans(["O"], "IOE")
    with pytest.raises(ConfigurationError, match=r"'IOE'.*BIOUL"):
        write_tags([], 1, "IOE")


@pytest.mark.parametrize(
    "spans",
    [
        [Span(0, 0, "PER")],
        [Span(-1, 1, "PER")],
        [Span(2, 4, "PER")],
        [Span(0, 2, "PER"), Span(1, 3, "PER")],
        [Span(1, 2, "PER"), Span(0, 1, "PER")],
        [Span(0, 1, "")],
    ],
)
def test_spans_that_cannot_be_written(spans: list[Span]) -> None:
    with pytest.raises(ValueError, match="in a sentence of 3 tokens"):
        write_tags(spans, 3, "BIO")


def test_to_seqeval() -> None:
    tags = "O B-PER I-PER L-LOC U-geo-loc M-M-L E-U S-PER".split()
    expected = "O B-PER I-PER E-LOC S-geo-loc I-M-L E-U S-PER".split()
    assert [to_seqeval(tag) for tag in tags] == expected


@pytest.mark.filterwarnings("ignore:.* seems not to be NE tag")
@given(st.lists(st.text("OBILUMES-Xé ", max_size=4), max_size=6))
def test_lenient_reading_forbids_nothing(tags: list[str]) -> None:
    spans = read_spans_leniently(tags)
    assert all(0 <= span.start < span.end_exclusive <= len(tags) for span in spans)
    # An empty tag is outside.
    assert spans == read_spans_leniently([tag or "O" for tag in tags])


def test_lenient_reading_of_empty_tags() -> None:
    assert read_spans_leniently([""]) == []
    assert read_spans_leniently(["B-PER", "", "I-PER"]) == [Span(0, 1, "PER"), Span(2, 3, "PER")]


def test_lenient_reading_of_forbidden_tags() -> None:
    assert read_spans_leniently("O I-PER I-PER I-LOC O L-LOC M-PER".split()) == [
        Span(1, 3, "PER"),
        Span(3, 4, "LOC"),
        Span(5, 6, "LOC"),
        Span(6, 7, "PER"),
    ]


@pytest.mark.parametrize("coding", CODINGS)
def test_all_tags_are_those_that_sentences_can_have(coding: str) -> None:
    types = ["PER", "geo-loc"]
    possible = set()
    for first, second in product(types, repeat=2):
        for size in (1, 2, 3):
            spans = [Span(0, size, first), Span(size, size + 1, second)]
            possible.update(write_tags(spans, size + 2, coding))
    found = all_tags(types, coding)
    assert set(found) == possible and len(found) == len(possible)
    assert found[0] == "O" and all_tags([], coding) == ["O"]
