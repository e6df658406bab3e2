import numpy
import pytest
from allennlp.common.checks import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.evaluation.counts import count_entities, decode, encode
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence


def test_counted_by_hand() -> None:
    tags = [("B-X I-X B-X", "B-X I-X O"), ("O", "B-X"), ("B-X", "B-Y"), ("O", "O")]
    corpus = [TaggedSentence(["a"] * len(g.split()), g.split(), p.split()) for g, p in tags]
    assert count_entities(corpus).tolist() == [[1, 1, 2], [0, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert count_entities([]).shape == (0, 3)


def test_they_add_up_to_the_score(random_corpus) -> None:
    corpus = random_corpus(11)
    values = score(corpus)["conlleval"]
    assert count_entities(corpus).sum(axis=0).tolist() == [
        values["correct"],
        values["predicted"],
        values["gold"],
    ]


@given(st.lists(st.tuples(*[st.integers(0, 65535)] * 3)))
def test_decode_is_the_inverse_of_encode(rows) -> None:
    counts = numpy.array(rows, dtype=numpy.uint16).reshape(-1, 3)
    text = encode(counts)
    assert text.isascii() and "\n" not in text
    numpy.testing.assert_array_equal(decode(text), counts)


def test_what_is_written_stays_readable() -> None:
    # Results that were written once have to be read by all later versions.
    assert decode("eNpjZGBkYGKAAAAAMgAF").tolist() == [[1, 1, 2], [0, 0, 0]]


@pytest.mark.parametrize("text", ["", "no base64", "bm90IHpsaWI=", "é", encode(numpy.ones(5))])
def test_broken_text(text: str) -> None:
    with pytest.raises(ConfigurationError, match="counts: found .*, expected"):
        decode(text)
