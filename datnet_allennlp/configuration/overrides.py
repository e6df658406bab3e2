"""
Mistakes in `--overrides`, of all commands that take a configuration. AllenNLP looks up both
functions each time that it reads a configuration, and they are what is replaced here.
"""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from allennlp.common import params
from allennlp.common.checks import ConfigurationError

_OPTION = "--overrides"


def install() -> None:
    """Puts checks in front of the functions of AllenNLP that read and apply overrides."""
    params.parse_overrides = _that_says_what_it_expects(params.parse_overrides)
    params.with_overrides = _that_checks_first(params.with_overrides)


def check_overrides(original: Any, overrides: Mapping[str, Any]) -> None:
    """
    Whether each key leads to a place of a configuration: all levels but the last have to be there.

    # Parameters

    original : `Any`
        The configuration.
    overrides : `Mapping[str, Any]`
        Values by key, with dots between the levels.

    Raises `ConfigurationError` that names the key and the level that is not there.
    """
    for key in overrides:
        value, rest = original, key
        while rest:
            at = key[: len(key) - len(rest)].rstrip(".")
            value, rest = _level_below(value, rest, key, at)


def _level_below(value: Any, rest: str, key: str, at: str) -> tuple[Any, str]:
    """What the next part of a key names, and the part behind that."""
    of = f"in '{at}'" if at else "in the configuration"
    if not isinstance(value, (dict, list)):
        raise ConfigurationError(
            f"{_OPTION}: found the key '{key}', but '{at}' is {value!r}, expected an object there"
        )
    # A name may have dots as well: that of a module, for one.
    for name in _names(value):
        if rest == name:
            return None, ""
        if rest.startswith(f"{name}."):
            inside = value[int(name)] if isinstance(value, list) else value[name]
            return inside, rest[len(name) + 1 :]
    first = rest.partition(".")[0]
    if first == rest and isinstance(value, dict):
        return None, ""  # a new key, which the check of the configuration knows or not
    known = list(_names(value))
    near = get_close_matches(first, known, n=1)
    expected = f"'{near[0]}'" if near else f"one of {sorted(known)}"
    raise ConfigurationError(
        f"{_OPTION}: found the key '{key}', but there is no '{first}' {of}, expected {expected}"
    )


def _names(value: dict[str, Any] | list[Any]) -> Iterator[str]:
    yield from map(str, range(len(value))) if isinstance(value, list) else value


def _that_says_what_it_expects(parse: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    def parse_overrides(
        serialized_overrides: str, ext_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            overrides = parse(serialized_overrides, ext_vars)
            reason = ""
        except (RuntimeError, ValueError) as error:
            overrides, reason = None, f" ({' '.join(str(error).split())})"
        if isinstance(overrides, dict):
            return overrides
        raise ConfigurationError(
            f"{_OPTION}: found {serialized_overrides[:60]!r}{reason}, expected an object as JSON, "
            "such as '{\"trainer.num_epochs\": 3}'"
        )

    return parse_overrides


def _that_checks_first(apply: Callable[..., Any]) -> Callable[..., Any]:
    def with_overrides(original: Any, overrides_dict: dict[str, Any], prefix: str = "") -> Any:
        if not prefix:  # it calls itself, for the levels below
            check_overrides(original, overrides_dict)
        return apply(original, overrides_dict, prefix)

    return with_overrides
