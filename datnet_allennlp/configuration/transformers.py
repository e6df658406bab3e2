"""Pretrained transformers that are not there, or not those of the indexers."""

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.named_transformers import named_transformers
from datnet_allennlp.modules.transformer_length import most_word_pieces


def check_transformer(key: str, name: str) -> None:
    """
    # Parameters

    key : `str`
        Where the name stands, for the error.
    name : `str`
        A folder, or a name on a hub, which is not looked up.

    Raises `ConfigurationError` for a folder that is not there or holds no transformer.
    """
    if os.path.isdir(name):
        if not os.path.isfile(os.path.join(name, "config.json")):
            raise ConfigurationError(
                f"{key}: found no config.json in the folder '{name}', expected what "
                "`save_pretrained` of transformers writes"
            )
    elif not name or name.startswith(("/", ".", "~")) or name.count("/") > 1:
        raise ConfigurationError(
            f"{key}: found no folder '{name}', expected that of a transformer, or a name on a "
            "hub, such as 'bert-base-cased'"
        )


def check_transformers(config: Mapping[str, Any]) -> None:
    """
    # Parameters

    config : `Mapping[str, Any]`

    Raises `ConfigurationError` that names the key of a folder that is not there or holds no
    transformer, of an embedder whose word pieces are not those of its indexer, and of a window that
    is longer than what the transformer takes at once. Names on a hub are not looked up.
    """
    for key, name in named_transformers(config):
        check_transformer(key, name)
    for key, embedder, of_indexer, indexer in _with_indexers(config):
        if not str(embedder.get("type")).startswith("pretrained_transformer"):
            continue
        longest, given = _longest(embedder.get("model_name")), embedder.get("max_length")
        if longest is not None and isinstance(given, int) and given > longest:
            raise ConfigurationError(
                f"{key}.max_length: found {given}, expected at most {longest}, which "
                f"'{embedder['model_name']}' takes at once, here and in {of_indexer}"
            )
        for name in ("type", "model_name", "max_length"):
            if embedder.get(name) != indexer.get(name):
                raise ConfigurationError(
                    f"{key}.{name}: found {embedder.get(name)!r}, expected "
                    f"{indexer.get(name)!r}, as in {of_indexer}"
                )


def _longest(folder: Any) -> int | None:
    """How many word pieces a transformer takes at once, if it counts their positions."""
    path = os.path.join(str(folder), "config.json")
    if not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return most_word_pieces(json.load(file))
    except ValueError:
        return None  # which transformers itself names


def _with_indexers(
    config: Mapping[str, Any],
) -> Iterator[tuple[str, Mapping[str, Any], str, Mapping[str, Any]]]:
    """The embedders of a `per_resource`, each with an indexer that it gets its words from."""
    model, reader = config.get("model"), config.get("dataset_reader")
    whole = model.get("text_field_embedder") if isinstance(model, Mapping) else None
    readers = reader.get("readers") if isinstance(reader, Mapping) else None
    if not isinstance(whole, Mapping) or not isinstance(readers, Mapping):
        return
    shared, own = (whole.get(part) or {} for part in ("shared", "per_resource"))
    for resource, of_resource in readers.items():
        indexers = of_resource.get("token_indexers") if isinstance(of_resource, Mapping) else None
        for name, indexer in (indexers or {}).items():
            place = f"shared.{name}" if name in shared else f"per_resource.{resource}"
            embedder = shared.get(name) or own.get(resource)
            if isinstance(embedder, Mapping) and isinstance(indexer, Mapping):
                yield (
                    f"model.text_field_embedder.{place}",
                    embedder,
                    f"dataset_reader.readers.{resource}.token_indexers.{name}",
                    indexer,
                )
