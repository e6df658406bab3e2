import copy
import pickle
from typing import Any

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Instance, Token, TokenIndexer, Vocabulary
from allennlp.data.fields import Field, ListField, TextField
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer
from allennlp.data.tokenizers import CharacterTokenizer
from hypothesis import given, settings
from hypothesis import strategies as st

from datnet_allennlp.data.indexed_text_field import IndexedTextField
from datnet_allennlp.data.remembering_indexers import RememberingIndexers
from datnet_allennlp.data.token_indexers import WordVectorIndexer


class PairsIndexer(TokenIndexer):
    """Pads in a way of its own, as a transformer's indexer does."""

    def tokens_to_indices(self, tokens: list[Token], vocabulary: Vocabulary) -> Any:
        return {"pairs": [[len(token.text or ""), 7] for token in tokens], "mask": [True]}

    def get_padding_lengths(self, indexed_tokens: Any) -> dict[str, int]:
        return {"pairs": len(indexed_tokens["pairs"])}

    def as_padded_tensor_dict(self, tokens: Any, padding_lengths: dict[str, int]) -> Any:
        missing = padding_lengths["pairs"] - len(tokens["pairs"])
        return {"pairs": torch.tensor(tokens["pairs"] + [[9, 9]] * missing).view(-1, 2)}


class Reversed(SingleIdTokenIndexer):
    """A subclass whose ids depend on the whole sentence."""

    def tokens_to_indices(self, tokens: list[Token], vocabulary: Vocabulary) -> Any:
        return super().tokens_to_indices(tokens[::-1], vocabulary)


class Flags(SingleIdTokenIndexer):
    """Truth values, which AllenNLP pads to a tensor of another type."""

    def tokens_to_indices(self, tokens: list[Token], vocabulary: Vocabulary) -> Any:
        return {"tokens": [str(token)[:1].isupper() for token in tokens]}


INDEXERS: dict[str, TokenIndexer] = {
    "vectors": WordVectorIndexer("words"),
    "long_vectors": WordVectorIndexer("words", token_min_padding_length=4),
    "ids": SingleIdTokenIndexer("words", lowercase_tokens=True),
    "marked": SingleIdTokenIndexer("words", start_tokens=["<s>"], end_tokens=["Oslo"]),
    "tags": SingleIdTokenIndexer("words", feature_name="tag_", default_value="Oslo"),
    "hashes": SingleIdTokenIndexer(None, feature_name="text_id", default_value=2**40),
    "reversed": Reversed("words"),
    "flags": Flags("words"),
    "characters": TokenCharactersIndexer("characters", min_padding_length=1),
    "wide_characters": TokenCharactersIndexer(
        "characters", min_padding_length=5, token_min_padding_length=3
    ),
    "bytes": TokenCharactersIndexer(
        "characters", CharacterTokenizer("utf-8", start_tokens=[257]), min_padding_length=1
    ),
    "lower_characters": TokenCharactersIndexer(
        "characters", CharacterTokenizer(lowercase_characters=True), min_padding_length=1
    ),
    "marked_characters": TokenCharactersIndexer(
        "characters", start_tokens=["<s>"], min_padding_length=1
    ),
    "pairs": PairsIndexer(),
}


def vocabulary() -> Vocabulary:
    return Vocabulary(
        tokens_to_add={"words": ["oslo", "Oslo", "in", "00"], "characters": list("Osloin0σ")}
    )


def batch_of(kind: type[TextField], texts: list[list[str]], indexers: dict) -> Batch:
    fields = [kind([Token(word) for word in text], indexers) for text in texts]
    batch = Batch([Instance({"text": field}) for field in fields])
    batch.index_instances(vocabulary())
    return batch


def same(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        return all(same(found[key], expected[key]) for key in expected)
    return found.dtype == expected.dtype and torch.equal(found, expected)


WORDS = st.one_of(
    st.sampled_from(["Oslo", "OSLO", "in", "77", "ΟΣ", "", "@mia", "a b"]), st.text(max_size=6)
)
TEXTS = st.lists(st.lists(WORDS, max_size=7), min_size=1, max_size=5)


@pytest.mark.long
@settings(max_examples=150)
@given(TEXTS, st.sets(st.sampled_from(sorted(INDEXERS)), min_size=1), st.booleans(), st.booleans())
def test_has_the_tensors_of_a_text_field(
    texts: list[list[str]], names: set[str], remembers: bool, shortens: bool
) -> None:
    indexers = {name: INDEXERS[name] for name in sorted(names)}
    slow = batch_of(TextField, texts, indexers)
    fast = batch_of(
        IndexedTextField, texts, RememberingIndexers(indexers) if remembers else indexers
    )
    lengths = slow.get_padding_lengths()
    assert fast.get_padding_lengths() == lengths
    if shortens:
        # Not the number of words: AllenNLP itself fails where it leaves out the longest word.
        keeps = ("___pairs", "___token_characters")
        lengths = {
            "text": {
                key: length if key.endswith(keeps) else max(1, length - 1)
                for key, length in lengths["text"].items()
            }
        }
    assert same(fast.as_tensor_dict(lengths), slow.as_tensor_dict(lengths))
    for one, other in zip(fast.instances, slow.instances, strict=True):
        if len(one["text"]):
            assert same(one.as_tensor_dict(), other.as_tensor_dict())


TEXT = [["Oslo", "in"], ["in", "Oslo", "77", "Bergen"]]
PLAIN = ["vectors", "characters", "pairs"]


@pytest.mark.parametrize(
    "travel",
    [
        copy.deepcopy,
        lambda field: pickle.loads(pickle.dumps(field)),
        lambda field: field.duplicate(),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_travels_before_and_after_indexing(travel: Any, when: str) -> None:
    indexers = RememberingIndexers({name: INDEXERS[name] for name in PLAIN})
    field = IndexedTextField([Token(word) for word in TEXT[1]], indexers)
    original = IndexedTextField(field.tokens, indexers)
    original.index(vocabulary())
    if when == "after":
        field.index(vocabulary())
    other = travel(field)
    assert other.tokens == field.tokens and type(other) is IndexedTextField
    if when == "before":
        other.index(vocabulary())
    lengths = original.get_padding_lengths()
    assert same(other.as_tensor(lengths), original.as_tensor(lengths))


def test_a_list_of_texts_is_padded() -> None:
    indexers = {name: INDEXERS[name] for name in ("vectors", "characters")}

    def tensors(kind: type[TextField]) -> Any:
        texts: list[Field] = [kind([Token(word) for word in text], indexers) for text in TEXT]
        lists = [ListField(texts), ListField(texts[:1])]
        batch = Batch([Instance({"texts": each}) for each in lists])
        batch.index_instances(vocabulary())
        return batch.as_tensor_dict()

    assert same(tensors(IndexedTextField), tensors(TextField))


def test_is_indexed_anew_with_another_vocabulary() -> None:
    indexers = RememberingIndexers({"vectors": INDEXERS["vectors"]})
    field = IndexedTextField([Token("Bergen"), Token("Oslo")], indexers)

    def ids(vocab: Vocabulary) -> list[int]:
        field.index(vocab)
        return field.as_tensor(field.get_padding_lengths())["vectors"]["tokens"].tolist()

    first = vocabulary()
    assert ids(first) == [1, 3]
    assert ids(Vocabulary(tokens_to_add={"words": ["Bergen"]})) == [2, 1]
    assert ids(first) == [1, 3]
    first.add_token_to_namespace("Bergen", "words")
    assert ids(first) == [6, 3]


@pytest.mark.parametrize("call", ["get_padding_lengths", "as_tensor"])
def test_has_to_be_indexed_first(call: str) -> None:
    field = IndexedTextField([Token("Oslo")], {"vectors": INDEXERS["vectors"]})
    arguments: list = [{}] if call == "as_tensor" else []
    with pytest.raises(ConfigurationError, match="not indexed"):
        getattr(field, call)(*arguments)


def test_refuses_what_is_no_token() -> None:
    with pytest.raises(ConfigurationError, match="TextFields must be passed Tokens"):
        IndexedTextField(["Oslo"])  # type: ignore[list-item]
    other = IndexedTextField([Token("Oslo")])
    assert other != IndexedTextField([Token("oslo")]) and other != TextField([Token("oslo")])
