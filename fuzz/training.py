"""What is fuzzed of `allennlp train`: a configuration of DATNet in which some values are others."""

import functools
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from allennlp.commands import train
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

import datnet_allennlp.plugin  # noqa: F401  # as the command does

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 3, 0.5, -0.5, 1e38, -1e38, 1e-45, 2**63, -(2**63)),
    *(float("nan"), float("inf"), "", "x", "target", "source", "tokens", "1", "-1", [], {}, [[]]),
    *([None], ["target"], [0, 1], {"": 0}, {"type": None}, {"type": "x"}, {"type": []}),
    *({"target": None}, {"path": "x"}, "lstm", "adam", "cross_entropy", "resource_bucket"),
)
# Sizes in between would take the memory and time that they ask for, which is no mistake.
_LARGEST, _ABSURD = 100, 2**62


def training_values(data: bytes) -> None:
    """
    A line for each change: a letter that says which one, three bytes for the place, and what is put
    there. Ends in a trainer that could start, or in one sentence.
    """
    config = small_config()
    for line in data.split(b"\n")[:4]:
        with suppress(ValueError, RecursionError):
            _change(config, line)
    text = json.dumps(config)
    # No download; a configuration may name any class.
    if "://" not in text and "." not in "".join(re.findall(r'"type": "([^"]*)"', text)):
        build(config)


def build(config: dict[str, Any]) -> str | None:
    """
    All that `allennlp train` does before the first batch. A `ConfigurationError` is fine if it is
    one sentence, which is returned.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            train.train_model(Params(config), f"{folder}/run", dry_run=True)
        except ConfigurationError as error:
            message = error.message
            assert isinstance(message, str) and message.strip(), repr(error)
            assert "\n" not in message.strip(), message
            return message
    return None


def small_config() -> dict[str, Any]:
    """The configuration of DATNet-F for the fixtures, with a few sentences."""
    return json.loads(_small_config())


@functools.cache
def _small_config() -> str:
    params = Params.from_file(str(ROOT / "training_config" / "datnet_f_wnut17.jsonnet"))
    config = params.as_dict(quiet=True)
    text = json.dumps(config)
    text = re.sub(r'"[^"]*embeddings/en[^"]*"', f'"{_few_vectors()}"', text)
    config = json.loads(re.sub(r'"(hidden_size|num_filters)": \d+', r'"\1": 6', text))
    for key, name in (("train_data_path", "train"), ("validation_data_path", "dev")):
        paths = {
            resource: {"path": str(FIXTURES / resource / f"{name}.conll"), "max_sentences": 3}
            for resource in ("source", "target")
        }
        config[key] = paths if key == "train_data_path" else paths["target"]
    config.pop("test_data_path", None)
    config["trainer"]["num_epochs"] = 1
    return json.dumps(config)


def _few_vectors() -> str:
    """A file of word vectors that is read at once."""
    words = [
        f"{word} {' '.join(str(i % (n + 2)) for i in range(50))}" for n, word in enumerate("abc")
    ]
    path = Path(tempfile.mkdtemp(prefix="datnet-fuzz-")) / "en.50d.txt"
    path.write_text("\n".join([f"{len(words)} 50", *words]) + "\n")
    return str(path)


def _change(config: dict[str, Any], line: bytes) -> None:
    places = list(_places(config))
    parent, key = places[int.from_bytes(line[1:4], "little") % len(places)]
    rest = line[4:]
    match line[:1]:
        case b"d":
            del parent[key]
        case b"r" if isinstance(parent, dict):
            parent[rest.decode()] = parent.pop(key)
        case b"a" if isinstance(parent[key], dict):
            parent[key][rest.decode()] = _ODD[len(rest) % len(_ODD)]
        case b"s":
            other, name = places[int.from_bytes(rest[:3], "little") % len(places)]
            parent[key] = json.loads(json.dumps(other[name]))
        case b"o":
            value = _ODD[int.from_bytes(rest[:1], "little") % len(_ODD)]
            parent[key] = json.loads(json.dumps(value))
        case b"j":
            value = json.loads(rest)
            json.dumps(value, ensure_ascii=False).encode()  # Jsonnet takes no lone surrogates
            if not any(_LARGEST < abs(number) < _ABSURD for number in _whole_numbers(value)):
                parent[key] = value


def _places(config: Any) -> Iterator[tuple[Any, Any]]:
    """All values, as the object or list that holds them and their key."""
    for key, value in config.items() if isinstance(config, dict) else enumerate(config):
        yield config, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _whole_numbers(value: Any) -> Iterator[int]:
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _whole_numbers(each)
    elif isinstance(value, int):
        yield value
