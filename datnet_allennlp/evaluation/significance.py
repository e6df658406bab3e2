"""
How sure a difference of two systems is: over test sentences, and over samples and seeds.

Both bootstraps are numpy's random numbers and array arithmetic. `scipy.stats.bootstrap` would draw
every sentence of every resample by itself, and knows no levels within each other.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy
from allennlp.common.checks import ConfigurationError
from scipy import stats

_BLOCK = 500  # resamples that are drawn at once, which bounds the memory


class Interval(NamedTuple):
    """
    A mean difference and how sure it is.

    # Parameters

    mean : `float`
    low, high : `float`
        The ends of the confidence interval; `nan` where there is too little to say.
    p_value : `float`
        Two-sided, of there being no difference.
    standard_error : `float`
    n : `int`
        How many independent units it rests on: sentences, or samples.
    """

    mean: float
    low: float
    high: float
    p_value: float
    standard_error: float
    n: int


def micro_f1(totals: numpy.ndarray) -> numpy.ndarray:
    """
    F1 from numbers of correct, predicted and gold entities; 0 where there are none.

    # Parameters

    totals : `numpy.ndarray`, shape `(..., 3)`

    # Returns

    `numpy.ndarray`, shape `(...)`
    """
    below = totals[..., 1] + totals[..., 2]
    return numpy.divide(2.0 * totals[..., 0], below, out=numpy.zeros(below.shape), where=below != 0)


def paired_bootstrap(
    first: Sequence[numpy.ndarray],
    second: Sequence[numpy.ndarray],
    confidence: float = 0.95,
    num_resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """
    The mean difference in micro F1, first less second, over pairs of runs that tagged the same
    test sentences, and how it varies with the choice of these sentences: each resample draws as
    many sentences with replacement, the same for all runs (Koehn, 2004; Berg-Kirkpatrick et al.,
    2012). The runs themselves are taken as given. The interval is the percentile interval; the
    p-value is twice the share of resamples on the lesser side of zero, so it is below 5 % where
    the 95 % interval leaves out zero.

    # Parameters

    first, second : `Sequence[numpy.ndarray]`, each of shape `(num_sentences, 3)`
        The counts (`count_entities`) of each run of the two systems, paired in order.
    confidence : `float`, optional (default = 0.95)
    num_resamples : `int`, optional (default = 10000)
    seed : `int`, optional (default = 0)

    Raises `ConfigurationError` if the two are not paired, or the runs did not tag the same
    sentences.
    """
    gold = [run[:, 2].tolist() for run in (*first, *second)]
    if not first or len(first) != len(second) or not gold[0] or gold != gold[:1] * len(gold):
        raise ConfigurationError(
            f"paired_bootstrap: found counts of {[len(run) for run in first]} and of "
            f"{[len(run) for run in second]} sentences, expected pairs of runs on the same "
            "sentences, with the same gold entities"
        )
    # Shape (num_sentences, 2, num_pairs, 3).
    runs = numpy.stack([numpy.stack(first, axis=1), numpy.stack(second, axis=1)], axis=1)

    def difference(totals: numpy.ndarray) -> numpy.ndarray:
        f1 = micro_f1(totals.reshape(-1, *runs.shape[1:]))
        return (f1[:, 0] - f1[:, 1]).mean(axis=-1)

    # Sentences with the same counts are one kind; how often each kind is drawn is multinomial.
    kinds, frequencies = numpy.unique(runs.reshape(len(runs), -1), axis=0, return_counts=True)
    kinds = kinds.astype(float)  # exact, and multiplied much faster than whole numbers
    rng = numpy.random.default_rng(seed)
    blocks = [
        rng.multinomial(len(runs), frequencies / len(runs), min(_BLOCK, num_resamples - done))
        @ kinds
        for done in range(0, num_resamples, _BLOCK)
    ]
    differences = difference(numpy.concatenate(blocks))
    outside = 100 * (1 - confidence) / 2
    low, high = numpy.percentile(differences, [outside, 100 - outside])
    tail = min((differences <= 0).sum(), (differences >= 0).sum())
    return Interval(
        mean=float(difference(frequencies @ kinds)[0]),
        low=float(low),
        high=float(high),
        p_value=float(min(1.0, 2 * (tail + 1) / (num_resamples + 1))),
        standard_error=float(differences.std()),
        n=len(runs),
    )


def hierarchical_bootstrap(
    differences: Sequence[Any],
    sentence_error: float = 0.0,
    least_error: float = 0.0,
    confidence: float = 0.95,
    num_resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """
    The mean of differences that stand in levels, such as samples of training sentences and seeds
    within them, and how it varies with the choice of both. Each resample draws as many samples with
    replacement, and as many seeds within each that it drew (Davison and Hinkley, 1997, section
    3.8). With several seeds a sample this is a little conservative.

    Percentiles of the means of three or five samples would be far too narrow. So the interval is
    the mean plus and minus its bootstrap standard error times Student's t, the error freed of its
    bias (the factor sqrt(n / (n - 1)), n the number of samples), with n - 1 degrees of freedom.
    With one seed a sample this is the t interval of the differences.

    # Parameters

    differences : `Sequence`
        A difference (`float`) for each sample; or a sequence of differences for each, one for each
        of its seeds; or so on, level within level. A level's mean is the mean of the means of what
        it holds.
    sentence_error : `float`, optional (default = 0.0)
        The standard error that `paired_bootstrap` gives for the same runs, so that the interval
        is also one over test sentences. These are the same for all samples, so their variance adds
        to that of the mean; the degrees of freedom follow Satterthwaite.
    least_error : `float`, optional (default = 0.0)
        Below which the standard error over the samples cannot be, from what is known of them
        otherwise: a few means can lie near to each other by chance.
    confidence : `float`, optional (default = 0.95)
    num_resamples : `int`, optional (default = 10000)
    seed : `int`, optional (default = 0)

    # Returns

    `Interval`
        `n` is the number of samples. With one sample there is no interval, no p-value and no error.

    Raises `ConfigurationError` if there are no differences, at any level.
    """
    n = len(differences)
    mean = _mean(differences)
    if n < 2:
        nan = float("nan")
        return Interval(mean, nan, nan, nan, nan, n)
    means = _resampled_means(differences, num_resamples, numpy.random.default_rng(seed))
    variance = max(float(means.var()) * n / (n - 1), least_error**2)
    total = variance + sentence_error**2
    if total == 0:
        return Interval(mean, mean, mean, float(mean == 0), 0.0, n)
    degrees = (n - 1) * (total / variance) ** 2 if variance else numpy.inf
    error = float(numpy.sqrt(total))
    low, high = stats.t.interval(confidence, degrees, loc=mean, scale=error)
    p_value = 2 * stats.t.sf(abs(mean) / error, degrees)
    return Interval(mean, float(low), float(high), float(p_value), error, n)


def _mean(node: Any) -> float:
    if not isinstance(node, Sequence | numpy.ndarray):
        return float(node)
    if not len(node):
        raise ConfigurationError("hierarchical_bootstrap: found a level without differences")
    return float(numpy.mean([_mean(child) for child in node]))


def _resampled_means(node: Any, size: int, rng: numpy.random.Generator) -> numpy.ndarray:
    """So many independent bootstrap means of a level, shape `(size,)`."""
    if not isinstance(node, Sequence | numpy.ndarray):
        return numpy.full(size, float(node))
    picks = rng.integers(len(node), size=(size, len(node)))
    values = numpy.empty(picks.shape)
    for index, child in enumerate(node):
        picked = picks == index
        values[picked] = _resampled_means(child, int(picked.sum()), rng)
    return values.mean(axis=1)
