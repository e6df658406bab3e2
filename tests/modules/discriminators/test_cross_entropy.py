import pytest
import torch
from allennlp.common import Params
from torch.nn.functional import binary_cross_entropy_with_logits

from datnet_allennlp.modules.discriminators import (
    CrossEntropyDiscriminator,
    ResourceDiscriminator,
)


@pytest.mark.parametrize("is_source", [True, False])
def test_is_binary_cross_entropy(is_source: bool) -> None:
    logits = torch.tensor([-30.0, -2.0, 0.0, 0.5, 40.0])
    found = CrossEntropyDiscriminator(3).loss(logits, is_source)
    expected = binary_cross_entropy_with_logits(logits, torch.full((5,), float(is_source)))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("is_source", [True, False])
def test_extreme_logits_stay_finite(is_source: bool) -> None:
    logits = torch.tensor([-1e4, 1e4], requires_grad=True)
    loss = CrossEntropyDiscriminator(3).loss(logits, is_source)
    loss.backward()
    assert loss.item() == pytest.approx(5e3)
    # Half a batch each: the wrong one pulls fully, the right one not at all.
    assert logits.grad is not None
    assert logits.grad.tolist() == ([-0.5, 0.0] if is_source else [0.0, 0.5])


def test_from_a_config() -> None:
    config = Params({"type": "cross_entropy", "attention_dim": 2})
    discriminator = ResourceDiscriminator.from_params(config, input_dim=5)
    assert isinstance(discriminator, CrossEntropyDiscriminator)
    assert discriminator(torch.randn(2, 3, 5), torch.ones(2, 3).bool()).shape == (2,)


def test_of_three_resources_it_is_the_softmaxs_cross_entropy() -> None:
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)) * 4
    discriminator = CrossEntropyDiscriminator(3, resources=["target", "news", "web"])
    for resource in range(3):
        expected = torch.nn.functional.cross_entropy(logits, torch.full((5,), resource))
        torch.testing.assert_close(discriminator.loss(logits, resource), expected)
