import copy
from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Token, TokenIndexer, Vocabulary
from allennlp.data.batch import Batch
from allennlp.data.fields import TextField

from datnet_allennlp.data.token_indexers import WordVectorIndexer
from datnet_allennlp.data.word_lookup import FallbackLookup
from datnet_allennlp.modules import WordVectors

VECTORS = Path(__file__).parents[3] / "fixtures/embeddings/en.50d.txt.gz"


@pytest.fixture
def vocabulary() -> Vocabulary:
    vocabulary = Vocabulary()
    words = ["Mira", "mira", "sings", "@user", "<url>", "0000", "Run00K", "run00k", "run10k"]
    vocabulary.add_tokens_to_namespace(words, "target_tokens")
    return vocabulary


def found(vocabulary: Vocabulary, indexer: TokenIndexer, words: str) -> list[str]:
    ids = indexer.tokens_to_indices([Token(word) for word in words.split()], vocabulary)["tokens"]
    return [vocabulary.get_token_from_index(i, "target_tokens") for i in ids]


@pytest.mark.parametrize(
    "word, form",
    [
        ("Mira", "Mira"),
        ("MIRA", "mira"),
        ("Sings", "sings"),
        ("@mia_k", "@user"),
        ("https://example.org", "<url>"),
        ("1984", "0000"),
        ("Run10K", "run10k"),
        ("Run20K", "Run00K"),
        ("RUN20K", "run00k"),
        ("Oslo", "@@UNKNOWN@@"),
        ("19845", "@@UNKNOWN@@"),
    ],
)
def test_takes_the_first_form_with_a_vector(vocabulary: Vocabulary, word: str, form: str) -> None:
    assert found(vocabulary, WordVectorIndexer("target_tokens"), word) == [form]


def test_lookup_is_swappable(vocabulary: Vocabulary) -> None:
    cased = WordVectorIndexer("target_tokens", FallbackLookup(["exact"]))
    assert found(vocabulary, cased, "Mira MIRA 1984") == ["Mira", "@@UNKNOWN@@", "@@UNKNOWN@@"]
    params = {"type": "word_vectors", "namespace": "target_tokens", "lookup": {"order": ["class"]}}
    by_class = TokenIndexer.from_params(Params(params))
    assert found(vocabulary, by_class, "Run10K 1984") == ["Run00K", "0000"]


def test_a_copy_is_equal() -> None:
    indexer = WordVectorIndexer("words", FallbackLookup(["exact"]))
    assert copy.deepcopy(indexer) == indexer
    assert indexer != WordVectorIndexer("words", FallbackLookup(["lowercase"]))


def test_namespaces_are_apart(vocabulary: Vocabulary) -> None:
    vocabulary.add_token_to_namespace("Oslo", "source_tokens")
    tokens = [Token("Oslo"), Token("sings")]
    assert WordVectorIndexer("source_tokens").tokens_to_indices(tokens, vocabulary) == {
        "tokens": [2, 1]
    }


def test_counts_no_words() -> None:
    field = TextField([Token("Mira")], {"words": WordVectorIndexer("target_tokens")})
    vocabulary = Vocabulary.from_instances([Instance({"tokens": field})])
    assert vocabulary.get_namespaces() == set()
    with pytest.raises(ConfigurationError, match="found no words .*'target_tokens', expected"):
        field.index(vocabulary)


def test_pads_and_takes_an_empty_sentence(vocabulary: Vocabulary) -> None:
    indexer = WordVectorIndexer("target_tokens", token_min_padding_length=3)
    texts = [["Mira", "sings"], ["mira"], []]
    batch = Batch(
        [Instance({"t": TextField([Token(w) for w in text], {"words": indexer})}) for text in texts]
    )
    batch.index_instances(vocabulary)
    ids = batch.as_tensor_dict()["t"]["words"]["tokens"]
    assert ids.tolist() == [[2, 4, 0], [3, 0, 0], [0, 0, 0]]


def test_finds_words_that_training_never_saw() -> None:
    vocabulary = Vocabulary()
    WordVectors(vocabulary, "target_tokens", pretrained_file=str(VECTORS))
    words = "Lisbon LISBON @nobody_here http://t.co/x 77 qwertz"
    expected = ["Lisbon", "lisbon", "@user", "<url>", "00", "@@UNKNOWN@@"]
    assert found(vocabulary, WordVectorIndexer("target_tokens"), words) == expected
