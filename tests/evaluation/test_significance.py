import itertools
import math

import numpy
import pytest
from allennlp.common.checks import ConfigurationError
from scipy import stats

from datnet_allennlp.evaluation.significance import (
    hierarchical_bootstrap,
    micro_f1,
    paired_bootstrap,
)

# Correct, predicted and gold entities of three sentences.
FIRST = numpy.array([[2, 2, 2], [0, 1, 3], [1, 2, 1]])
SECOND = numpy.array([[1, 2, 2], [1, 1, 3], [0, 0, 1]])
THIRD = numpy.array([[0, 1, 2], [3, 4, 3], [1, 1, 1]])


def f1_of(rows) -> float:
    correct, predicted, gold = (sum(column) for column in zip(*rows, strict=True))
    return 2 * correct / (predicted + gold) if predicted + gold else 0.0


def test_micro_f1() -> None:
    totals = numpy.array([[[1, 2, 3], [0, 0, 0]], [[0, 4, 0], [5, 5, 5]]])
    numpy.testing.assert_allclose(micro_f1(totals), [[2 / 5, 0], [0, 1]])


class TestPairedBootstrap:
    def test_against_all_resamples(self) -> None:
        """The 27 resamples of three sentences, all alike probable."""
        differences = [
            f1_of([FIRST[i] for i in drawn]) - f1_of([SECOND[i] for i in drawn])
            for drawn in itertools.product(range(3), repeat=3)
        ]
        found = paired_bootstrap([FIRST], [SECOND], confidence=0.8, num_resamples=200_000)
        assert found.mean == pytest.approx(f1_of(FIRST) - f1_of(SECOND))
        # The percentile at 10 % is the third of 27 (2 / 27 < 0.1 < 3 / 27).
        assert found.low == pytest.approx(sorted(differences)[2])
        assert found.high == pytest.approx(sorted(differences)[-3])
        assert found.standard_error == pytest.approx(numpy.std(differences), rel=0.01)
        tail = min(sum(d <= 0 for d in differences), sum(d >= 0 for d in differences)) / 27
        assert found.p_value == pytest.approx(2 * tail, rel=0.02)
        assert found.n == 3

    def test_several_runs_share_the_sentences(self) -> None:
        differences = [
            numpy.mean(
                [
                    f1_of([a[i] for i in drawn]) - f1_of([b[i] for i in drawn])
                    for a, b in ((FIRST, SECOND), (THIRD, FIRST))
                ]
            )
            for drawn in itertools.product(range(3), repeat=3)
        ]
        found = paired_bootstrap([FIRST, THIRD], [SECOND, FIRST], num_resamples=200_000)
        assert found.mean == pytest.approx((f1_of(THIRD) - f1_of(SECOND)) / 2)
        assert found.standard_error == pytest.approx(numpy.std(differences), rel=0.01)

    def test_ties(self) -> None:
        assert paired_bootstrap([FIRST], [FIRST]) == (0, 0, 0, 1, 0, 3)

    def test_a_certain_difference(self) -> None:
        right = numpy.array([[1, 1, 1]] * 50)
        wrong = numpy.array([[0, 1, 1]] * 50)
        found = paired_bootstrap([right], [wrong], num_resamples=999)
        assert found == (1, 1, 1, 2 / 1000, 0, 50)

    def test_the_other_way_round(self) -> None:
        found, other = paired_bootstrap([FIRST], [SECOND]), paired_bootstrap([SECOND], [FIRST])
        assert found.mean == -other.mean
        assert found.p_value == pytest.approx(other.p_value, abs=0.03)
        assert (found.low, found.high) == pytest.approx((-other.high, -other.low))

    def test_seeded(self) -> None:
        few = {"num_resamples": 50}
        errors = [
            paired_bootstrap([FIRST], [SECOND], seed=s, **few).standard_error for s in (1, 1, 2)
        ]
        assert errors[0] == errors[1] != errors[2]

    def test_counts_of_a_file_of_results(self) -> None:
        """Unsigned 16 bits must not overflow."""
        many = numpy.array([[60_000, 60_000, 60_000]] * 4, dtype=numpy.uint16)
        none = numpy.array([[0, 60_000, 60_000]] * 4, dtype=numpy.uint16)
        assert paired_bootstrap([many], [none]).mean == 1

    @pytest.mark.long
    def test_coverage(self) -> None:
        rng = numpy.random.default_rng(3)
        gold = rng.integers(0, 4, size=4000)
        corpus = []
        for rate in (0.5, 0.4):
            correct = rng.binomial(gold, rate)
            corpus.append(numpy.stack([correct, correct + rng.poisson(0.5, 4000), gold], axis=1))
        truth = f1_of(corpus[0]) - f1_of(corpus[1])
        hits = 0
        for _ in range(400):
            drawn = rng.integers(4000, size=300)
            found = paired_bootstrap(
                [corpus[0][drawn]], [corpus[1][drawn]], num_resamples=400, seed=int(drawn[0])
            )
            hits += found.low <= truth <= found.high
        # Three standard deviations of 400 draws at 95 % are 3.3 %.
        assert hits / 400 == pytest.approx(0.95, abs=0.033)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ([FIRST], [SECOND[:2]]),
            ([FIRST, FIRST], [SECOND]),
            ([FIRST, FIRST[:2]], [SECOND, SECOND[:2]]),
            ([], []),
            ([FIRST[:0]], [SECOND[:0]]),
            ([FIRST], [SECOND[::-1]]),
        ],
    )
    def test_what_is_not_paired(self, first, second) -> None:
        with pytest.raises(ConfigurationError, match="found counts of .* expected pairs"):
            paired_bootstrap(first, second)


def coverage(draw, truth: float, num_draws: int = 500) -> float:
    """How often the interval of `hierarchical_bootstrap(*draw(rng))` holds the truth."""
    rng = numpy.random.default_rng(5)
    hits = 0
    for seed in range(num_draws):
        found = hierarchical_bootstrap(*draw(rng), num_resamples=1000, seed=seed)
        hits += found.low <= truth <= found.high
    return hits / num_draws


class TestHierarchicalBootstrap:
    def test_one_seed_a_sample_is_students_t(self) -> None:
        differences = [0.3, -0.1, 1.2, 0.8, 0.4]
        expected = stats.ttest_1samp(differences, 0)
        ends = expected.confidence_interval(0.9)
        for nested in (differences, [[value] for value in differences]):
            found = hierarchical_bootstrap(nested, confidence=0.9, num_resamples=400_000)
            assert found.mean == pytest.approx(numpy.mean(differences))
            assert (found.low, found.high) == pytest.approx((ends.low, ends.high), abs=0.01)
            assert found.p_value == pytest.approx(expected.pvalue, rel=0.02)
            assert found.standard_error == pytest.approx(stats.sem(differences), rel=0.01)
            assert found.n == 5

    def test_against_all_resamples(self) -> None:
        """Two samples with two seeds and with one; the samples count the same."""
        two, one = [1.0, 3.0], [8.0]
        means_of_two = [numpy.mean(drawn) for drawn in itertools.product(two, repeat=2)]
        means = []
        for samples in itertools.product((means_of_two, one), repeat=2):
            resamples = list(itertools.product(*samples))
            # The four ways to draw the samples are alike probable, however many ways follow.
            means.extend([numpy.mean(drawn) for drawn in resamples] * (16 // len(resamples)))
        found = hierarchical_bootstrap([two, one], num_resamples=400_000)
        assert found.mean == 5
        assert found.standard_error == pytest.approx(numpy.std(means) * math.sqrt(2), rel=0.01)
        assert found.n == 2

    def test_levels_within_levels(self) -> None:
        found = hierarchical_bootstrap([[[1.0, 3.0], [4.0]], [[5.0]]])
        assert found.mean == ((2 + 4) / 2 + 5) / 2
        flat = hierarchical_bootstrap([[[1.0], [3.0]], [[5.0], [8.0]]], seed=4)
        assert flat == hierarchical_bootstrap(numpy.array([[1.0, 3.0], [5.0, 8.0]]), seed=4)

    @pytest.mark.long
    @pytest.mark.parametrize("num_samples", [3, 5, 20])
    def test_coverage(self, num_samples: int) -> None:
        def draw(rng):
            return (rng.normal(1.5, 2.0, size=num_samples),)

        # Three standard deviations of 500 draws at 95 % are 2.9 %.
        assert coverage(draw, 1.5) == pytest.approx(0.95, abs=0.03)

    @pytest.mark.long
    def test_coverage_with_seeds(self) -> None:
        def draw(rng):
            samples = rng.normal(1.5, 2.0, size=(5, 1))
            return (samples + rng.normal(0.0, 1.0, size=(5, 3)),)

        assert 0.92 <= coverage(draw, 1.5) <= 0.99

    def test_coverage_with_sentences(self) -> None:
        def draw(rng):
            # What the choice of test sentences adds is the same for all samples.
            return (rng.normal(1.5, 1.0, size=5) + rng.normal(0.0, 0.6), 0.6)

        assert coverage(draw, 1.5) == pytest.approx(0.95, abs=0.03)

    def test_sentences_add_their_variance(self) -> None:
        differences = [1.0, 2.0, 4.0]
        alone = hierarchical_bootstrap(differences)
        found = hierarchical_bootstrap(differences, sentence_error=0.5)
        assert found.standard_error == pytest.approx(math.hypot(alone.standard_error, 0.5))
        degrees = 2 * (found.standard_error / alone.standard_error) ** 4
        half = stats.t.ppf(0.975, degrees) * found.standard_error
        assert (found.low, found.high) == pytest.approx((7 / 3 - half, 7 / 3 + half))

    def test_without_spread_only_the_sentences_are_left(self) -> None:
        found = hierarchical_bootstrap([1.0, 1.0], sentence_error=0.5)
        assert (found.low, found.high) == pytest.approx((1 - 0.98, 1 + 0.98), abs=1e-4)

    @pytest.mark.parametrize(("value", "p_value"), [(0.0, 1.0), (0.3, 0.0)])
    def test_ties(self, value: float, p_value: float) -> None:
        found = hierarchical_bootstrap([[value, value], [value]])
        assert found == pytest.approx((value, value, value, p_value, 0, 2))

    def test_one_sample_says_nothing_of_others(self) -> None:
        found = hierarchical_bootstrap([[1.0, 2.0]])
        assert (found.mean, found.n) == (1.5, 1)
        assert all(map(math.isnan, found[1:5]))

    def test_seeded(self) -> None:
        found = [hierarchical_bootstrap([1.0, 2.0, 4.0], seed=s).low for s in (1, 1, 2)]
        assert found[0] == found[1] != found[2]

    @pytest.mark.parametrize("differences", [[], [[1.0], []]])
    def test_without_differences(self, differences) -> None:
        with pytest.raises(ConfigurationError, match="found a level without differences"):
            hierarchical_bootstrap(differences)
