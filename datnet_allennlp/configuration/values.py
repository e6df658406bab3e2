"""Values of a configuration that do not fit together, or not into this machine."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.followed import check_followed
from datnet_allennlp.configuration.parameter_groups import check_pattern
from datnet_allennlp.configuration.sizes import check_sizes
from datnet_allennlp.configuration.trainer import check_trainer

_NAME = re.compile(r"[\w-]+")


def check_values(config: Mapping[str, Any]) -> None:
    """
    Finds what would otherwise be found when the data has been read, or after the first epoch: a GPU
    or a file of vectors that is not there, resources of the data that are not those of the model,
    text without tags that nothing learns from, and a dev set whose batches would mix its resources.

    # Parameters

    config : `Mapping[str, Any]`
        Its keys are known and its values have the right types.

    Raises `ConfigurationError` that names the key, what was found and what was expected.
    """
    check_sizes(config)
    check_trainer(_part(config, "trainer"))
    reader = _part(config, "dataset_reader")
    if reader.get("type") == "multi_resource":
        _check_resources(config, reader)
    _check_namespaces(config, reader)
    if config.get("evaluate_on_test") and config.get("test_data_path") is None:
        raise ConfigurationError(
            "evaluate_on_test: found true without test data, expected test_data_path"
        )
    _check_patterns(config)
    if isinstance(size := _part(config, "vocabulary").get("max_vocab_size"), int):
        raise ConfigurationError(
            f"vocabulary.max_vocab_size: found {size}, expected an object with a size for some "
            "namespaces, for a number holds for the tags as well"
        )
    check_followed(config)


def _part(config: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object of the configuration; one of which the name stands there alone has no keys."""
    value = config.get(key)
    return value if isinstance(value, Mapping) else {}


def _values_of(name: str, value: Any, key: str) -> Iterator[tuple[str, str]]:
    """All texts under a name, with their keys."""
    if isinstance(value, Mapping):
        for each, inside in value.items():
            if each == name and isinstance(inside, str):
                yield f"{key}.{each}", inside
            else:
                yield from _values_of(name, inside, f"{key}.{each}")


def _check_namespaces(config: Mapping[str, Any], reader: Mapping[str, Any]) -> None:
    """Whether each embedder that names its words names those of an indexer."""
    embedder = _part(_part(config, "model"), "text_field_embedder")
    of_indexers = {value for _, value in _values_of("namespace", reader, "dataset_reader")}
    of_indexers |= {"tokens", "token_characters", "tags"}  # what AllenNLP's indexers take
    for key, value in _values_of("vocab_namespace", embedder, "model.text_field_embedder"):
        if value not in of_indexers:
            raise ConfigurationError(
                f"{key}: found '{value}', expected the namespace of an indexer of the reader, one "
                f"of {sorted(of_indexers)}"
            )


def _check_resources(config: Mapping[str, Any], reader: Mapping[str, Any]) -> None:
    if "readers" not in reader:
        raise ConfigurationError("dataset_reader: found no 'readers', expected that key")
    readers = set(reader["readers"])
    model = _part(config, "model")
    _check_names(readers)
    _check_tags(reader, model)
    of_model = {*(model.get("tag_namespaces") or {}), *(model.get("unlabelled") or {})}
    found: dict[str, set[str]] = {}
    for key in ("train_data_path", "validation_data_path", "test_data_path"):
        path = config.get(key)
        if path is None:
            continue
        by_resource = isinstance(path, Mapping) and "path" not in path
        found[key] = set(path) if by_resource else {reader.get("target", "target")}
        if not found[key]:
            raise ConfigurationError(
                f"{key}: found no resource, expected some of {sorted(readers)}"
            )
        if unknown := sorted(found[key] - readers):
            raise ConfigurationError(
                f"{key}: found the resource(s) {unknown}, expected some of those in "
                f"dataset_reader.readers: {sorted(readers)}"
            )
    of_training = found.get("train_data_path", set())
    if of_model and of_training != of_model:
        raise ConfigurationError(
            f"train_data_path: found data of {sorted(of_training)}, expected an object with data "
            f"of each resource of the model (model.tag_namespaces): {sorted(of_model)}"
        )
    _check_unlabelled(config, model)
    labelled = set(model.get("tag_namespaces") or {})
    private = set(_part(_part(model, "encoder"), "private"))
    if private and labelled and private != labelled:
        raise ConfigurationError(
            f"model.encoder.private: found encoders of {sorted(private)}, expected one for each of "
            f"the resources in model.tag_namespaces: {sorted(labelled)}"
        )
    if len(found.get("validation_data_path", ())) > 1:
        loader = _part(config, "validation_data_loader") or _part(config, "data_loader")
        sampler = loader.get("batch_sampler")
        kind = sampler.get("type") if isinstance(sampler, Mapping) else sampler
        if kind != "resource_bucket":
            raise ConfigurationError(
                f"validation_data_path: found the resources "
                f"{sorted(found['validation_data_path'])}, expected one, or "
                "validation_data_loader.batch_sampler of type 'resource_bucket', for each batch "
                "must be of one resource"
            )


def _check_patterns(config: Mapping[str, Any]) -> None:
    patterns = {
        f"trainer.no_grad.{number}": pattern
        for number, pattern in enumerate(_part(config, "trainer").get("no_grad") or [])
    }
    for key in ("initializer", "regularizer"):
        pairs = _part(_part(config, "model"), key).get("regexes") or []
        for number, (pattern, _) in enumerate(pairs):
            patterns[f"model.{key}.regexes.{number}.0"] = pattern
    for key, pattern in patterns.items():
        check_pattern(key, pattern)


def _check_names(resources: Iterable[str]) -> None:
    """Whether they can be names of modules and of files of the vocabulary."""
    for name in sorted(resources):
        if not _NAME.fullmatch(name) or hasattr(torch.nn.ModuleDict(), name):
            raise ConfigurationError(
                f"dataset_reader.readers: found a resource named '{name}', expected a name of "
                "letters, digits, '-' and '_' that is none of a method of torch's ModuleDict"
            )


def _check_tags(reader: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Whether each resource that has tags for the model has these from its reader."""
    for name, namespace in (model.get("tag_namespaces") or {}).items():
        of_resource = reader.get("readers", {}).get(name)
        keys = of_resource if isinstance(of_resource, Mapping) else {"type": of_resource}
        if keys.get("type") == "raw_text":
            raise ConfigurationError(
                f"model.tag_namespaces: found '{name}', whose reader 'raw_text' gives no tags, "
                "expected it in model.unlabelled"
            )
        if keys.get("tag_namespace", namespace) != namespace:
            raise ConfigurationError(
                f"model.tag_namespaces.{name}: found '{namespace}', expected "
                f"'{keys['tag_namespace']}' as in dataset_reader.readers.{name}.tag_namespace"
            )


def _check_unlabelled(config: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Whether something learns from text without tags."""
    if model.get("discriminator"):
        return
    kind = "virtual_adversarial_training"
    callbacks = _part(config, "trainer").get("callbacks") or []
    virtual = [each for each in callbacks if isinstance(each, Mapping) and each["type"] == kind]
    for name in model.get("unlabelled") or {}:
        if not any(name in (each.get("resources") or [name]) for each in virtual):
            raise ConfigurationError(
                f"model.unlabelled: found '{name}', which nothing learns from, expected "
                f"model.discriminator, or '{kind}' on '{name}' in trainer.callbacks"
            )
