"""The states of all random numbers that training draws from."""

import random
from typing import Any

import numpy
import torch


def get_random_state() -> dict[str, Any]:
    """The states of Python's, NumPy's and PyTorch's numbers, as `torch.load` takes them."""
    generator, keys, *rest = numpy.random.get_state(legacy=True)
    return {
        "python": random.getstate(),
        "numpy": (generator, numpy.asarray(keys).tolist(), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def set_random_state(state: dict[str, Any]) -> None:
    """
    # Parameters

    state : `Dict[str, Any]`
        What `get_random_state` gave, on a machine with as many GPUs.
    """
    random.setstate(state["python"])
    numpy.random.set_state(state["numpy"])
    torch.set_rng_state(state["torch"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])
