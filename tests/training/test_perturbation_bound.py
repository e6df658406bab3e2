import re

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.training.perturbation_bound import (
    AbsoluteBound,
    PerturbationBound,
    RelativeBound,
)

# Two sentences, of two tokens and of one; norms 5 and 13, and 10. Padding holds rubbish.
VECTORS = torch.tensor([[[3.0, 4.0], [5.0, 12.0]], [[6.0, 8.0], [90.0, 90.0]]])
MASK = torch.tensor([[True, True], [True, False]])


def test_absolute_is_epsilon_whatever_the_vectors():
    assert AbsoluteBound(5.0).norm(VECTORS, MASK).tolist() == [5.0, 5.0]


def test_relative_is_a_share_of_the_mean_norm_of_the_tokens():
    assert RelativeBound(0.5).norm(VECTORS, MASK).tolist() == [4.5, 5.0]


def test_relative_grows_with_the_vectors():
    assert RelativeBound(0.5).norm(10 * VECTORS, MASK).tolist() == [45.0, 50.0]


def test_an_empty_sentence_is_not_moved():
    nothing = torch.zeros_like(MASK)
    assert RelativeBound(0.5).norm(VECTORS, nothing).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("epsilon", [0, -1.0, 1e38, float("inf"), float("nan")])
@pytest.mark.parametrize("bound", ["absolute", "relative"])
def test_epsilon_out_of_range(bound, epsilon):
    message = f"epsilon: found {re.escape(str(epsilon))}, expected more than 0 and at most 1e6"
    with pytest.raises(ConfigurationError, match=message):
        PerturbationBound.from_params(Params({"type": bound, "epsilon": epsilon}))


def test_absolute_is_the_default():
    assert type(PerturbationBound.from_params(Params({"epsilon": 5.0}))) is AbsoluteBound
