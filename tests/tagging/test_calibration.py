import os
import re
import resource
import sys

import numpy
import pytest
from allennlp.common.checks import ConfigurationError
from PIL import Image

from datnet_allennlp.tagging.calibration import (
    expected_calibration_error,
    plot_reliability,
    reliability,
)


def test_bins_by_hand() -> None:
    bins = reliability([0.1, 0.5, 0.6, 0.9, 1.0, 0.0], [False, True, False, True, True, True], 2)
    low, high = bins
    assert (low.lower, low.upper, low.num_entities) == (0.0, 0.5, 3)
    assert (high.lower, high.upper, high.num_entities) == (0.5, 1.0, 3)
    assert low.confidence == pytest.approx(0.2) and low.accuracy == pytest.approx(2 / 3)
    assert high.confidence == pytest.approx(2.5 / 3) and high.accuracy == pytest.approx(2 / 3)
    expected = (abs(2 / 3 - 0.2) + abs(2 / 3 - 2.5 / 3)) / 2
    assert expected_calibration_error(bins) == pytest.approx(expected)


def test_no_entities() -> None:
    bins = reliability([], [])
    assert [each.num_entities for each in bins] == [0] * 10
    assert expected_calibration_error(bins) == 0


def test_of_many_entities_the_error_is_what_it_is_known_to_be() -> None:
    generator = numpy.random.default_rng(0)
    confidences = generator.uniform(size=200_000)
    draws = generator.uniform(size=200_000)
    error = expected_calibration_error(reliability(confidences, draws < confidences))
    assert error < 0.005
    # Right with probability c² in place of c: the gap is c - c², in the mean 1/2 - 1/3.
    error = expected_calibration_error(reliability(confidences, draws < confidences**2))
    assert error == pytest.approx(1 / 6, abs=0.005)


def test_a_picture(tmp_path, monkeypatch) -> None:
    bins = reliability([0.1, 0.7, 0.8, 0.9], [False, True, False, True])
    plot_reliability({"target before": bins, "target after": bins}, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > picture.height > 500
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ConfigurationError, match="found no matplotlib"):
        plot_reliability({"target": bins}, tmp_path / "b.png")


def test_a_picture_on_a_full_disk(tmp_path, monkeypatch) -> None:
    picture = tmp_path / "a.PNG"
    picture.write_text("an older one")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=re.escape(str(picture))):
            plot_reliability({"target": reliability([0.9], [True])}, picture)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert picture.read_text() == "an older one" and os.listdir(tmp_path) == ["a.PNG"]
