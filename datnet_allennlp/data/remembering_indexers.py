"""Token indexers that look each distinct word up once."""

from typing import Any, Callable, Dict, Generic, Mapping, NamedTuple, Optional, Tuple, TypeVar

import numpy
from allennlp.data.token_indexers import (
    SingleIdTokenIndexer,
    TokenCharactersIndexer,
    TokenIndexer,
)
from allennlp.data.tokenizers import CharacterTokenizer, Token
from allennlp.data.vocabulary import Vocabulary

from datnet_allennlp.data.token_indexers import WordVectorIndexer

# Frequent words come back soon after everything was forgotten, so a small memory does.
MAX_REMEMBERED = 2**16
_Value = TypeVar("_Value")


class PerWord(Dict[str, _Value], Generic[_Value]):
    """
    A function of a word as a dictionary: a value is made where it is first asked for. Holds at most
    `max_words` of them, forgets them all when it is full, and travels empty to another process.

    # Parameters

    make : `Callable[[str], _Value]`
    max_words : `int`, optional (default = `65536`)
    """

    def __init__(self, make: Callable[[str], _Value], max_words: int = MAX_REMEMBERED) -> None:
        super().__init__()
        self.make = make
        self.max_words = max_words

    def __missing__(self, word: str) -> _Value:
        value = self.make(word)
        if len(self) >= self.max_words:
            self.clear()
        self[word] = value
        return value

    def __reduce__(self) -> Tuple[Any, ...]:
        return PerWord, (self.make, self.max_words)


class Keys(NamedTuple):
    """
    Under which names an indexer's output goes: its indexer and key in the tensors, and its keys in
    the padding lengths (`characters` is empty for plain ids).
    """

    indexer: str
    key: str
    tokens: str
    characters: str = ""


class Memory(NamedTuple):
    """What an indexer made of words, and the state of the vocabulary that it made it with."""

    indexer: TokenIndexer
    namespace: str
    ids: Dict[str, int]
    num_ids: int
    words: PerWord
    keys: Keys

    def is_of(self, indexer: TokenIndexer, vocab: Vocabulary) -> bool:
        ids = vocab.get_token_to_index_vocabulary(self.namespace)
        return self.indexer is indexer and self.ids is ids and self.num_ids == len(ids)


class RememberingIndexers(Dict[str, TokenIndexer]):
    """
    The token indexers of a reader, by name. It remembers what they make of a word, for the
    vocabulary that was used last and as long as that does not grow.
    """

    def __init__(self, indexers: Mapping[str, TokenIndexer]) -> None:
        super().__init__(indexers)
        self._memories: Dict[str, Memory] = {}

    def memory(self, name: str, vocab: Vocabulary) -> Optional[Memory]:
        """
        Where `words` holds the id of each word (`int`), or the ids of its characters (`bytes` of
        32-bit integers), as the indexer has them; `None` for an indexer that does not look at each
        word by itself, or that is unknown here.
        """
        indexer = self[name]
        memory = self._memories.get(name)
        if memory is not None and memory.is_of(indexer, vocab):
            return memory
        namespace = _namespace(indexer)
        if namespace is None:
            return None
        ids = vocab.get_token_to_index_vocabulary(namespace)
        if isinstance(indexer, TokenCharactersIndexer):
            key = "token_characters"
            keys = Keys(name, key, f"{name}___{key}", f"{name}___num_{key}")
        else:
            keys = Keys(name, "tokens", f"{name}___tokens")
        words = PerWord(_lookup(indexer, vocab))
        self._memories[name] = Memory(indexer, namespace, ids, len(ids), words, keys)
        return self._memories[name]

    def __reduce__(self) -> Tuple[Any, ...]:
        return RememberingIndexers, (dict(self),)


def _namespace(indexer: TokenIndexer) -> Optional[str]:
    kind = type(indexer)  # a subclass may do anything
    if kind is WordVectorIndexer:
        return indexer.namespace  # type: ignore[attr-defined]
    if kind not in (SingleIdTokenIndexer, TokenCharactersIndexer):
        return None
    if indexer._start_tokens or indexer._end_tokens:  # type: ignore[attr-defined]
        return None
    if kind is TokenCharactersIndexer:
        return indexer._namespace  # type: ignore[attr-defined]
    is_text = indexer._feature_name == "text"  # type: ignore[attr-defined]
    return indexer.namespace if is_text else None  # type: ignore[attr-defined]


def _lookup(indexer: TokenIndexer, vocab: Vocabulary) -> Callable[[str], Any]:
    if isinstance(indexer, TokenCharactersIndexer):
        return _character_lookup(indexer, vocab)

    def word_id(word: str) -> int:
        return indexer.tokens_to_indices([Token(word)], vocab)["tokens"][0]

    return word_id


def _character_lookup(indexer: TokenCharactersIndexer, vocab: Vocabulary) -> Callable[[str], bytes]:
    def ids(word: str) -> bytes:
        [indexed] = indexer.tokens_to_indices([Token(word)], vocab)["token_characters"]
        return numpy.array(indexed, dtype=numpy.int32).tobytes()

    tokenizer = indexer._character_tokenizer
    if type(tokenizer) is not CharacterTokenizer or tokenizer != CharacterTokenizer():
        return ids
    of_character = PerWord(ids)  # the plain tokenizer treats each character by itself
    return lambda word: b"".join(map(of_character.__getitem__, word))
