from pathlib import Path

import numpy
import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from scipy.stats import ortho_group

from datnet_allennlp.modules.vector_alignment import ProcrustesAlignment, VectorAlignment

DIM = 8
NUM = 400
ROTATION = ortho_group.rvs(DIM, random_state=1)


def spelt(word: str, number: int) -> str:
    return word + "".join("abcdefghij"[int(digit)] for digit in str(number))


@pytest.fixture
def spaces() -> tuple[list[str], numpy.ndarray, list[str], numpy.ndarray]:
    """Two languages, 60 words spelt alike; one space is the other turned, with noise."""
    generator = numpy.random.default_rng(0)
    english = generator.normal(size=(NUM, DIM)).astype(numpy.float32)
    noise = generator.normal(scale=0.05, size=(NUM, DIM))
    spanish = ((english + noise) @ ROTATION.T * 3).astype(numpy.float32)
    alike = [spelt("alike", i) for i in range(60)]
    words = [*alike, *(spelt("es", i) for i in range(60, NUM))]
    other_words = [*alike, *(spelt("en", i) for i in range(60, NUM))]
    order = generator.permutation(NUM)
    return [words[i] for i in order], spanish[order], other_words, english


def test_recovers_a_rotation(spaces) -> None:
    alignment = ProcrustesAlignment("source")
    matrix = alignment.matrix(*spaces)
    assert numpy.abs(matrix - ROTATION).max() < 0.02
    quality = alignment.quality
    assert quality.held_out == 6
    assert quality.cosine_after > 0.99 > 0.5 > quality.cosine_before
    assert quality.accuracy_after == 1.0 > quality.accuracy_before


def test_it_is_a_rotation(spaces) -> None:
    words, vectors, *others = spaces
    matrix = ProcrustesAlignment("source").matrix(words, vectors, *others)
    numpy.testing.assert_allclose(matrix @ matrix.T, numpy.eye(DIM), atol=1e-5)
    moved = vectors @ matrix
    numpy.testing.assert_allclose(moved @ moved.T, vectors @ vectors.T, rtol=1e-3, atol=1e-3)


def test_mutual_neighbours_refine_few_and_bad_pairs(spaces, tmp_path: Path) -> None:
    words, vectors, other_words, other_vectors = spaces
    # A third of the pairs of the dictionary is wrong.
    lines = [f"{spelt('es', i)}\t{spelt('en', i if i % 3 else i + 1)}\n" for i in range(60, 90)]
    (tmp_path / "pairs.txt").write_text("".join(lines))
    errors = []
    for refinements in (0, 5):
        alignment = ProcrustesAlignment(
            "source", str(tmp_path / "pairs.txt"), refinements=refinements
        )
        matrix = alignment.matrix(words, vectors, other_words, other_vectors)
        errors.append(numpy.abs(matrix - ROTATION).max())
    assert errors[1] < 0.02 < 0.1 < errors[0]


@pytest.mark.parametrize(
    "options, content, message",
    [
        ({"held_out": 1.0}, "", "alignment.held_out: found 1.0"),
        ({"min_length": 30}, "", "found 0 pairs of words .* expected 8 at least"),
        ({"dictionary": "absent.txt"}, "", "alignment.dictionary: found no file '.*absent.txt'"),
        ({"dictionary": "d.txt"}, "a b\nc\n", r"d\.txt:2: found 1 word"),
        (
            {"dictionary": "d.txt"},
            "es en\n",
            r"alignment.dictionary: found 0 pairs .* in .*d\.txt .* one of 'source', expected 8",
        ),
    ],
)
def test_refuses_what_it_cannot_use(
    spaces, tmp_path: Path, options: dict, content: str, message: str
) -> None:
    (tmp_path / "d.txt").write_text(content)
    if "dictionary" in options:
        options = {"dictionary": str(tmp_path / options["dictionary"])}
    with pytest.raises(ConfigurationError, match=message):
        ProcrustesAlignment("source", **options).matrix(*spaces)


def test_refuses_two_widths(spaces) -> None:
    words, vectors, other_words, other_vectors = spaces
    with pytest.raises(ConfigurationError, match="vectors of 8 and 5 values, expected one width"):
        ProcrustesAlignment("source").matrix(words, vectors, other_words, other_vectors[:, :5])


def test_from_a_configuration() -> None:
    params = Params({"type": "procrustes", "towards": "news", "refinements": 2})
    alignment = VectorAlignment.from_params(params)
    assert alignment.towards == "news" and alignment.refinements == 2


def test_a_byte_order_mark_is_no_part_of_a_word(spaces, tmp_path: Path) -> None:
    words, vectors, other_words, other_vectors = spaces
    pairs = [f"{spelt('alike', i)} {spelt('alike', i)}\n" for i in range(9)]
    (tmp_path / "d.txt").write_text("\ufeff" + "".join(pairs))
    alignment = ProcrustesAlignment("source", str(tmp_path / "d.txt"), held_out=0.1)
    alignment.matrix(words, vectors, other_words, other_vectors)
    assert alignment.quality.held_out == 1


@pytest.mark.parametrize("number", [0, 4])
def test_too_few_neighbours_leave_it_at_the_first_pairs(
    number: int, spaces, caplog: pytest.LogCaptureFixture
) -> None:
    alignment = ProcrustesAlignment("source", num_candidates=number)
    found = alignment.matrix(*spaces)
    assert "mutual nearest neighbours, too few" in caplog.text
    unrefined = ProcrustesAlignment("source", refinements=0).matrix(*spaces)
    numpy.testing.assert_array_equal(found, unrefined)
