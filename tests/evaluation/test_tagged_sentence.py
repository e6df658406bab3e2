import pytest
from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.data.tag_coding import Span, read_spans_leniently, write_tags
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence, to_iob2

LETTERS = {"IOB1": "BI", "BIO": "BI", "BIOUL": "BIUL", "IOBES": "BIES", "BMES": "BMES"}
CODINGS = sorted(LETTERS)


@st.composite
def spans_of_a_sentence(draw):
    """Spans, some of them neighbours, and the length of their sentence."""
    end = 0
    spans = []
    for gap, length, entity_type in draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("XY")))
    ):
        spans.append(Span(end + gap, end + gap + length, entity_type))
        end = spans[-1].end_exclusive
    return spans, end + draw(st.integers(0, 2))


@given(st.sampled_from(CODINGS), spans_of_a_sentence())
def test_allowed_sequences(coding: str, spans_and_length) -> None:
    spans, length = spans_and_length
    assert to_iob2(write_tags(spans, length, coding), coding) == write_tags(spans, length, "IOB2")


@given(st.sampled_from(CODINGS), st.data())
def test_any_sequence_keeps_its_lenient_reading(coding: str, data) -> None:
    tags = ["O", *(f"{letter}-{name}" for letter in LETTERS[coding] for name in "XY")]
    sequence = data.draw(st.lists(st.sampled_from(tags), min_size=1, max_size=8))
    written = to_iob2(sequence, coding)
    assert {tag[0] for tag in written} <= set("BIO")
    assert read_spans_leniently(written) == read_spans_leniently(sequence)


@pytest.mark.parametrize(
    ("tags", "coding", "expected"),
    [
        ("O I-X I-X", "BIO", "O I-X I-X"),
        ("B-X I-Y", "BIO", "B-X I-Y"),
        # Never closed, never opened.
        ("B-X O U-X", "BIOUL", "I-X O B-X"),
        ("L-X B-X L-X", "BIOUL", "I-X B-X I-X"),
        ("B-X I-X O U-Y", "BIOUL", "I-X I-X O B-Y"),
        ("I-Y E-X S-X", "IOBES", "I-Y I-X B-X"),
        # Directly after one of its type, it cannot be told from an allowed one.
        ("S-X E-X", "IOBES", "B-X B-X"),
        # B parts nothing here.
        ("O B-X I-X", "IOB1", "O I-X I-X"),
    ],
)
def test_forbidden_sequences(tags: str, coding: str, expected: str) -> None:
    assert to_iob2(tags.split(), coding) == expected.split()


def test_a_forbidden_entity_of_another_coding_is_not_a_strict_one() -> None:
    gold = to_iob2(["U-X", "O"], "BIOUL")
    corpus = [TaggedSentence(["a", "b"], gold, to_iob2(["B-X", "O"], "BIOUL"))]
    scores = score(corpus)
    assert scores["conlleval"]["f1"] == 1
    assert scores["strict"]["predicted"] == 0
