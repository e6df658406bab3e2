"""Specifications of experiments: a grid of cells, written in Jsonnet, checked before any runs."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.params import with_overrides

from datnet_allennlp.experiments.cell import Cell, label

_SPEC_KEYS = ("name", "factors", "baseline", "report", "cells")
_CELL_KEYS = (
    "factors",
    "config",
    "overrides",
    "seed",
    "evaluate",
    "record_test_each_epoch",
    "keep_model",
    "draw_encodings",
)
_SEEDS = ("random_seed", "numpy_seed", "pytorch_seed")


@dataclass(frozen=True)
class Spec:
    """
    # Parameters

    name : `str`
        What the results are filed under.
    factors : `Dict[str, List[Any]]`
        The levels of each factor, in the order in which they are shown.
    baseline : `Dict[str, Any]`
        The levels that a report compares with; it may be empty.
    report : `Dict[str, Any]`
        What a report should look like; it may be empty, and is not looked at here.
    cells : `List[Cell]`
        In the order in which they are run.
    """

    name: str
    factors: dict[str, list[Any]]
    baseline: dict[str, Any]
    report: dict[str, Any]
    cells: list[Cell]


def load_spec(path: Path) -> Spec:
    """
    Reads a specification and checks all of it, down to the data files that its cells name.

    Raises `ConfigurationError`, naming the specification, the cell and the key, for anything that
    is missing, unknown, of a wrong kind or there twice.
    """
    content = _read(path, f"{path}")
    name = content.get("name", path.stem)
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]*", name):
        raise ConfigurationError(
            f"{path}: name: found {name!r}, expected letters, digits, '_', '.' and '-'"
        )
    return make_spec({**content, "name": name}, path)


def make_spec(content: dict[str, Any], path: Path) -> Spec:
    """
    Makes a specification from what its file evaluates to.

    # Parameters

    content : `Dict[str, Any]`
        As in a file, with a name.
    path : `Path`
        What errors name and what the paths of configurations start from: the specification's file.

    Raises `ConfigurationError` as `load_spec` does.
    """
    _check_keys(content, _SPEC_KEYS, ("factors", "cells"), f"{path}")
    factors = content["factors"]
    if not (isinstance(factors, dict) and factors and all(map(_are_levels, factors.values()))):
        raise ConfigurationError(
            f"{path}: factors: found {json.dumps(factors)}, expected an object with a list of "
            "different texts, numbers or booleans for each factor"
        )
    baseline = content.get("baseline", {})
    _check_levels(baseline, factors, f"{path}: baseline")
    if not isinstance(content["cells"], list) or not content["cells"]:
        raise ConfigurationError(f"{path}: cells: found none, expected a list of at least one")
    spec = Spec(content["name"], factors, baseline, content.get("report", {}), [])
    configs: dict[str, dict[str, Any]] = {}
    for number, each in enumerate(content["cells"], start=1):
        spec.cells.append(_make_cell(each, spec, path, f"{path}: cell {number}", configs))
    _check_differences(spec.cells, path)
    return spec


def _make_cell(
    content: Any, spec: Spec, path: Path, where: str, configs: dict[str, dict[str, Any]]
) -> Cell:
    _check_keys(content, _CELL_KEYS, ("factors", "config"), where)
    factors = content["factors"]
    _check_levels(factors, spec.factors, f"{where}: factors")
    if missing := [factor for factor in spec.factors if factor not in factors]:
        raise ConfigurationError(f"{where}: factors: found no {missing[0]!r}, expected its level")
    factors = {factor: factors[factor] for factor in spec.factors}
    where = f"{where} ({label(factors)})"

    config = content["config"]
    if isinstance(config, str):
        if config not in configs:
            configs[config] = _read(path.parent / config, f"{where}: config")
        config = configs[config]
    elif not isinstance(config, dict):
        raise ConfigurationError(
            f"{where}: config: found {json.dumps(config)}, expected a file's name or an object"
        )
    overrides = content.get("overrides", {})
    _check_keys(overrides, overrides, (), f"{where}: overrides")
    try:
        config = with_overrides(config, overrides)
    except (ValueError, KeyError) as error:
        raise ConfigurationError(f"{where}: overrides: {error}") from None

    seed = content.get("seed")
    if seed is not None:
        if type(seed) is not int:
            raise ConfigurationError(f"{where}: seed: found {seed!r}, expected a whole number")
        config.update(dict.fromkeys(_SEEDS, seed))
    evaluate = _evaluated_sets(content.get("evaluate", {}), where)
    if _switch(content, "record_test_each_epoch", where):
        if "test" not in evaluate:
            raise ConfigurationError(
                f"{where}: record_test_each_epoch: found no evaluate.test, expected the set"
            )
        callback = {"type": "score_each_epoch", **evaluate["test"]}
        trainer = config.setdefault("trainer", {})
        trainer["callbacks"] = [*trainer.get("callbacks", []), callback]
    switches = [_switch(content, key, where) for key in ("keep_model", "draw_encodings")]
    cell = Cell(spec.name, factors, config, evaluate, seed, *switches)
    try:
        cell.data  # noqa: B018  (finds out whether the files exist)
    except ConfigurationError as error:
        raise ConfigurationError(f"{where}: {error.message}") from None
    return cell


def _read(path: Path, where: str) -> dict[str, Any]:
    if not path.is_file():
        raise ConfigurationError(f"{where}: found no file '{path}', expected one in Jsonnet")
    try:
        content = Params.from_file(str(path)).as_dict(quiet=True)
    except RuntimeError as error:
        raise ConfigurationError(f"{where}: {str(error).strip().splitlines()[0]}") from None
    if not isinstance(content, dict):
        raise ConfigurationError(f"{where}: found {json.dumps(content)}, expected an object")
    return content


def _check_keys(content: Any, known: Iterable[str], needed: Iterable[str], where: str) -> None:
    if not isinstance(content, dict):
        raise ConfigurationError(f"{where}: found {json.dumps(content)}, expected an object")
    for key in content:
        if key not in known:
            raise ConfigurationError(f"{where}: found the key {key!r}, expected one of {known}")
    for key in needed:
        if key not in content:
            raise ConfigurationError(f"{where}: found no key {key!r}, expected one")


def _are_levels(levels: Any) -> bool:
    if not isinstance(levels, list) or not levels:
        return False
    texts = {json.dumps(level) for level in levels}
    return len(texts) == len(levels) and all(isinstance(x, str | int | float) for x in levels)


def _check_levels(levels: Any, factors: dict[str, list[Any]], where: str) -> None:
    if not isinstance(levels, dict):
        raise ConfigurationError(f"{where}: found {json.dumps(levels)}, expected an object")
    for factor, level in levels.items():
        if factor not in factors:
            raise ConfigurationError(
                f"{where}: found the factor {factor!r}, expected one of {list(factors)}"
            )
        # As JSON, for in Python 1 is True.
        if json.dumps(level) not in map(json.dumps, factors[factor]):
            raise ConfigurationError(
                f"{where}: {factor}: found {json.dumps(level)}, expected one of "
                f"{json.dumps(factors[factor])}"
            )


def _evaluated_sets(sets: Any, where: str) -> dict[str, dict[str, str]]:
    _check_keys(sets, sets, (), f"{where}: evaluate")
    for name, place in sets.items():
        _check_keys(place, ("resource", "path"), ("path",), f"{where}: evaluate.{name}")
        if not all(isinstance(value, str) for value in place.values()):
            raise ConfigurationError(
                f"{where}: evaluate.{name}: found {json.dumps(place)}, expected texts"
            )
    return {name: {"resource": "target", **place} for name, place in sets.items()}


def _switch(content: dict[str, Any], key: str, where: str) -> bool:
    value = content.get(key, False)
    if not isinstance(value, bool):
        raise ConfigurationError(
            f"{where}: {key}: found {json.dumps(value)}, expected true or false"
        )
    return value


def _check_differences(cells: list[Cell], path: Path) -> None:
    labels: set[str] = set()
    identities: dict[str, str] = {}
    for cell in cells:
        if cell.label in labels:
            raise ConfigurationError(f"{path}: found two cells {cell.label}, expected one")
        labels.add(cell.label)
        other = identities.setdefault(cell.identity, cell.label)
        if other != cell.label:
            raise ConfigurationError(
                f"{path}: found that the cells {other} and {cell.label} are the same training and "
                "evaluation, expected their configurations to differ"
            )
