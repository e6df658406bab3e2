"""The best score that one may expect of so many trials ("Show Your Work")."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy
from allennlp.common.checks import ConfigurationError


class ExpectedMaximum(NamedTuple):
    """
    # Parameters

    mean : `numpy.ndarray`, shape `(max_trials,)`
        The expected best score of 1, 2, ... trials.
    sd : `numpy.ndarray`, shape `(max_trials,)`
        The standard deviation of this best score.
    """

    mean: numpy.ndarray
    sd: numpy.ndarray


def expected_maximum(scores: Sequence[float], max_trials: int | None = None) -> ExpectedMaximum:
    """
    Exact under the empirical distribution of the scores, of which trials are drawn with
    replacement (Dodge et al., 2019, section 3.1): the best of n is at most v with probability
    P(score <= v)^n.

    # Parameters

    scores : `Sequence[float]`
        The dev score of each trial that was run.
    max_trials : `int`, optional
        Default: as many as were run; more would be extrapolation.

    Raises `ConfigurationError` if there are no scores, or one is not a finite number.
    """
    values = numpy.sort(numpy.asarray(scores, dtype=float))
    if not len(values) or not numpy.isfinite(values).all():
        raise ConfigurationError(
            f"expected_maximum: found the scores {list(scores)}, expected finite numbers"
        )
    trials = numpy.arange(1, (max_trials or len(values)) + 1)[:, None]
    # P(best of n <= value) at each of the sorted values; equal ones share what falls to them.
    at_most = (numpy.arange(len(values) + 1) / len(values)) ** trials
    probabilities = numpy.diff(at_most, axis=1)
    mean = probabilities @ values
    variance = (probabilities * (values - mean[:, None]) ** 2).sum(axis=1)
    return ExpectedMaximum(mean, numpy.sqrt(variance))
