"""Mean, spread and how they are written."""

import math

import pytest

from datnet_allennlp.experiments.report.summary import interval, percent, summarize


def test_of_two_values():
    summary = summarize([0.10, 0.12])
    # By hand: deviations of 0.01 each, so the variance of a sample is 0.0002.
    assert (summary.n, summary.best) == (2, 0.12)
    assert summary.mean == pytest.approx(0.11)
    assert summary.sd == pytest.approx(math.sqrt(0.0002))
    assert str(summary) == "11.0 ± 1.4 (2)"


def test_one_value_has_no_spread():
    assert str(summarize([0.256])) == "25.6 (1)"


def test_of_nothing():
    assert summarize([]) is None


def test_signs_and_gaps():
    assert percent(-0.0123, sign=True) == "−1.2"
    assert percent(0.0123, sign=True) == "+1.2"
    assert percent(None) == percent(math.nan) == ""
    assert interval(-0.01, 0.02) == "[−1.0, +2.0]"
    assert interval(math.nan, math.nan) == "–"
