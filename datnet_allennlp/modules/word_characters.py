"""From the characters of a word to its encoding (section 3.1)."""

from collections import OrderedDict
from typing import Dict, Sequence, Tuple

import torch
from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2vec_encoders import Seq2VecEncoder
from allennlp.modules.token_embedders import Embedding, TokenEmbedder
from torch.utils.hooks import RemovableHandle

from datnet_allennlp.modules.character_cnn import CharacterCnn
from datnet_allennlp.modules.perturbable import Move, Perturbable


@TokenEmbedder.register("word_characters", constructor="of_one_width")
class WordCharacters(TokenEmbedder):
    """
    Embeds the characters of each word and encodes them into one vector, as AllenNLP's
    `character_encoding` does. With a `character_cnn`, and as long as all occurrences of a character
    have one vector, the CNN works on the vectors of the alphabet in place of those of the batch.
    They have not while adversarial training may move them (`on_vectors`): then there is a vector
    for each character of each sentence, in a tensor of shape
    `(batch_size, most characters in a sentence, dim)`.

    Registered as a `TokenEmbedder` with name "word_characters".

    # Parameters

    embedding : `Embedding`
    encoder : `Seq2VecEncoder`
        In a configuration, an `embedding_dim`, `input_size` or `input_dim` that is left out is the
        width of `embedding`.

    Raises `ConfigurationError` where the two differ in width.
    """

    def __init__(self, embedding: Embedding, encoder: Seq2VecEncoder) -> None:
        super().__init__()
        found, expected = encoder.get_input_dim(), embedding.get_output_dim()
        if found != expected:
            raise ConfigurationError(
                f"word_characters.encoder: found an encoder of vectors of {found} values, expected "
                f"{expected} as in word_characters.embedding (leave the encoder's width out)"
            )
        self.embedding = embedding
        self.encoder = encoder
        self._moves: OrderedDict[int, Move] = OrderedDict()

    def perturbable(self) -> Dict[str, Perturbable]:
        """The vectors of the characters, see `datnet_allennlp.modules.perturbable`."""
        return {"embedding": self}

    def on_vectors(self, move: Move) -> Sequence[RemovableHandle]:
        """As in `Perturbable`; with a `character_cnn`, each sentence's characters in a row."""
        handle = RemovableHandle(self._moves)
        self._moves[handle.id] = move
        return [handle]

    @classmethod
    def of_one_width(cls, embedding: Embedding, encoder: Lazy[Seq2VecEncoder]) -> "WordCharacters":
        """What a configuration makes; see the class."""
        dim = embedding.get_output_dim()
        return cls(embedding, encoder.construct(embedding_dim=dim, input_size=dim, input_dim=dim))

    def forward(self, token_characters: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        token_characters : `torch.LongTensor`, shape `(batch_size, num_tokens, num_characters)`
            0 is padding.

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, output_dim)`.
        """
        words = token_characters.flatten(0, 1)
        if not isinstance(self.encoder, CharacterCnn):
            vectors = self._moved(token_characters)
            encoded = self.encoder(vectors.flatten(0, 1), words != 0)
        elif self._moves:
            packed, rows = _packed(token_characters)
            vectors = self._moved(packed).flatten(0, 1)
            encoded = self.encoder.encode_rows(vectors, rows.flatten(0, 1), words != 0)
        else:
            alphabet = torch.arange(len(self.embedding.weight), device=words.device)
            encoded = self.encoder.encode_rows(self.embedding(alphabet), words, words != 0)
        return encoded.view(*token_characters.shape[:2], self.get_output_dim())

    def _moved(self, characters: torch.Tensor) -> torch.Tensor:
        vectors = self.embedding(characters)
        for move in self._moves.values():
            vectors = move(vectors, characters != 0)
        return vectors

    def get_output_dim(self) -> int:
        return self.encoder.get_output_dim()


def _packed(token_characters: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    The characters of each sentence without the padding between its words, shape
    `(batch_size, most characters in a sentence)`, and for each character of the input the index of
    its place in that tensor, flattened. Most of the input is padding, as wide as the longest word.
    """
    ids = token_characters.flatten(1)
    is_character = ids != 0
    place = is_character.cumsum(dim=1) - 1
    most = max(1, int(place.max()) + 1) if place.numel() else 1
    # One column more, which takes the padding.
    packed = ids.new_zeros(len(ids), most + 1)
    packed.scatter_(1, place.masked_fill(~is_character, most), ids)
    rows = place.clamp(min=0) + most * torch.arange(len(ids), device=ids.device).unsqueeze(1)
    return packed[:, :most], rows.view_as(token_characters)
