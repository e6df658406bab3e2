import pickle
from typing import Any

import pytest
from allennlp.data import Token, Vocabulary
from allennlp.data.token_indexers import SingleIdTokenIndexer

from datnet_allennlp.data.remembering_indexers import PerWord, RememberingIndexers


class CountingPerWord:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, word: str) -> str:
        self.asked.append(word)
        return word.upper()


def test_a_value_is_made_once() -> None:
    make = CountingPerWord()
    values = PerWord(make)
    assert [values[word] for word in "a b a b a".split()] == "A B A B A".split()
    assert make.asked == ["a", "b"]


def test_never_holds_more_than_it_may() -> None:
    make = CountingPerWord()
    values = PerWord(make, max_words=3)
    for i in range(20):
        assert values[f"w{i % 7}"] == f"W{i % 7}"
        assert len(values) <= 3
    assert len(make.asked) == 20


def test_travels_empty() -> None:
    values = PerWord(Token, max_words=3)
    assert values["a"] is values["a"]
    other = pickle.loads(pickle.dumps(values))
    assert (len(other), other.max_words, other["b"].text) == (0, 3, "b")


def test_remembers_for_one_state_of_one_vocabulary(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    slow = SingleIdTokenIndexer.tokens_to_indices

    def counted(self: Any, tokens: list[Token], vocab: Vocabulary) -> Any:
        asked.extend(str(token) for token in tokens)
        return slow(self, tokens, vocab)

    monkeypatch.setattr(SingleIdTokenIndexer, "tokens_to_indices", counted)
    indexers = RememberingIndexers({"words": SingleIdTokenIndexer("words")})
    vocab = Vocabulary(tokens_to_add={"words": ["Oslo"]})

    def word_id(word: str) -> int:
        memory = indexers.memory("words", vocab)
        assert memory is not None
        return memory.words[word]

    assert [word_id(word) for word in "Oslo Bergen Oslo Bergen".split()] == [2, 1, 2, 1]
    assert asked == ["Oslo", "Bergen"]
    vocab.add_token_to_namespace("Bergen", "words")
    assert word_id("Bergen") == 3
    vocab = Vocabulary(tokens_to_add={"words": ["in", "Oslo", "at"]})  # as large as the other
    assert word_id("Oslo") == 3
    indexers["words"] = SingleIdTokenIndexer("words", lowercase_tokens=True)
    assert word_id("IN") == 2


def test_leaves_the_memory_behind() -> None:
    indexers = RememberingIndexers({"words": SingleIdTokenIndexer("words")})
    memory = indexers.memory("words", Vocabulary(tokens_to_add={"words": ["Oslo"]}))
    assert memory is not None and memory.words["Oslo"] == 2
    other = pickle.loads(pickle.dumps(indexers))
    assert other == indexers and type(other) is RememberingIndexers
    new = other.memory("words", Vocabulary(tokens_to_add={"words": ["in", "Oslo"]}))
    assert new is not None and new.words["Oslo"] == 3
