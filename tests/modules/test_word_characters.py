import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules.seq2vec_encoders import BagOfEmbeddingsEncoder
from allennlp.modules.token_embedders import Embedding, TokenCharactersEncoder, TokenEmbedder

from datnet_allennlp.modules.character_cnn import CharacterCnn
from datnet_allennlp.modules.word_characters import WordCharacters

# Words of 3, 1, 0 and 2 characters, in two sentences.
IDS = torch.tensor([[[4, 2, 3], [1, 0, 0]], [[0, 0, 0], [4, 4, 0]]])


@pytest.fixture(params=[{}, {"max_norm": 0.5}, {"projection_dim": 3}])
def embedder(request: pytest.FixtureRequest) -> WordCharacters:
    torch.manual_seed(0)
    embedding = Embedding(5, num_embeddings=6, **request.param)
    return WordCharacters(embedding, CharacterCnn(embedding.get_output_dim(), 4))


def gradients(embedder: WordCharacters, encoded: torch.Tensor) -> list:
    weight = torch.linspace(-1, 1, encoded.numel()).view_as(encoded)
    return list(torch.autograd.grad((encoded * weight).sum(), list(embedder.parameters())))


def test_the_alphabet_and_each_character_give_the_same(embedder: WordCharacters) -> None:
    found = embedder(IDS)
    by_alphabet = gradients(embedder, found)
    seen = []
    embedder.embedding.register_forward_hook(lambda module, ids, vectors: seen.append(vectors))
    expected = embedder(IDS)
    # Four characters in the first sentence.
    assert seen[0].shape == (2, 4, embedder.embedding.get_output_dim())
    torch.testing.assert_close(found, expected)
    for one, other in zip(by_alphabet, gradients(embedder, expected), strict=True):
        torch.testing.assert_close(one, other)
    assert embedder.get_output_dim() == found.size(-1) == 12


def test_a_hook_may_change_each_character(embedder: WordCharacters) -> None:
    plain = embedder(IDS)

    def move_the_last_sentence(module, ids, vectors):
        moved = vectors.clone()
        moved[1] += 1
        return moved

    embedder.embedding.register_forward_hook(move_the_last_sentence)
    moved = embedder(IDS)
    torch.testing.assert_close(moved[0], plain[0])
    assert not torch.allclose(moved[1, 1], plain[1, 1])


def test_another_encoder() -> None:
    embedding, encoder = Embedding(5, num_embeddings=6), BagOfEmbeddingsEncoder(5)
    found = WordCharacters(embedding, encoder)(IDS)
    torch.testing.assert_close(found, TokenCharactersEncoder(embedding, encoder)(IDS))


def configured(**encoder: object) -> TokenEmbedder:
    embedding = {"embedding_dim": 7, "num_embeddings": 6}
    config = {"type": "word_characters", "embedding": embedding, "encoder": encoder}
    return TokenEmbedder.from_params(Params(config), vocab=Vocabulary())


@pytest.mark.parametrize(
    "encoder",
    [
        {"type": "character_cnn", "num_filters": 4},
        {"type": "cnn", "num_filters": 4, "ngram_filter_sizes": [2]},
        {"type": "gru", "hidden_size": 3},
        {"type": "boe"},
    ],
)
def test_the_width_of_the_characters_is_stated_once(encoder: dict) -> None:
    embedder = configured(**encoder)
    assert isinstance(embedder, WordCharacters) and embedder.encoder.get_input_dim() == 7


def test_refuses_an_encoder_of_another_width() -> None:
    with pytest.raises(ConfigurationError, match="vectors of 9 values, expected 7 as in"):
        configured(type="character_cnn", num_filters=4, embedding_dim=9)
