import numpy
import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.evaluation.shared_map import shared_map


def test_it_is_the_projection_on_the_two_largest_variances() -> None:
    rng = numpy.random.default_rng(0)
    scales = numpy.array([0.1, 5.0, 0.2, 2.0])
    first, second = rng.normal(size=(2, 200, 4)) * scales
    points, explained = shared_map({"a": first, "b": second})
    # By the eigenvectors of the covariance.
    values = numpy.linalg.eigvalsh(numpy.cov(numpy.concatenate([first, second]).T))[::-1]
    assert explained == pytest.approx(values[:2] / values.sum())
    found = numpy.array([*points["a"], *points["b"]])
    assert found.var(axis=0, ddof=1) == pytest.approx(values[:2], rel=1e-3)
    assert found.shape == (400, 2)


def test_equally_many_of_each() -> None:
    rng = numpy.random.default_rng(0)
    points, _ = shared_map({"a": rng.normal(size=(900, 3)), "b": rng.normal(size=(300, 3))})
    assert {name: len(each) for name, each in points.items()} == {"a": 250, "b": 250}


def test_too_few() -> None:
    with pytest.raises(ConfigurationError, match="found 1 different sentences"):
        shared_map({"a": numpy.ones((5, 3)), "b": numpy.ones((1, 3))})
