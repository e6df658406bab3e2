"""A text field that is indexed once, into arrays."""

from copy import deepcopy
from operator import attrgetter
from typing import Any, Dict, List, Optional, Tuple

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data.fields import TextField
from allennlp.data.fields.text_field import TextFieldTensors
from allennlp.data.token_indexers import TokenCharactersIndexer, TokenIndexer
from allennlp.data.token_indexers.token_indexer import IndexedTokenList
from allennlp.data.tokenizers import Token
from allennlp.data.vocabulary import Vocabulary

from datnet_allennlp.data.remembering_indexers import Keys, RememberingIndexers

_text = attrgetter("text")


class IndexedTextField(TextField):
    """
    A `TextField` with the same tensors, made faster: `index` turns the ids into arrays, so that
    padding copies arrays and touches no single token. An indexer that pads in a way of its own (a
    transformer's, say) does so here as well.

    # Parameters

    tokens : `List[Token]`
    token_indexers : `Dict[str, TokenIndexer]`, optional
        With `RememberingIndexers`, each distinct word is looked up once.
    """

    __slots__ = ["_keys", "_arrays", "_padding_lengths"]

    def __init__(
        self, tokens: List[Token], token_indexers: Optional[Dict[str, TokenIndexer]] = None
    ) -> None:
        # AllenNLP looks at the type of each token in Python.
        super().__init__([] if set(map(type, tokens)) == {Token} else tokens, token_indexers)
        self.tokens = tokens
        # The arrays are of shape `(num_tokens,)` or `(num_tokens, num_characters)`.
        self._keys: Tuple[Keys, ...] = ()
        self._arrays: Tuple[numpy.ndarray, ...] = ()
        self._padding_lengths: Dict[str, int] = {}

    def index(self, vocab: Vocabulary) -> None:
        indexers = self.token_indexers
        remembering = indexers if isinstance(indexers, RememberingIndexers) else None
        words: List[Any] = list(map(_text, self.tokens))
        arrays: Dict[Keys, numpy.ndarray] = {}
        others: Dict[str, IndexedTokenList] = {}
        lengths: Dict[str, int] = {}
        for name, indexer in indexers.items():
            memory = remembering.memory(name, vocab) if remembering is not None else None
            if memory is None:
                indexed = indexer.tokens_to_indices(self.tokens, vocab)
                for key, length in indexer.get_padding_lengths(indexed).items():
                    lengths[f"{name}___{key}"] = length
                if _pads_plainly(indexer, indexed):
                    for key, ids in indexed.items():
                        keys = Keys(name, key, f"{name}___{key}")
                        arrays[keys] = numpy.array(ids, dtype=numpy.int64)
                else:
                    others[name] = indexed
                continue
            remembered, keys = memory.words.__getitem__, memory.keys
            lengths[keys.tokens] = max(len(words), indexer._token_min_padding_length)
            if isinstance(indexer, TokenCharactersIndexer):
                table = _table(list(map(remembered, words)))
                lengths[keys.characters] = max(table.shape[1], indexer._min_padding_length)
                arrays[keys] = table
            else:
                arrays[keys] = numpy.fromiter(map(remembered, words), numpy.int32, len(words))
        # Tuples, which cost the garbage collector nothing.
        self._keys, self._arrays = tuple(arrays), tuple(arrays.values())
        self._indexed_tokens = others
        self._padding_lengths = lengths

    def get_padding_lengths(self) -> Dict[str, int]:
        self._check_indexed()
        return self._padding_lengths

    def as_tensor(self, padding_lengths: Dict[str, int]) -> TextFieldTensors:
        self._check_indexed()
        tensors: TextFieldTensors = {}
        for keys, array in zip(self._keys, self._arrays, strict=True):
            padded = _padded(array, keys, padding_lengths)
            tensors.setdefault(keys.indexer, {})[keys.key] = padded
        for name, indexed in self._indexed_tokens.items():  # type: ignore[union-attr]
            lengths = {
                key.partition("___")[2]: length
                for key, length in padding_lengths.items()
                if key.startswith(f"{name}___")
            }
            tensors[name] = self.token_indexers[name].as_padded_tensor_dict(indexed, lengths)
        return tensors

    def duplicate(self) -> "IndexedTextField":
        new = IndexedTextField(deepcopy(self.tokens), self._token_indexers)
        # What indexing made is replaced, never changed.
        for slot in ("_indexed_tokens", "_keys", "_arrays", "_padding_lengths"):
            setattr(new, slot, getattr(self, slot))
        return new

    def __eq__(self, other: object) -> bool:
        # The arrays follow from these, and `==` of arrays is no truth value.
        if not isinstance(other, IndexedTextField):
            return NotImplemented
        return self.tokens == other.tokens and self._token_indexers == other._token_indexers

    def _check_indexed(self) -> None:
        if self._indexed_tokens is None:
            raise ConfigurationError("found a text that is not indexed, expected .index(vocab)")


def _pads_plainly(indexer: TokenIndexer, indexed: IndexedTokenList) -> bool:
    """Whether the indexer yields plain ids and pads them as `TokenIndexer` does."""
    method = type(indexer).as_padded_tensor_dict
    return method is TokenIndexer.as_padded_tensor_dict and all(
        type(i) is int for ids in indexed.values() for i in ids
    )


def _table(rows: List[bytes]) -> numpy.ndarray:
    """The rows of 32-bit integers below one another, filled up with zeros."""
    width = max(map(len, rows), default=0)
    flat = numpy.frombuffer(b"".join([row.ljust(width, b"\0") for row in rows]), numpy.int32)
    return flat.reshape(len(rows), width // flat.itemsize)


def _padded(array: numpy.ndarray, keys: Keys, padding_lengths: Dict[str, int]) -> torch.Tensor:
    num_tokens = padding_lengths[keys.tokens]
    padded: numpy.ndarray
    if not keys.characters:
        padded = numpy.zeros(num_tokens, dtype=numpy.int64)
        array = array[:num_tokens]
        padded[: len(array)] = array
        return torch.from_numpy(padded)
    num_characters = padding_lengths[keys.characters]
    if not num_tokens or not num_characters:
        return torch.zeros(0, dtype=torch.long)  # as AllenNLP's characters indexer has it
    padded = numpy.zeros((num_tokens, num_characters), dtype=numpy.int64)
    array = array[:num_tokens, :num_characters]
    padded[: array.shape[0], : array.shape[1]] = array
    return torch.from_numpy(padded)
