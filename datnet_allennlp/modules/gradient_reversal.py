"""Gradient reversal, with the rate as a constant or on a schedule."""

import math
from typing import Any, Tuple, cast

import torch
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, rate: float) -> torch.Tensor:
        ctx.rate = rate
        return inputs.view_as(inputs)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Tuple[torch.Tensor, None]:
        return -ctx.rate * grads[0], None  # negated (section 3.3)


class GradientReversal(torch.nn.Module, Registrable):
    """
    The identity forward; backward the gradient times minus `rate` (section 3.3). So the
    discriminator learns to tell the resources apart and what lies below it learns not to be told.
    """

    default_implementation = "constant"

    def rate(self) -> float:
        """The present rate, never negative."""
        raise NotImplementedError

    def advance(self) -> None:
        """Called once per training batch, for rates that depend on time."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, _Reverse.apply(inputs, self.rate()))


@GradientReversal.register("constant")
class ConstantReversal(GradientReversal):
    """
    Registered as a `GradientReversal` with name "constant".

    # Parameters

    rate : `float`, optional (default = 0.7)
        The paper gives none; 0.7 is the authors' own.
    """

    def __init__(self, rate: float = 0.7) -> None:
        super().__init__()
        _check_range("rate", rate, 1e6)
        self._rate = rate

    def rate(self) -> float:
        return self._rate


@GradientReversal.register("dann")
class DannReversal(GradientReversal):
    """
    Grows from 0 towards `rate` as `rate * (2 / (1 + exp(-10 p)) - 1)`, `p` the share of `num_steps`
    that is over (Ganin et al., 2016, section 5.2.2). Stays at its last value after that.

    Registered as a `GradientReversal` with name "dann".

    # Parameters

    num_steps : `int`
        Training batches, of all resources together, over which the rate grows.
    rate : `float`, optional (default = 1.0)
    """

    def __init__(self, num_steps: int, rate: float = 1.0) -> None:
        super().__init__()
        _check_range("num_steps", num_steps, 1e18)
        _check_range("rate", rate, 1e6)
        self._num_steps = num_steps
        self._rate = rate
        # In the model's state, so that a recovered run goes on where it was.
        self.register_buffer("step", torch.zeros((), dtype=torch.long))

    def rate(self) -> float:
        progress = min(1.0, int(cast(torch.Tensor, self.step)) / self._num_steps)
        return self._rate * (2 / (1 + math.exp(-10 * progress)) - 1)

    def advance(self) -> None:
        cast(torch.Tensor, self.step).add_(1)


def _check_range(key: str, value: float, highest: float) -> None:
    if not 0 < value <= highest:
        raise ConfigurationError(
            f"gradient_reversal.{key}: found {value}, expected more than 0 and at most "
            f"{highest:g} (the sign is reversed for you)"
        )
