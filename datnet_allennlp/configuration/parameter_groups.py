"""Parameters with an optimizer's settings of their own: torch takes whatever stands there."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from allennlp.common.checks import ConfigurationError
from allennlp.common.from_params import infer_constructor_params
from allennlp.training.optimizers import Optimizer

_KEY = "trainer.optimizer.parameter_groups"
_FREEZES = "requires_grad"  # AllenNLP's own
_NAME = "optimizer_name"  # of the optimizer `multi`, which of its optimizers has the group
_OF_ALL = ("model_parameters", "parameter_groups")


def check_parameter_groups(config: Mapping[str, Any]) -> None:
    """
    # Parameters

    config : `Mapping[str, Any]`
        Its keys are known and its values have the right types.

    Raises `ConfigurationError` that names the key of a setting that the optimizer does not have, of
    one that is no number where it takes one, and of a pattern of names that is none.
    """
    trainer = config.get("trainer")
    optimizer = trainer.get("optimizer") if isinstance(trainer, Mapping) else None
    if not isinstance(optimizer, Mapping) or not optimizer.get("parameter_groups"):
        return
    for number, (patterns, settings) in enumerate(optimizer["parameter_groups"]):
        kind = _kind_of_group(optimizer, settings, f"{_KEY}.{number}.1")
        parameters = infer_constructor_params(Optimizer.resolve_class_name(kind)[0])
        known = [_FREEZES, *(name for name in parameters if name not in _OF_ALL)]
        for place, pattern in enumerate(patterns):
            check_pattern(f"{_KEY}.{number}.0.{place}", pattern)
        for name, value in settings.items():
            if name == _NAME and "optimizers" in optimizer:
                continue
            key = f"{_KEY}.{number}.1.{name}"
            if name not in known:
                near = get_close_matches(name, known, n=1)
                expected = f"'{near[0]}'" if near else f"one of {sorted(known)}"
                raise ConfigurationError(
                    f"{key}: found an unknown key of '{kind}', expected {expected}"
                )
            takes_number = name != _FREEZES and parameters[name].annotation is float
            if takes_number and type(value) not in (int, float):
                raise ConfigurationError(f"{key}: found {value!r}, expected a number")


def check_pattern(key: str, pattern: str) -> None:
    """Raises `ConfigurationError` that names the key of what is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(
            f"{key}: found '{pattern}' ({error}), expected a regular expression for names of "
            "parameters"
        ) from None


def _kind_of_group(optimizer: Mapping[str, Any], settings: Mapping[str, Any], key: str) -> str:
    """The registered name of the optimizer that has a group."""
    if "optimizers" in optimizer:
        name = settings.get(_NAME, "default")
        if name not in optimizer["optimizers"]:
            raise ConfigurationError(
                f"{key}.{_NAME}: found '{name}', expected one of those in "
                f"trainer.optimizer.optimizers: {sorted(optimizer['optimizers'])}"
            )
        optimizer = optimizer["optimizers"][name]
    if isinstance(optimizer, str):
        return optimizer
    return optimizer.get("type", Optimizer.default_implementation)
