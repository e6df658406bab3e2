"""From the characters of a word to its encoding (section 3.1)."""

import torch
from allennlp.modules.seq2vec_encoders import Seq2VecEncoder
from allennlp.modules.token_embedders import Embedding, TokenEmbedder

from datnet_allennlp.modules.character_cnn import CharacterCnn


@TokenEmbedder.register("word_characters")
class WordCharacters(TokenEmbedder):
    """
    Embeds the characters of each word and encodes them into one vector, as AllenNLP's
    `character_encoding` does. With a `character_cnn`, and as long as all occurrences of a character
    have one vector, the CNN works on the vectors of the alphabet in place of those of the batch. A
    forward hook on `embedding`, such as that of adversarial training, sees and may change the
    vector of each character of the batch.

    Registered as a `TokenEmbedder` with name "word_characters".

    # Parameters

    embedding : `Embedding`
    encoder : `Seq2VecEncoder`
    """

    def __init__(self, embedding: Embedding, encoder: Seq2VecEncoder) -> None:
        super().__init__()
        self.embedding = embedding
        self.encoder = encoder

    def forward(self, token_characters: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        token_characters : `torch.LongTensor`, shape `(batch_size, num_tokens, num_characters)`
            0 is padding.

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, output_dim)`.
        """
        words = token_characters.flatten(0, 1)
        if isinstance(self.encoder, CharacterCnn) and not self.embedding._forward_hooks:
            encoded = self.encoder.encode_rows(self.embedding.weight, words, words != 0)
        else:
            vectors = self.embedding(token_characters)
            encoded = self.encoder(vectors.flatten(0, 1), words != 0)
        return encoded.view(*token_characters.shape[:2], self.get_output_dim())

    def get_output_dim(self) -> int:
        return self.encoder.get_output_dim()
