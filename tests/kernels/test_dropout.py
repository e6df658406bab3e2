import numpy
import pytest

from datnet_allennlp.kernels.dropout import fill_mask


def mask(size: int, rate: float, seed: int) -> numpy.ndarray:
    values = numpy.empty(size, numpy.float32)
    fill_mask(values, rate, seed)
    return values


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.5, 0.9])
def test_values_and_their_share(rate: float) -> None:
    size = 1_000_000
    values = mask(size, rate, 5)
    dropped = values == 0
    numpy.testing.assert_allclose(values[~dropped], 1 / (1 - rate), rtol=1e-6)
    # Five standard deviations of the share of dropped values.
    assert abs(dropped.mean() - rate) < 5 * (rate * (1 - rate) / size) ** 0.5


def test_places_and_seeds_are_independent() -> None:
    size = 1_000_000
    first = (mask(size, 0.5, 1) == 0).astype(float) - 0.5
    limit = 5 * 0.25 / size**0.5
    for lag in (1, 2, 3, 110, 400, 4096):
        assert abs((first[lag:] * first[:-lag]).mean()) < limit
    for seed in (2, 3, 2**61, -1 + 2**62):
        second = (mask(size, 0.5, seed) == 0).astype(float) - 0.5
        assert abs((first * second).mean()) < limit
    assert (mask(100, 0.5, 7) == mask(100, 0.5, 7)).all()
