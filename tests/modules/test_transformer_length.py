"""A transformer of 512 word pieces, one for each letter, and sentences around that length."""

import copy

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Token, Vocabulary
from allennlp.data.fields import TextField
from allennlp.data.instance import Instance
from allennlp.data.token_indexers import PretrainedTransformerMismatchedIndexer
from allennlp.modules.text_field_embedders import BasicTextFieldEmbedder
from allennlp.modules.token_embedders import PretrainedTransformerMismatchedEmbedder

from datnet_allennlp.modules.transformer_length import most_word_pieces, refuse_longer_sentences


def embedded(folder: str, max_length: int | None, num_letters: int) -> torch.Tensor:
    indexer = PretrainedTransformerMismatchedIndexer(folder, max_length=max_length)
    embedder = BasicTextFieldEmbedder(
        {"words": PretrainedTransformerMismatchedEmbedder(folder, max_length=max_length)}
    )
    refuse_longer_sentences(embedder)
    tokens = [Token("a" * 10)] * (num_letters // 10)
    batch = Batch([Instance({"tokens": TextField(tokens, {"words": indexer})})])
    batch.index_instances(Vocabulary())
    return copy.deepcopy(embedder)(batch.as_tensor_dict()["tokens"])


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_windows_or_a_sentence_that_fits(kind, tiny_transformer) -> None:
    """Beside the letters there is a piece at each end."""
    folder = tiny_transformer(kind)
    assert embedded(folder, None, 510).shape == (1, 51, 8)
    assert embedded(folder, 512, 520).shape == (1, 52, 8)
    message = "found a sentence of 5.. word pieces, expected at most 512, or that number as max_l"
    with pytest.raises(ConfigurationError, match=message):
        embedded(folder, None, 520)


def test_kinds() -> None:
    assert most_word_pieces({"model_type": "bert", "max_position_embeddings": 40}) == 40
    roberta = {"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}
    assert most_word_pieces(roberta) == 512
    assert most_word_pieces({"model_type": "xlnet"}) is None
