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

    def see(vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        seen.append((vectors.shape, mask.tolist()))
        return vectors

    handles = embedder.on_vectors(see)
    expected = embedder(IDS)
    # Four characters in the first sentence, two in the second.
    mask = [[True] * 4, [True, True, False, False]]
    assert seen == [((2, 4, embedder.embedding.get_output_dim()), mask)]
    torch.testing.assert_close(found, expected)
    for one, other in zip(by_alphabet, gradients(embedder, expected), strict=True):
        torch.testing.assert_close(one, other)
    assert embedder.get_output_dim() == found.size(-1) == 12
    for handle in handles:
        handle.remove()
    embedder(IDS)
    assert len(seen) == 1


def test_each_character_may_be_moved(embedder: WordCharacters) -> None:
    plain = embedder(IDS)

    def move_the_last_sentence(vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        moved = vectors.clone()
        moved[1] += 1
        return moved

    embedder.on_vectors(move_the_last_sentence)
    moved = embedder(IDS)
    torch.testing.assert_close(moved[0], plain[0])
    assert not torch.allclose(moved[1, 1], plain[1, 1])


def test_another_encoder() -> None:
    embedding, encoder = Embedding(5, num_embeddings=6), BagOfEmbeddingsEncoder(5)
    embedder = WordCharacters(embedding, encoder)
    found = embedder(IDS)
    torch.testing.assert_close(found, TokenCharactersEncoder(embedding, encoder)(IDS))
    masks = []
    embedder.on_vectors(lambda vectors, mask: masks.append(mask) or vectors + mask.unsqueeze(-1))
    # The encoder adds up the characters of each word.
    moved_by = torch.tensor([[3, 1], [0, 2]]).unsqueeze(-1).expand_as(found)
    torch.testing.assert_close(embedder(IDS) - found, moved_by.float())
    assert masks[0].equal(IDS > 0)


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
