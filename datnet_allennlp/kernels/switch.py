"""One switch for all kernels: without them the modules do the same in PyTorch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from allennlp.common.checks import ConfigurationError

VARIABLE = "DATNET_KERNELS"

_enabled = True


def enabled() -> bool:
    """
    Whether kernels may be used: not inside `disabled()`, and not where the environment variable
    `DATNET_KERNELS` is 0.

    Raises `ConfigurationError` where that variable is neither 0 nor 1.
    """
    value = os.environ.get(VARIABLE, "1")
    if value not in ("0", "1"):
        raise ConfigurationError(
            f"environment variable {VARIABLE}: found '{value}', expected 0 or 1"
        )
    return _enabled and value == "1"


@contextmanager
def disabled() -> Iterator[None]:
    """Inside, in all threads, no kernel is used. What the forward pass used, its backward uses."""
    global _enabled
    before, _enabled = _enabled, False
    try:
        yield
    finally:
        _enabled = before
