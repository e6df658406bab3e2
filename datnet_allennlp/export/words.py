"""What an archive knows of words, as files of an export."""

import json
from collections.abc import Callable
from typing import Any, cast

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Token, TokenIndexer, Vocabulary
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer
from allennlp.modules.token_embedders import Embedding, TokenEmbedder

from datnet_allennlp.data.dataset_readers import MultiResourceReader
from datnet_allennlp.data.remembering_indexers import RememberingIndexers
from datnet_allennlp.data.token_indexers import WordVectorIndexer
from datnet_allennlp.data.word_lookup import FallbackLookup
from datnet_allennlp.export.networks import characters_network, refused
from datnet_allennlp.modules.character_cnn import CharacterCnn
from datnet_allennlp.modules.per_resource_embedder import PerResourceEmbedder
from datnet_allennlp.modules.word_characters import WordCharacters
from datnet_allennlp.modules.word_vectors import WordVectors
from datnet_allennlp.tagging import Tagger

VECTOR_TYPES = ("float32", "float16", "int8")
_EMBEDDER = "model.text_field_embedder"

# Takes the name of a file and its bytes.
Write = Callable[[str, bytes], None]


def write_parts(
    tagger: Tagger, resource: str, vector_type: str, write: Write, save: Callable[[str, Any], None]
) -> list[dict[str, Any]]:
    """
    Writes the files of each part of a word's vector, and describes them for `settings.json`.

    # Parameters

    tagger : `Tagger`
    resource : `str`
    vector_type : `str`
        One of `VECTOR_TYPES`. In int8, each vector is divided by its largest value.
    write : `Write`
    save : `Callable[[str, Any], None]`
        The same of a matrix.

    Raises `ConfigurationError`, naming the component, for embedders and indexers other than word
    vectors, trained embeddings and characters.
    """
    embedder = tagger.model.text_field_embedder
    if not isinstance(embedder, PerResourceEmbedder):
        raise refused(_EMBEDDER, embedder, "'per_resource'")
    indexers = _indexers(tagger, resource)
    embedders: dict[str, tuple[str, torch.nn.Module]] = {}
    if embedder.per_resource:
        own = embedder.per_resource[resource]
        embedders[embedder.key] = (f"per_resource.{resource}", own)
    for name, shared in embedder.shared.items():
        embedders[name] = (f"shared.{name}", shared)
    parts = []
    for name, (place, module) in embedders.items():
        if name not in indexers:
            raise ConfigurationError(
                f"dataset_reader.token_indexers: found none named '{name}', expected the one of "
                f"the embedder '{name}'"
            )
        memory = indexers.memory(name, tagger.model.vocab)
        if memory is None:
            raise refused(
                f"dataset_reader.token_indexers.{name}",
                indexers[name],
                "one of 'word_vectors', 'single_id' and 'characters' without start and end tokens",
            )
        ids = tagger.model.vocab.get_token_to_index_vocabulary(memory.namespace)
        described: dict[str, Any] = {"unknown": _unknown(tagger.model.vocab, memory.namespace)}
        if isinstance(memory.indexer, TokenCharactersIndexer):
            _check_characters(memory.words, ids, name)
            if not isinstance(module, WordCharacters) or not isinstance(
                module.encoder, CharacterCnn
            ):
                raise refused(
                    f"{_EMBEDDER}.{place}", module, "'word_characters' with a 'character_cnn'"
                )
            described |= {"ids": ids, "network": f"{name}.onnx"}
            write(f"{name}.onnx", characters_network(module.embedding, module.encoder))
        else:
            table = _table(module, f"{_EMBEDDER}.{place}")
            stem = f"{name}.{resource}"
            described |= {
                "words": f"{stem}.json",
                "vectors": f"{stem}.npy",
                "order": _order(memory.indexer, name),
            }
            words = sorted(ids, key=ids.__getitem__)
            write(f"{stem}.json", json.dumps(words, ensure_ascii=False).encode())
            if vector_type == "int8":
                scale = numpy.abs(table).max(axis=1, keepdims=True) / 127
                scale[scale == 0] = 1
                table = numpy.rint(table / scale)
                described["scale"] = f"{stem}.scale.npy"
                save(f"{stem}.scale.npy", scale)
            save(f"{stem}.npy", table.astype(vector_type))
        parts.append(described)
    return parts


def _indexers(tagger: Tagger, resource: str) -> RememberingIndexers:
    # What the reader gives to its instances, so that nothing of it has to be known.
    several = isinstance(tagger.dataset_reader, MultiResourceReader)
    instance = tagger.make_instance([Token("a")], {"resource": resource} if several else {})
    indexers = instance["tokens"].token_indexers  # type: ignore[attr-defined]
    if not isinstance(indexers, RememberingIndexers):
        raise refused("dataset_reader", tagger.dataset_reader, "'conll_columns' for each resource")
    return indexers


def _unknown(vocab: Vocabulary, namespace: str) -> int:
    known = vocab.get_token_to_index_vocabulary(namespace)
    return vocab.get_token_index("".join(known)[:1] * (1 + max(map(len, known))), namespace)


def _check_characters(words: Any, ids: dict[str, int], name: str) -> None:
    """Whether the indexer gives an id to each character by itself, as the vocabulary has it."""
    characters = [each for each in ids if len(each) == 1]
    expected = numpy.array([ids[each] for each in characters], dtype=numpy.int32).tobytes()
    if words["".join(characters)] != expected:
        raise ConfigurationError(
            f"dataset_reader.token_indexers.{name}: found a character tokenizer with options, "
            "which cannot be exported, expected one without"
        )


def _order(indexer: TokenIndexer, name: str) -> list[str]:
    if isinstance(indexer, SingleIdTokenIndexer):
        return ["lowercase" if indexer.lowercase_tokens else "exact"]
    assert isinstance(indexer, WordVectorIndexer)
    if type(indexer.lookup) is not FallbackLookup:
        raise refused(f"dataset_reader.token_indexers.{name}.lookup", indexer.lookup, "'fallback'")
    return indexer.lookup.order


@torch.no_grad()
def _table(module: torch.nn.Module, place: str) -> numpy.ndarray:
    if isinstance(module, WordVectors):
        rows = len(cast(torch.Tensor, module.vectors))
    elif type(module) is Embedding:
        rows = len(cast(torch.Tensor, module.weight))
    else:
        raise refused(place, module, "'word_vectors' or 'embedding'")
    assert isinstance(module, TokenEmbedder)
    ids = torch.arange(rows, device=next(module.parameters()).device)
    table: numpy.ndarray = module(ids.unsqueeze(0)).squeeze(0).cpu().numpy()
    return table
