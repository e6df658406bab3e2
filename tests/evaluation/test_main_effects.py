import itertools
import math

import numpy
import pytest
from allennlp.common.checks import ConfigurationError
from scipy import stats

from datnet_allennlp.evaluation.main_effects import main_effect
from datnet_allennlp.evaluation.significance import hierarchical_bootstrap


def row(at: str, size: int, pair: int, score: float) -> dict:
    return {"at": at, "size": size, "pair": pair, "score": score}


ROWS = [
    row("on", 10, 1, 5.0),
    row("off", 10, 1, 4.0),
    row("on", 100, 1, 20.0),
    row("off", 100, 1, 17.0),
    row("on", 10, 2, 6.0),
    row("off", 10, 2, 8.0),
    row("on", 100, 2, 21.0),
    row("off", 100, 2, 15.0),
]


def test_by_hand() -> None:
    effect = main_effect(ROWS, "at", "on", "off")
    differences = [1, 3, -2, 6]
    assert effect["mean"] == 2
    assert effect["sd"] == pytest.approx(math.sqrt((1 + 1 + 16 + 16) / 3))
    assert (effect["n"], effect["num_clusters"], effect["unpaired"]) == (4, 2, 0)
    # The pairs' means are 2 and 2, by chance: the error is that of four independent differences.
    # Within each size they are 1.5 to either side of their mean.
    error = math.sqrt(4 * 1.5**2 / (4 - 2) / 4)
    expected = stats.t.interval(0.95, 1, loc=2, scale=error)
    assert (effect["low"], effect["high"]) == pytest.approx(expected)
    assert effect["p_value"] == pytest.approx(2 * stats.t.sf(2 / error, 1))
    assert effect["t_p_value"] == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    # The negative one has rank 2. Of the 16 choices of signs, 3 have negative ranks that add up to
    # at most 2 (none, rank 1, rank 2), and 3 positive ones.
    assert effect["wilcoxon_p_value"] == pytest.approx(6 / 16)


def test_the_interval_is_over_the_means_of_the_clusters() -> None:
    rows = [
        each | {"score": each["score"] + 9 * each["pair"] * (each["at"] == "on")} for each in ROWS
    ]
    effect = main_effect(rows, "at", "on", "off")
    expected = hierarchical_bootstrap([11.0, 20.0])
    assert (effect["mean"], effect["low"], effect["high"]) == expected[:3]


def test_several_seeds_a_sample() -> None:
    rows = [
        {"model": model, "sample": sample, "seed": seed, "score": score}
        for (sample, seed), scores in {
            (1, 1): (1.0, 0.0),
            (1, 2): (4.0, 1.0),
            (2, 1): (9.0, 3.0),
        }.items()
        for model, score in zip("FP", scores, strict=True)
    ]
    effect = main_effect(rows, "model", "F", "P", clusters=("sample", "seed"))
    expected = hierarchical_bootstrap([[1.0, 3.0], [6.0]])
    assert (effect["mean"], effect["low"], effect["high"]) == expected[:3]
    assert (effect["n"], effect["num_clusters"]) == (3, 2)


def test_other_levels_are_left_out_and_the_unpaired_counted() -> None:
    rows = [*ROWS[:-1], row("random", 100, 2, 50.0), row("off", 200, 1, 30.0)]
    effect = main_effect(rows, "at", "on", "off")
    assert effect["n"] == 3
    # The other of the last pair, and the one of 200.
    assert effect["unpaired"] == 2
    # Pair 1 differs by 1 and 3, pair 2 by -2: each counts the same.
    assert effect["mean"] == 0


def test_the_sign_and_the_name_of_the_score() -> None:
    rows = [{"f1": each["score"], **{k: each[k] for k in ("at", "size", "pair")}} for each in ROWS]
    assert main_effect(rows, "at", "off", "on", score="f1")["mean"] == -2


def test_a_known_effect_in_a_factorial_design() -> None:
    rng = numpy.random.default_rng(1)
    rows = [
        {
            "discriminator": discriminator,
            "at": at,
            "size": size,
            "pair": pair,
            "score": size / 10
            + 3 * pair
            + {"none": 0.0, "AD": 1.0, "GRAD": 1.5}[discriminator]
            + 0.4 * at
            + rng.normal(0, 0.1),
        }
        for discriminator, at, size, pair in itertools.product(
            ("none", "AD", "GRAD"), (False, True), (10, 50, 100), range(5)
        )
    ]
    for factor, level, against, truth, n in (
        ("discriminator", "GRAD", "AD", 0.5, 30),
        ("discriminator", "AD", "none", 1.0, 30),
        ("at", True, False, 0.4, 45),
    ):
        effect = main_effect(rows, factor, level, against)
        assert effect["n"] == n
        assert effect["mean"] == pytest.approx(truth, abs=0.1)
        assert 0 < effect["low"] < effect["mean"] < effect["high"]
        assert max(effect["p_value"], effect["wilcoxon_p_value"], effect["t_p_value"]) < 0.01


def test_one_pair_has_no_interval() -> None:
    effect = main_effect(ROWS[:2], "at", "on", "off")
    assert (effect["mean"], effect["n"]) == (1, 1)
    assert all(math.isnan(effect[key]) for key in ("sd", "low", "high", "p_value", "t_p_value"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (ROWS[::2], "found no rows that differ in nothing else than on against off"),
        ([], "found no rows"),
        ([*ROWS, ROWS[0]], "found two rows with at=on and .*'size': 10"),
        ([{"at": "on", "size": 10, "score": 1.0}], r"expected \['pair'\] in it"),
        ([{"size": 10, "pair": 1}], r"expected \['at', 'score'\] in it"),
    ],
)
def test_rows_that_do_not_fit(rows, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        main_effect(rows, "at", "on", "off")
