"""Compares a whole configuration with the classes that it names, before any of them is built."""

import collections.abc
import inspect
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Union, get_args, get_origin

import torch
from allennlp.commands.train import TrainModel
from allennlp.common import FromParams, Lazy, Params, Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.common.from_params import infer_constructor_params
from allennlp.evaluation import Evaluator

from datnet_allennlp.configuration.parameter_groups import check_parameter_groups
from datnet_allennlp.configuration.paths import check_files, data_paths
from datnet_allennlp.configuration.processes import Distributed, check_processes
from datnet_allennlp.configuration.transformers import check_transformers
from datnet_allennlp.configuration.values import check_values
from datnet_allennlp.data.corpus_part import CorpusPart

# What `allennlp train` takes beside the parameters of `TrainModel`, and what it fills in itself.
_OF_THE_COMMAND = (
    "random_seed",
    "numpy_seed",
    "pytorch_seed",
    "evaluation",
    "include_in_archive",
    "distributed",
)
_FILLED_IN = ("self", "serialization_dir", "local_rank", "ddp_accelerator")

_NUMBERS = {int: (int,), bool: (bool,), float: (int, float)}
_WORDS = {int: "a whole number", bool: "true or false", float: "a number", str: "a text"}
_MAPPINGS = (dict, collections.abc.Mapping)
_SEQUENCES = (list, tuple, set, collections.abc.Iterable, collections.abc.Sequence)


def check_configuration(params: Params | Mapping[str, Any]) -> None:
    """
    Finds what AllenNLP finds late, in other words or not at all: unknown keys, unknown registered
    names, values of a wrong type, and values that do not fit together or into this machine
    (`check_values`), and files that are not there. Reads no data and builds nothing.

    # Parameters

    params : `Params | Mapping[str, Any]`
        What `allennlp train` is given. It stays as it is.

    Raises `ConfigurationError` that names the key, what was found and what was expected.
    """
    given = params.params if isinstance(params, Params) else params
    _expect(isinstance(given, Mapping), "the configuration", given, "an object")
    config = params.as_dict(quiet=True) if isinstance(params, Params) else dict(params)
    trained = {key: value for key, value in config.items() if key not in _OF_THE_COMMAND}
    _check_class(TrainModel, trained, "", _OF_THE_COMMAND)
    for key in _OF_THE_COMMAND[:3]:
        _check(int | None, config.get(key), key)
    _check(list[str] | None, config.get("include_in_archive"), "include_in_archive")
    for key, part in (("evaluation", Evaluator), ("distributed", Distributed)):
        if config.get(key) is not None:
            _check_class(part, config[key], key)
    for key, value in data_paths(config):
        _expect(value is not None, key, value, "a file, or an object with a 'path'")
        if isinstance(value, Mapping):
            _check_class(CorpusPart, value, key)
        else:
            _check_any([str, list[str]], value, key)
    check_parameter_groups(config)
    check_values(config)
    check_processes(config)
    check_files(config)
    check_transformers(config)


def _check(annotation: Any, value: Any, key: str) -> None:
    """Whether AllenNLP can make what a parameter is annotated with of a value."""
    if isinstance(value, Mapping) and "_pretrained" in value:
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    if value is None:
        _expect(_may_be_null(annotation), key, value, "a value")
        return
    if origin in (Union, types.UnionType):
        _check_any([each for each in arguments if each is not types.NoneType], value, key)
    elif origin is Lazy:
        _check(arguments[0], value, key)
    elif isinstance(annotation, type) and hasattr(annotation, "from_params"):
        _check_class(annotation, value, key)
    elif annotation in _NUMBERS:
        _expect(type(value) in _NUMBERS[annotation], key, value, _WORDS[annotation])
    elif annotation is str:
        _expect(isinstance(value, str), key, value, _WORDS[str])
    elif origin in _MAPPINGS:
        _expect(isinstance(value, Mapping), key, value, "an object")
        for name, each in value.items():
            _check(arguments[-1] if arguments else Any, each, _join(key, name))
    elif origin in _SEQUENCES:
        _expect(isinstance(value, list), key, value, "a list")
        # A tuple names the type of each of its elements, the others that of all.
        of_each = arguments if origin is tuple and Ellipsis not in arguments else ()
        for number, each in enumerate(value):
            kind = of_each[number] if number < len(of_each) else (arguments or (Any,))[0]
            _check(kind, each, _join(key, number))


def _check_any(annotations: Iterable[Any], value: Any, key: str) -> None:
    """As `_check`, for a value that may be of any of several types."""
    errors = []
    for annotation in annotations:
        try:
            return _check(annotation, value, key)
        except ConfigurationError as error:
            errors.append(error)
    # The one that fits best: which got deepest into the value before it found a mistake.
    inside = [error for error in errors if not error.message.startswith(f"{key}: ")]
    if inside or len(errors) == 1:
        raise (inside or errors)[0]
    expected = dict.fromkeys(error.message.rpartition(", expected ")[2] for error in errors)
    raise ConfigurationError(f"{key}: found {_shown(value)}, expected {' or '.join(expected)}")


def _check_class(base: type, value: Any, key: str, more_keys: Sequence[str] = ()) -> None:
    """Whether a value can be made into an object of a class or of one that is registered for it."""
    if isinstance(value, str):
        value = {"type": value}
    _expect(isinstance(value, Mapping), key, value, "an object or a name")
    found, constructor, name, keys = base, None, base.__name__, dict(value)
    if issubclass(base, Registrable) and Registrable._registry.get(base):
        name = keys.pop("type", base.default_implementation)
        found, constructor = _registered(base, name, _join(key, "type") if len(value) > 1 else key)
    if not isinstance(found, type) or not issubclass(found, FromParams):
        return  # torch's own classes, which AllenNLP calls with the keys as they are
    called = getattr(found, constructor) if constructor else found.__init__
    parameters = {
        name: parameter
        for name, parameter in infer_constructor_params(found, called).items()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        and (name not in _FILLED_IN or found is Distributed)
    }
    for each, inside in keys.items():
        if each in parameters:
            _check_parameter(parameters[each], inside, _join(key, each))
            continue
        known = sorted([*parameters, *more_keys])
        near = get_close_matches(each, known, n=1)
        if near or not _takes_any_key(found, called):
            expected = f"'{near[0]}'" if near else f"one of {known}"
            of = f" of '{name}'" if key else ""
            raise ConfigurationError(
                f"{_join(key, each)}: found an unknown key{of}, expected {expected}"
            )


def _check_parameter(parameter: inspect.Parameter, value: Any, key: str) -> None:
    # AllenNLP hands null on as it is.
    if value is not None or parameter.default is not None:
        _check(parameter.annotation, value, key)


def _may_be_null(annotation: Any) -> bool:
    return type(None) in get_args(annotation) or annotation in (Any, inspect.Parameter.empty)


def _registered(base: type[Registrable], name: Any, key: str) -> tuple[Any, str | None]:
    """The class of a name and the name of its constructor."""
    names = base.list_available()
    if name is None:
        raise ConfigurationError(f"{key}: found no 'type', expected one of {sorted(names)}")
    _expect(isinstance(name, str), key, name, "a registered name")
    try:
        if name in names or "." in name:
            return base.resolve_class_name(name)
    except ConfigurationError:
        pass
    near = get_close_matches(name, names, n=3)
    raise ConfigurationError(
        f"{key}: found '{name}', expected "
        + " or ".join(f"'{each}'" for each in near)
        + ("" if near else f"one of {sorted(names)}")
    )


def _takes_any_key(found: type, called: Callable[..., Any]) -> bool:
    """
    Whether keys that no signature names are of use: all `**kwargs` are handed on to the class
    above, and none of those above takes named parameters alone.
    """
    for each in (called, *(cls.__init__ for cls in found.__mro__[1:])):  # type: ignore[misc]
        if each in (object.__init__, torch.nn.Module.__init__):
            return each is not called
        kinds = [parameter.kind for parameter in inspect.signature(each).parameters.values()]
        if inspect.Parameter.VAR_KEYWORD not in kinds:
            return False
    return False


def _expect(fits: bool, key: str, value: Any, expected: str) -> None:
    if not fits:
        raise ConfigurationError(f"{key}: found {_shown(value)}, expected {expected}")


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return f"an object with the keys {sorted(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    return f"the list {value}" if isinstance(value, list) else repr(value)


def _join(key: str, name: str | int) -> str:
    return f"{key}.{name}" if key else str(name)
