"""How a kernel is compiled, and when one can be used."""

from typing import Any, Callable, Optional

import numba
import torch

from datnet_allennlp.kernels.switch import enabled

# All that lets a loop be vectorised, but NaN and infinity keep their meaning.
_FAST_MATH = {"arcp", "contract", "nsz", "reassoc"}


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """
    Compiles a function of numbers and NumPy arrays at its first call. It holds no lock of Python's
    while it runs.
    """
    return numba.njit(cache=True, nogil=True, fastmath=_FAST_MATH, error_model="numpy")(function)


def runs_on(*tensors: Optional[torch.Tensor]) -> bool:
    """Whether kernels are enabled and can work on the memory of these tensors (None is none)."""
    return enabled() and all(
        t is None or (t.device.type == "cpu" and t.dtype is torch.float32) for t in tensors
    )
