"""Fixed word vectors read from a file, with one trainable vector for unknown words."""

import logging
from typing import List, Optional, cast

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules.token_embedders import TokenEmbedder

from datnet_allennlp.data.vector_file import read_vector_file
from datnet_allennlp.modules.vector_alignment import VectorAlignment

logger = logging.getLogger(__name__)


@TokenEmbedder.register("word_vectors")
class WordVectors(TokenEmbedder):
    """
    Pretrained word vectors, fixed during training (section 3.2). Words without a vector share one
    that is trained.

    The vocabulary gets all words of the file, whether training holds them or not, and the width of
    its vectors. The vectors themselves live in the model's state. So an archive needs no file.

    Registered as a `TokenEmbedder` with name "word_vectors".

    # Parameters

    vocab : `Vocabulary`
    vocab_namespace : `str`
        The namespace of the words, as in the indexer.
    embedding_dim : `int`, optional
        Default: as in the file.
    pretrained_file : `str`, optional
        See `read_vector_file`. Left out when a model is loaded, and then only.
    standard_deviation : `float`, optional
        Multiplies all vectors by one factor, so that their values have this standard deviation.
        Default: they stay as they are in the file.

    Raises `ConfigurationError` for what `read_vector_file` refuses; for vectors of another width
    than `embedding_dim`; for a `standard_deviation` that is not above 0 and at most 1e6, or that
    no factor gives; and where there is neither a file nor a vocabulary that has been given the
    words of one.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        vocab_namespace: str,
        embedding_dim: Optional[int] = None,
        pretrained_file: Optional[str] = None,
        standard_deviation: Optional[float] = None,
    ) -> None:
        super().__init__()
        if standard_deviation is not None and not 0 < standard_deviation <= 1e6:
            raise ConfigurationError(
                f"standard_deviation: found {standard_deviation}, expected more than 0 and at most "
                "1e6"
            )
        # The words of the file and their rows; empty in a loaded model.
        self.words: List[str] = []
        found = numpy.zeros((0, 0), dtype=numpy.float32)
        if pretrained_file is not None:
            self.words, found = read_vector_file(pretrained_file)
            vocab.add_tokens_to_namespace(self.words, vocab_namespace)
            vocab.add_token_to_namespace(str(found.shape[1]), _widths(vocab_namespace))
            logger.info("%s holds %d vectors of %d values.", pretrained_file, *found.shape)
        width = _width(vocab, vocab_namespace)
        if embedding_dim not in (None, width):
            raise ConfigurationError(
                f"{pretrained_file or 'the model'}: found vectors of {width} values, expected "
                f"{embedding_dim} (embedding_dim)"
            )
        self.embedding_dim = width
        ids = vocab.get_token_to_index_vocabulary(vocab_namespace)
        self.rows = [ids[word] for word in self.words]
        # Made by torch, which bounds it where the width is that of someone else's archive.
        vectors = torch.zeros(len(ids), width).numpy()
        is_unknown = numpy.ones(len(ids), dtype=bool)
        is_unknown[0] = False  # padding
        scale = 1.0
        if self.words:
            # Doubles, for the order of the vectors should not matter.
            scale = float(found.std(dtype=numpy.float64))
            if scale == 0:
                raise ConfigurationError(
                    f"{pretrained_file}: found vectors whose values are all the same, expected "
                    "vectors that differ"
                )
            if standard_deviation is not None:
                found *= standard_deviation / scale
                scale = standard_deviation
            vectors[self.rows] = found
            is_unknown[self.rows] = False
        self.register_buffer("vectors", torch.from_numpy(vectors))
        self.register_buffer("is_unknown", torch.from_numpy(is_unknown))
        self.unknown = torch.nn.Parameter(torch.randn(width) * scale)

    def align(self, alignment: VectorAlignment, other: "WordVectors") -> None:
        """
        Moves the vectors into the space of another's. In a loaded model they are there already.
        """
        if not self.words or not other.words:
            return
        vectors = cast(torch.Tensor, self.vectors)
        found, others = vectors[self.rows], cast(torch.Tensor, other.vectors)[other.rows]
        matrix = alignment.matrix(self.words, found.numpy(), other.words, others.numpy())
        vectors[self.rows] = found @ torch.from_numpy(matrix)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        tokens : `torch.Tensor`, shape `(batch_size, num_tokens)`

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, embedding_dim)`, zero at padding.
        """
        vectors = torch.nn.functional.embedding(tokens, cast(torch.Tensor, self.vectors))
        is_unknown = cast(torch.Tensor, self.is_unknown)[tokens]
        return torch.where(is_unknown.unsqueeze(-1), self.unknown, vectors)

    def get_output_dim(self) -> int:
        return self.embedding_dim


def _widths(vocab_namespace: str) -> str:
    """The namespace that keeps the width of a namespace's vectors."""
    return f"{vocab_namespace}_width_labels"


def _width(vocab: Vocabulary, vocab_namespace: str) -> int:
    names = vocab.get_token_to_index_vocabulary(_widths(vocab_namespace))
    # A vocabulary of other `non_padded_namespaces` pads this one as well.
    widths = [name for name in names if name.isdecimal()]
    if len(widths) == 1:
        return int(widths[0])
    if widths:
        raise ConfigurationError(
            f"word_vectors.pretrained_file: found vectors of {' and '.join(widths)} values for "
            f"the words of '{vocab_namespace}', expected one width"
        )
    raise ConfigurationError(
        f"word_vectors.pretrained_file: found no file for the words of '{vocab_namespace}', "
        "expected word vectors. To train embeddings instead, give the corpus no vectors, "
        "datnet.corpus(folder, null, entity_types), or name the embedder 'embedding' and the "
        "indexer 'single_id'."
    )
