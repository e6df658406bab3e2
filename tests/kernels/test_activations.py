import numpy

from datnet_allennlp.kernels import activations, compiled


def test_right_to_the_last_bits() -> None:
    @compiled
    def apply(x, y):
        for i in range(x.size):
            y[i] = activations.exp(x[i])

    grid = [numpy.linspace(-80, 80, 100_001), numpy.linspace(-1e-3, 1e-3, 10_001)]
    x = numpy.concatenate(grid).astype(numpy.float32)
    found = numpy.empty_like(x)
    apply(x, found)
    numpy.testing.assert_allclose(found, numpy.exp(x.astype(float)), rtol=4e-7, atol=1e-37)

    x = numpy.array([numpy.nan, 1e30, -1e30], numpy.float32)
    found = numpy.empty_like(x)
    apply(x, found)
    assert numpy.isnan(found[0])
    assert numpy.isfinite(found[1:]).all()
