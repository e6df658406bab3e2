import itertools

import numpy
import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.evaluation.expected_maximum import expected_maximum


@pytest.mark.parametrize(
    "scores", [[0.3], [0.1, 0.4, 0.25], [0.2, 0.2, 0.5, 0.1], [0.7, 0.7, 0.7], [-1.0, 0.0]]
)
def test_against_all_draws(scores: list[float]) -> None:
    found = expected_maximum(scores, max_trials=5)
    for trials in range(1, 6):
        best = [max(drawn) for drawn in itertools.product(scores, repeat=trials)]
        assert found.mean[trials - 1] == pytest.approx(numpy.mean(best))
        assert found.sd[trials - 1] == pytest.approx(numpy.std(best), abs=1e-9)


def test_as_many_trials_as_were_run() -> None:
    scores = [0.2, 0.9, 0.4]
    found = expected_maximum(scores)
    assert found.mean.shape == found.sd.shape == (3,)
    assert found.mean[0] == pytest.approx(0.5)
    numpy.testing.assert_allclose(found.mean, expected_maximum(scores[::-1]).mean)
    assert expected_maximum(scores, max_trials=200).mean[-1] == pytest.approx(0.9)


@pytest.mark.parametrize("scores", [[], [0.1, float("nan")], [float("inf")]])
def test_scores_that_are_none(scores: list[float]) -> None:
    with pytest.raises(ConfigurationError, match="expected finite numbers"):
        expected_maximum(scores)
