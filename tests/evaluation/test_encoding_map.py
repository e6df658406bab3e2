import numpy
import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.evaluation.encoding_map import draw_equally, encoding_map


@pytest.mark.long
def test_what_is_apart_stays_apart_and_what_is_alike_mixes():
    rng = numpy.random.default_rng(1)
    one, other = rng.normal(size=(40, 8)), rng.normal(size=(60, 8))
    for shift, apart in ((20.0, True), (0.0, False)):
        points = encoding_map({"source": one, "target": other + shift})
        assert [len(each) for each in points.values()] == [40, 40]
        both = numpy.array([*points["source"], *points["target"]])
        distances = numpy.linalg.norm(both[:, None] - both[None], axis=-1)
        numpy.fill_diagonal(distances, numpy.inf)
        is_source = numpy.arange(80) < 40
        same = (is_source[distances.argmin(axis=1)] == is_source).mean()
        assert (same == 1.0) if apart else (same < 0.8)


def test_the_same_twice_and_few_sentences():
    encodings = {"a": numpy.eye(5), "b": numpy.eye(5)[::-1] * 2}
    assert encoding_map(encodings) == encoding_map(encodings)
    with pytest.raises(ConfigurationError, match="found 3 different sentences of a"):
        encoding_map({"a": numpy.eye(5), "b": numpy.eye(5)[:3]})


def test_a_sentence_that_is_repeated_counts_once():
    once = numpy.eye(6)
    repeated = numpy.concatenate([once, numpy.tile(once[:1] + 1e-7, (50, 1))])
    drawn = draw_equally({"a": repeated, "b": once * 2}, fewest=4, seed=0)
    assert sorted(map(tuple, drawn[:6].round(4))) == sorted(map(tuple, once))
    assert len(drawn) == 12
