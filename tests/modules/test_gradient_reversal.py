import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.modules.gradient_reversal import (
    ConstantReversal,
    DannReversal,
    GradientReversal,
)


def test_identity_forward_and_reversed_backward() -> None:
    inputs = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    outputs = ConstantReversal(0.4)(inputs)
    assert outputs.tolist() == [1.0, -2.0, 3.0]
    outputs.backward(torch.tensor([1.0, 10.0, -5.0]))
    assert inputs.grad is not None
    torch.testing.assert_close(inputs.grad, torch.tensor([-0.4, -4.0, 2.0]))


def test_the_gradient_is_minus_rate_times_the_finite_difference() -> None:
    torch.manual_seed(0)
    inputs = torch.randn(5).double().requires_grad_()
    above = torch.nn.Linear(5, 1).double()

    def loss(x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(above(x)).square().sum()

    loss(ConstantReversal(0.3)(inputs)).backward()
    reversed_by_parameter = [parameter.grad for parameter in above.parameters()]
    h = 1e-6
    steps = h * torch.eye(5).double()
    slopes = torch.stack([(loss(inputs + e) - loss(inputs - e)) / (2 * h) for e in steps])
    assert inputs.grad is not None
    torch.testing.assert_close(inputs.grad, -0.3 * slopes.detach(), rtol=1e-6, atol=1e-9)
    # What lies above learns as ever.
    plain = torch.autograd.grad(loss(inputs), list(above.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(reversed_by_parameter, plain, strict=True))


# rate * (2 / (1 + exp(-10 p)) - 1), worked out by hand.
@pytest.mark.parametrize(
    "steps, rate",
    [(0, 0.0), (1, 0.5 * 0.4621171573), (2, 0.5 * 0.7615941560), (5, 0.5 * 0.9866142982)]
    + [(10, 0.5 * 0.9999092043), (11, 0.5 * 0.9999092043), (1000, 0.5 * 0.9999092043)],
)
def test_dann_schedule(steps: int, rate: float) -> None:
    reversal = DannReversal(num_steps=10, rate=0.5)
    for _ in range(steps):
        reversal.advance()
    assert reversal.rate() == pytest.approx(rate, abs=1e-9)
    inputs = torch.ones(1, requires_grad=True)
    reversal(inputs).backward()
    assert inputs.grad is not None
    assert inputs.grad.item() == pytest.approx(-rate, abs=1e-7)


def test_only_advance_advances() -> None:
    reversal = DannReversal(num_steps=4)
    reversal(torch.ones(2))
    assert reversal.rate() == 0
    constant = ConstantReversal(0.7)
    constant.advance()
    assert constant.rate() == 0.7


def test_a_recovered_schedule_goes_on() -> None:
    reversal = DannReversal(num_steps=8)
    for _ in range(3):
        reversal.advance()
    recovered = DannReversal(num_steps=8)
    recovered.load_state_dict(reversal.state_dict())
    recovered.advance()
    reversal.advance()
    assert int(recovered.step) == 4
    assert recovered.rate() == reversal.rate() > 0


def test_from_a_config() -> None:
    default = GradientReversal.from_params(Params({}))
    assert isinstance(default, ConstantReversal) and default.rate() == 0.7
    dann = GradientReversal.from_params(Params({"type": "dann", "num_steps": 3}))
    assert isinstance(dann, DannReversal)


@pytest.mark.parametrize(
    "config, key, value",
    [
        ({"type": "constant", "rate": -0.7}, "rate", "-0.7"),
        ({"type": "constant", "rate": 0}, "rate", "0"),
        ({"type": "dann", "num_steps": 0}, "num_steps", "0"),
        ({"type": "dann", "num_steps": 5, "rate": -1}, "rate", "-1"),
        ({"type": "constant", "rate": 1e38}, "rate", "1e+38"),
        ({"type": "constant", "rate": float("nan")}, "rate", "nan"),
        ({"type": "dann", "num_steps": 10**30}, "num_steps", str(10**30)),
        ({"type": "dann", "num_steps": 5, "rate": float("inf")}, "rate", "inf"),
    ],
)
def test_refuses_rates_that_would_not_reverse(config: dict, key: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        GradientReversal.from_params(Params(config))
    assert f"gradient_reversal.{key}: found {value}, expected more than 0" in str(error.value)
