"""
The exponential in float32, from arithmetic alone so that loops over it can be vectorised. Right to
about the last bit; NaN stays NaN. The polynomial is that of the Cephes library (Moshier, 1989).
"""

from typing import Any

import numpy

from datnet_allennlp.kernels.compiled import compiled

_f: Any = numpy.float32
_LOG2_E = _f(1.44269504088896341)
# The logarithm of 2 in two parts, so that the remainder keeps its last bits.
_LN2_HIGH, _LN2_LOW = _f(0.693359375), _f(-2.12194440e-4)
_LOWEST, _HIGHEST = _f(-87.3), _f(88.3)
_HALF, _ONE = _f(0.5), _f(1.0)
_EXP = (
    _f(1.9875691500e-4),
    _f(1.3981999507e-3),
    _f(8.3334519073e-3),
    _f(4.1665795894e-2),
    _f(1.6666665459e-1),
    _f(5.0000001201e-1),
)


@compiled
def exp(x: Any) -> Any:
    """Stops at exp(-87.3) and exp(88.3), just inside what float32 holds."""
    bounded = min(max(x, _LOWEST), _HIGHEST)
    power = numpy.floor(bounded * _LOG2_E + _HALF)
    r = bounded - power * _LN2_HIGH - power * _LN2_LOW
    p = _EXP[0]
    p = p * r + _EXP[1]
    p = p * r + _EXP[2]
    p = p * r + _EXP[3]
    p = p * r + _EXP[4]
    p = p * r + _EXP[5]
    p = p * r * r + r + _ONE
    bits = numpy.int32((numpy.int32(power) + numpy.int32(127)) << numpy.int32(23))
    y = p * bits.view(numpy.float32)
    return y if x == x else x
