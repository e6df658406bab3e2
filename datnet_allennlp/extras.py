"""Packages that only some commands need: the extras of `pyproject.toml`."""

import importlib
from typing import Any

from allennlp.common.checks import ConfigurationError


def require(module: str, extra: str, needed_by: str) -> Any:
    """
    Imports a module of a package that is an extra. It is imported where it is used, for
    `--include-package datnet_allennlp` imports all modules of this package.

    # Parameters

    module : `str`
    extra : `str`
        The extra that holds its package.
    needed_by : `str`
        What the error begins with: the command or the file that needs it.

    # Returns

    The module.

    Raises `ConfigurationError` with the command that installs the package.
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # Not for what the package itself lacks.
        if error.name is None or error.name.partition(".")[0] != package:
            raise
        raise ConfigurationError(
            f"{needed_by}: found no {package}, expected the extra that holds it: "
            f"pip install 'datnet-allennlp[{extra}]'"
        ) from None
