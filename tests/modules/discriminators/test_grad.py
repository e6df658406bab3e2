import math
from typing import Callable, List

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits

from datnet_allennlp.modules.discriminators import Grad, ResourceDiscriminator
from datnet_allennlp.modules.gradient_reversal import ConstantReversal

MASK = torch.tensor([[True, True, True], [True, False, False]])


def by_hand(logits: List[float], is_source: bool, alpha: float, gamma: float) -> float:
    """Eq. 1 as it is printed, but the mean of the batch."""
    total = 0.0
    for logit in logits:
        r = 1 / (1 + math.exp(-logit))
        if is_source:
            total -= alpha * (1 - r) ** gamma * math.log(r)
        else:
            total -= (1 - alpha) * r**gamma * math.log(1 - r)
    return total / len(logits)


def slopes(value: Callable[[], torch.Tensor], at: torch.Tensor) -> torch.Tensor:
    """Central differences of `value` by each element of `at`."""
    h = 1e-6
    result = torch.zeros_like(at)
    flat, out = at.data.view(-1), result.view(-1)
    for i in range(flat.numel()):
        original = flat[i].item()
        flat[i] = original + h
        above = value().item()
        flat[i] = original - h
        out[i] = (above - value().item()) / (2 * h)
        flat[i] = original
    return result


@given(
    st.lists(st.floats(-15, 15), min_size=1, max_size=5),
    st.booleans(),
    st.floats(0, 1),
    st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0]),
)
def test_equals_equation_1(logits, is_source, alpha, gamma) -> None:
    loss = Grad(3, alpha=alpha, gamma=gamma).loss(
        torch.tensor(logits, dtype=torch.double), is_source
    )
    # 1 - r is rounded in the formula as printed.
    assert loss.item() == pytest.approx(by_hand(logits, is_source, alpha, gamma), rel=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 1e-30, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 1e-30, 0.5, 1e6])
@pytest.mark.parametrize("is_source", [True, False])
def test_weights_at_their_ends_in_float32(alpha: float, gamma: float, is_source: bool) -> None:
    logits = torch.tensor([0.0, 1e-3, 15.0, 80.0, 1e4, -1e-3, -15.0, -80.0, -1e4]).requires_grad_()
    found = torch.stack([Grad(3, alpha=alpha, gamma=gamma).loss(x, is_source) for x in logits])
    (gradient,) = torch.autograd.grad(found.sum(), logits)
    assert gradient.isfinite().all()
    for value, x in zip(found.tolist(), logits.tolist(), strict=True):
        truth = x if is_source else -x
        # log(1 + exp(-x)) without overflow.
        cost = max(-truth, 0.0) + math.log1p(math.exp(-abs(truth)))
        ease = max(truth, 0.0) + math.log1p(math.exp(-abs(truth)))
        expected = (alpha if is_source else 1 - alpha) * math.exp(-gamma * ease) * cost
        assert value == pytest.approx(expected, rel=1e-4, abs=1e-30)


def test_equation_1_in_figures() -> None:
    # r = 0.8 at a logit of log 4.
    logits = torch.tensor([math.log(4)])
    discriminator = Grad(3, alpha=0.25, gamma=2.0)
    source, target = discriminator.loss(logits, True), discriminator.loss(logits, False)
    assert source.item() == pytest.approx(0.25 * 0.04 * 0.2231436)
    assert target.item() == pytest.approx(0.75 * 0.64 * 1.6094379)


@pytest.mark.parametrize("alpha, source_is_silent", [(0.0, True), (1.0, False)])
def test_alpha_silences_a_resource(alpha: float, source_is_silent: bool) -> None:
    torch.manual_seed(0)
    discriminator = Grad(4, alpha=alpha)
    for is_source in (True, False):
        encoded = torch.randn(2, 3, 4, requires_grad=True)
        discriminator.zero_grad()
        loss = discriminator.loss(discriminator(encoded, MASK), is_source)
        loss.backward()
        assert encoded.grad is not None
        assert (loss.item() == 0) == (is_source is source_is_silent)
        assert encoded.grad.eq(0).all() == (is_source is source_is_silent)


@pytest.mark.parametrize("is_source", [True, False])
def test_without_gamma_it_is_weighted_cross_entropy(is_source: bool) -> None:
    logits = torch.tensor([-4.0, 0.3, 2.0])
    truth = torch.full((3,), float(is_source))
    expected = 0.5 * binary_cross_entropy_with_logits(logits, truth)
    torch.testing.assert_close(Grad(3, alpha=0.5, gamma=0.0).loss(logits, is_source), expected)


def test_gamma_plays_down_easy_sentences() -> None:
    easy, hard = torch.tensor([3.0]), torch.tensor([-3.0])
    shares = [
        (Grad(3, gamma=gamma).loss(easy, True) / Grad(3, gamma=gamma).loss(hard, True)).item()
        for gamma in (0.0, 1.0, 2.0)
    ]
    assert shares[0] > 10 * shares[1] > 100 * shares[2] > 0


@pytest.mark.parametrize("is_source", [True, False])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("size", [1e2, 1e4])
def test_extreme_logits_stay_finite(is_source: bool, gamma: float, size: float) -> None:
    logits = torch.tensor([-size, size], requires_grad=True)
    loss = Grad(3, alpha=0.25, gamma=gamma).loss(logits, is_source)
    loss.backward()
    weight = 0.25 if is_source else 0.75
    assert loss.item() == pytest.approx(weight * size / 2)
    assert logits.grad is not None
    assert logits.grad.tolist() == pytest.approx(
        [-weight / 2, 0.0] if is_source else [0.0, weight / 2], abs=1e-12
    )


@pytest.mark.parametrize("is_source", [True, False])
@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_gradients_by_finite_differences(is_source: bool, gamma: float) -> None:
    torch.manual_seed(1)
    rate = 0.3
    discriminator = Grad(4, attention_dim=3, alpha=0.3, gamma=gamma).double()
    encoded = torch.randn(2, 3, 4).double().requires_grad_()

    def loss() -> torch.Tensor:
        return discriminator.loss(discriminator(encoded, MASK), is_source)

    reversed_encoding = ConstantReversal(rate)(encoded)
    discriminator.loss(discriminator(reversed_encoding, MASK), is_source).backward()

    # Below the reversal: the other sign, `rate` times the size.
    assert encoded.grad is not None
    assert encoded.grad[MASK].abs().max() > 1e-4
    torch.testing.assert_close(encoded.grad, -rate * slopes(loss, encoded), rtol=1e-5, atol=1e-9)
    # The discriminator itself descends its loss.
    for parameter in discriminator.parameters():
        assert parameter.grad is not None
        torch.testing.assert_close(parameter.grad, slopes(loss, parameter), rtol=1e-5, atol=1e-9)

    before = loss().item()
    encoded.data -= 0.1 * encoded.grad
    assert loss().item() > before
    encoded.data += 0.1 * encoded.grad
    for parameter in discriminator.parameters():
        assert parameter.grad is not None
        parameter.data -= 0.1 * parameter.grad
    assert loss().item() < before


def test_padding_changes_nothing() -> None:
    torch.manual_seed(2)
    discriminator = Grad(4)
    encoded = torch.randn(2, 3, 4)
    together = discriminator.loss(discriminator(encoded, MASK), True)
    alone = [
        discriminator.loss(discriminator(sentence[None, :n], torch.ones(1, n).bool()), True)
        for sentence, n in zip(encoded, (3, 1), strict=True)
    ]
    torch.testing.assert_close(together, torch.stack(alone).mean())


def test_from_a_config() -> None:
    config = Params({"type": "grad", "alpha": 0.1, "gamma": 3})
    discriminator = ResourceDiscriminator.from_params(config, input_dim=5)
    assert isinstance(discriminator, Grad)
    assert (discriminator.weights, discriminator.gamma) == ([0.9, 0.1], 3)
    default = ResourceDiscriminator.from_params(Params({"type": "grad"}), input_dim=5)
    assert isinstance(default, Grad)
    assert (default.weights, default.gamma) == ([0.75, 0.25], 2.0)


@pytest.mark.parametrize(
    "config, message",
    [
        ({"alpha": 1.5}, "discriminator.alpha: found 1.5, expected 0 to 1"),
        ({"alpha": -0.1}, "discriminator.alpha: found -0.1, expected 0 to 1"),
        ({"alpha": float("nan")}, "discriminator.alpha: found nan, expected 0 to 1"),
        ({"alpha": {"target": 1, "source": 10**38}}, "expected a weight of 0 to 1e6 for each of"),
        ({"gamma": -1}, "discriminator.gamma: found -1, expected 0 to 1e6"),
        ({"gamma": 1e38}, "discriminator.gamma: found 1e+38, expected 0 to 1e6"),
        ({"gamma": float("nan")}, "discriminator.gamma: found nan, expected 0 to 1e6"),
    ],
)
def test_refuses_weights_out_of_range(config: dict, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        ResourceDiscriminator.from_params(Params({"type": "grad", **config}), input_dim=5)
    assert message in str(error.value)


THREE = ["target", "news", "web"]
WEIGHTS = {"target": 0.5, "news": 0.2, "web": 0.3}


@given(
    st.lists(st.tuples(*[st.floats(-9, 9)] * 3), min_size=1, max_size=4),
    st.integers(0, 2),
    st.sampled_from([0.0, 0.5, 2.0]),
)
def test_of_three_resources_each_has_its_weight(logits, resource, gamma) -> None:
    expected = 0.0
    for row in logits:
        p = math.exp(row[resource]) / sum(map(math.exp, row))
        expected -= WEIGHTS[THREE[resource]] * (1 - p) ** gamma * math.log(p) / len(logits)
    grad = Grad(3, resources=THREE, alpha=WEIGHTS, gamma=gamma)
    loss = grad.loss(torch.tensor(logits, dtype=torch.double), resource)
    assert loss.item() == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.lists(st.floats(-40, 40), min_size=1, max_size=5), st.booleans(), st.floats(0, 1))
def test_of_two_resources_it_is_equation_1_to_the_last_bit(logits, is_source, alpha) -> None:
    logit = torch.tensor(logits)
    # As it was written for one source and one target.
    weight = alpha if is_source else 1 - alpha
    logit_of_truth = logit if is_source else -logit
    difficulty = torch.exp(2.0 * torch.nn.functional.logsigmoid(-logit_of_truth))
    expected = -(weight * difficulty * torch.nn.functional.logsigmoid(logit_of_truth)).mean()
    by_name = {"target": 1 - alpha, "source": alpha}
    for grad in (Grad(3, alpha=alpha), Grad(3, alpha=by_name, resources=["target", "source"])):
        assert torch.equal(grad.loss(logit, int(is_source)), expected)


def test_gradients_of_three_resources() -> None:
    torch.manual_seed(0)
    grad = Grad(3, resources=THREE, alpha=WEIGHTS).double()
    logits = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
    for resource in range(3):
        (found,) = torch.autograd.grad(grad.loss(logits, resource), logits)
        expected = slopes(lambda number=resource: grad.loss(logits, number), logits)
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-8)


def test_reads_three_resources() -> None:
    grad = ResourceDiscriminator.from_params(
        Params({"type": "grad", "alpha": {"news": 0.2, "target": 0.5, "web": 0.3}}),
        input_dim=5,
        resources=THREE,
    )
    logits = grad(torch.randn(2, 3, 5), MASK)
    assert logits.shape == (2, 3) and grad.weights == [0.5, 0.2, 0.3]
    told = grad.is_right(torch.tensor([[0.0, 1.0, 2.0], [5.0, 1.0, 2.0]]), 2)
    assert told.tolist() == [True, False]
    assert Grad(3, resources=THREE, alpha=0.2).weights == [0.8, 0.2, 0.2]


@pytest.mark.parametrize("alpha", [{"target": 1.0}, {**WEIGHTS, "x": 1.0}, {**WEIGHTS, "web": -1}])
def test_refuses_weights_of_other_resources(alpha) -> None:
    with pytest.raises(ConfigurationError, match=r"alpha: found .*each of \['news', 'target', 'we"):
        Grad(3, resources=THREE, alpha=alpha)
