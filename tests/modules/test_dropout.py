import pytest
import torch

from datnet_allennlp.modules.dropout import Dropout


def test_values_are_dropped_or_scaled_and_so_are_gradients() -> None:
    torch.manual_seed(0)
    inputs = torch.randn(50, 40, requires_grad=True)
    outputs = Dropout(0.2)(inputs)
    kept = outputs != 0
    torch.testing.assert_close(outputs[kept], inputs[kept] / 0.8)
    assert 0.7 < kept.float().mean() < 0.9
    outputs.sum().backward()
    torch.testing.assert_close(inputs.grad, kept / 0.8)


def test_the_seed_decides() -> None:
    dropout, inputs = Dropout(0.5), torch.ones(1000)
    torch.manual_seed(1)
    first, second = dropout(inputs), dropout(inputs)
    torch.manual_seed(1)
    again = dropout(inputs)
    assert torch.equal(first, again) and not torch.equal(first, second)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_nothing_and_everything(rate: float) -> None:
    assert torch.equal(Dropout(rate)(torch.ones(9)), torch.full((9,), 1 - rate))


def test_evaluation_changes_nothing() -> None:
    inputs = torch.randn(9)
    assert torch.equal(Dropout(0.5).eval()(inputs), inputs)


def test_other_types() -> None:
    torch.manual_seed(0)
    outputs = Dropout(0.5)(torch.ones(1000, dtype=torch.float64))
    assert outputs.dtype == torch.float64 and 0.4 < (outputs == 0).double().mean() < 0.6
