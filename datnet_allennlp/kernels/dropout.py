"""Masks for dropout."""

import numpy

from datnet_allennlp.kernels.compiled import compiled

_STEP = numpy.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = numpy.uint64(0xBF58476D1CE4E5B9), numpy.uint64(0x94D049BB133111EB)


@compiled
def fill_mask(mask: numpy.ndarray, rate: float, seed: int) -> None:
    """
    Sets each value to 0 with probability `rate`, to `1 / (1 - rate)` otherwise. The i-th is drawn
    by SplitMix64 (Steele et al., 2014) from its place and the seed alone, so the loop can be
    vectorised.

    # Parameters

    mask : shape `(size,)`
    rate : 0 to 1, exclusive
    seed : 64 bits
    """
    scale = numpy.float32(1 / (1 - rate))
    limit = numpy.uint64(rate * 2.0**32)
    for i in range(mask.size):
        z = numpy.uint64(seed) + numpy.uint64(i) * _STEP
        z = (z ^ (z >> numpy.uint64(30))) * _FIRST
        z = (z ^ (z >> numpy.uint64(27))) * _SECOND
        z = z ^ (z >> numpy.uint64(31))
        mask[i] = scale if (z >> numpy.uint64(32)) >= limit else numpy.float32(0)
