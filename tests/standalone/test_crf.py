import itertools
import math

import numpy
import pytest

from datnet_allennlp.data.tag_coding import all_tags, read_spans, read_spans_leniently
from datnet_allennlp.standalone import crf as module
from datnet_allennlp.standalone.crf import Crf, Entities

LABELS = all_tags(["a", "b"], "BIOUL")


def reading(holds) -> numpy.ndarray:
    pairs = [[read_spans_leniently([one, two]) for two in LABELS] for one in LABELS]
    return numpy.array([[any(map(holds, pair)) for pair in row] for row in pairs])


@pytest.fixture
def crf() -> Crf:
    """Random scores; what BIOUL forbids is minus infinity, told by the strict reading."""
    random = numpy.random.default_rng(7)

    def allowed(*tags: str) -> bool:
        # A pair is allowed if some sentence holds it.
        around = [[], *([f"{letter}-{kind}"] for letter in "BL" for kind in "ab")]
        for before, after in itertools.product(around, around):
            try:
                read_spans([*before, *tags, *after], "BIOUL")
            except ValueError:
                continue
            return True
        return False

    def scores(may: list) -> numpy.ndarray:
        values = 2 * random.normal(size=numpy.shape(may)).astype(numpy.float32)
        return numpy.where(may, values, -numpy.inf).astype(numpy.float32)

    transitions = scores([[allowed(one, two) for two in LABELS] for one in LABELS])
    start = scores([label[0] in "OBU" for label in LABELS])
    end = scores([label[0] in "OLU" for label in LABELS])
    entities = Entities(
        reading(lambda span: span.start == 1),
        reading(lambda span: span.end_exclusive - span.start == 2),
        reading(lambda span: span.end_exclusive == 1),
    )
    return Crf(LABELS, transitions, start, end, entities, temperature=1.5)


def all_paths(crf: Crf, emissions: numpy.ndarray) -> dict[tuple[int, ...], float]:
    """The score of each sequence of tags that the coding allows."""
    paths = {}
    for tags in itertools.product(range(len(LABELS)), repeat=len(emissions)):
        score = float(crf.start[tags[0]]) + float(crf.end[tags[-1]])
        score += sum(float(emissions[t, tag]) for t, tag in enumerate(tags))
        score += sum(float(crf.transitions[pair]) for pair in itertools.pairwise(tags))
        if math.isfinite(score):
            paths[tags] = score
    return paths


LENGTHS = numpy.array([4, 3, 1])


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_against_all_sequences(crf: Crf, scale: float, monkeypatch) -> None:
    random = numpy.random.default_rng(3)
    emissions = (scale * random.normal(size=(3, 4, len(LABELS)))).astype(numpy.float32)
    chosen = []
    expected = []
    for sentence, length in enumerate(LENGTHS):
        paths = all_paths(crf, emissions[sentence, :length])
        assert crf.decode(emissions, LENGTHS)[sentence] == list(max(paths, key=paths.__getitem__))
        best = max(paths.values())
        weights = {tags: math.exp((score - best) / 1.5) for tags, score in paths.items()}
        held: dict[tuple[int, int, str], float] = {}
        for tags, weight in weights.items():
            for span in read_spans([LABELS[tag] for tag in tags], "BIOUL"):
                held[tuple(span)] = held.get(tuple(span), 0.0) + weight
        total = sum(weights.values())
        chosen += [(sentence, *span) for span in held]
        expected += [weight / total for weight in held.values()]
    # Of each type, all stretches of 4, 3 and 1 tokens.
    assert len(chosen) == 2 * (10 + 6 + 1)
    for spread in (0.0, 150.0):  # by sums of exponentials where they are safe, and in log space
        monkeypatch.setattr(module, "_SAFE_SPREAD", spread)
        assert crf.confidences(emissions, LENGTHS, chosen) == pytest.approx(expected, abs=1e-9)


def test_spans_are_read_as_conlleval_reads_them(crf: Crf) -> None:
    for tags in itertools.product(range(len(LABELS)), repeat=3):
        expected = read_spans_leniently([LABELS[tag] for tag in tags])
        assert crf.spans(tags) == [tuple(span) for span in expected]
