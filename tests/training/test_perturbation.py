import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.training.perturbation import (
    GradientPerturbation,
    Perturbation,
    RandomPerturbation,
)


def test_gradient_goes_along_the_gradient():
    gradient = torch.randn(2, 3, 4)
    assert GradientPerturbation().direction(gradient).equal(gradient)


def test_random_ignores_the_gradient():
    gradient = torch.ones(200, 5, 10)
    direction = RandomPerturbation().direction(gradient)
    assert direction.shape == gradient.shape
    along = torch.cosine_similarity(direction.flatten(1), gradient.flatten(1))
    # In 50 dimensions a random direction has a cosine of 0 +- 1 / sqrt(50).
    assert along.mean().abs() < 0.05
    assert along.std() == pytest.approx(50**-0.5, rel=0.2)
    assert not RandomPerturbation().direction(gradient).equal(direction)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"type": "gradient"}, GradientPerturbation),
        ({"type": "random"}, RandomPerturbation),
        ("random", RandomPerturbation),
        ({}, GradientPerturbation),
    ],
)
def test_from_a_configuration(params, expected):
    params = Params(params) if isinstance(params, dict) else params
    assert type(Perturbation.from_params(params)) is expected


def test_unknown_name():
    with pytest.raises(ConfigurationError, match=r"uphill not in .*\['gradient', 'random'\]"):
        Perturbation.from_params(Params({"type": "uphill"}))
