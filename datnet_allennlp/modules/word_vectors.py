"""Fixed word vectors read from a file, with one trainable vector for unknown words."""

import gzip
import logging
import re
import zlib
from typing import IO, Dict, Iterator, List, Optional, cast

import numpy
import torch
from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path
from allennlp.data import Vocabulary
from allennlp.modules.token_embedders import TokenEmbedder

logger = logging.getLogger(__name__)

_BLOCK_SIZE = 2**20  # bytes


@TokenEmbedder.register("word_vectors")
class WordVectors(TokenEmbedder):
    """
    Pretrained word vectors, fixed during training (section 3.2). Words without a vector share one
    that is trained. The vectors live in the model's state, so an archive needs no vector file.

    Registered as a `TokenEmbedder` with name "word_vectors".

    # Parameters

    vocab : `Vocabulary`
    vocab_namespace : `str`
        The namespace of the words, as in the indexer.
    embedding_dim : `int`
    pretrained_file : `str`, optional
        Word2vec or GloVe text format, plain or `.gz`. Left out when a model is loaded.
    standard_deviation : `float`, optional
        Multiplies all vectors by one factor, so that their values have this standard deviation.
        Default: they stay as they are in the file.

    Raises `ConfigurationError`, naming file and line, for a missing or damaged file, vectors of
    another width than `embedding_dim` and values that are no finite numbers; for a file without any
    of the words; for a `standard_deviation` that is not above 0 or that no factor gives; and for
    an unknown namespace.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        vocab_namespace: str,
        embedding_dim: int,
        pretrained_file: Optional[str] = None,
        standard_deviation: Optional[float] = None,
    ) -> None:
        super().__init__()
        if vocab_namespace not in vocab.get_namespaces():
            raise ConfigurationError(
                f"vocab_namespace: found '{vocab_namespace}', expected one of those in the "
                f"vocabulary: {sorted(vocab.get_namespaces())}"
            )
        if standard_deviation is not None and standard_deviation <= 0:
            raise ConfigurationError(
                f"standard_deviation: found {standard_deviation}, expected more than 0"
            )
        self.embedding_dim = embedding_dim
        words = vocab.get_token_to_index_vocabulary(vocab_namespace)
        vectors = numpy.zeros((len(words), embedding_dim), dtype=numpy.float32)
        is_unknown = numpy.ones(len(words), dtype=bool)
        is_unknown[0] = False  # padding
        scale = 1.0
        if pretrained_file is not None:
            _read_vectors(pretrained_file, words, vectors, is_unknown)
            scale = float(vectors[1:][~is_unknown[1:]].std())
            if standard_deviation is not None:
                if scale == 0:
                    raise ConfigurationError(
                        f"{pretrained_file}: found vectors whose values are all the same, which "
                        f"no factor gives a standard deviation of {standard_deviation}"
                    )
                vectors *= standard_deviation / scale
                scale = standard_deviation
        self.register_buffer("vectors", torch.from_numpy(vectors))
        self.register_buffer("is_unknown", torch.from_numpy(is_unknown))
        self.unknown = torch.nn.Parameter(torch.randn(embedding_dim) * scale)

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


def _read_vectors(
    path: str, words: Dict[str, int], vectors: numpy.ndarray, is_unknown: numpy.ndarray
) -> None:
    """Fills the rows of the words that the file holds and clears their `is_unknown`."""
    number = 1
    for lines in Tqdm.tqdm(_blocks(path), desc="reading vectors"):
        if not _read_block(lines, words, vectors, is_unknown):
            for offset, line in enumerate(lines):
                _read_line(path, number + offset, line, words, vectors, is_unknown)
        number += len(lines)
    covered = len(words) - int(is_unknown.sum()) - 1
    if not covered:
        raise ConfigurationError(
            f"{path}: found a vector for none of the vocabulary's {len(words) - 1} words, expected "
            "one at least"
        )
    logger.info("%s holds vectors for %d of the %d words.", path, covered, len(words) - 1)


def _read_block(
    lines: List[bytes], words: Dict[str, int], vectors: numpy.ndarray, is_unknown: numpy.ndarray
) -> bool:
    """All lines at once, or, where something is not as usual, none of them: then it is `False`."""
    try:
        text = b"".join(lines).decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        return False
    parts = [line.rstrip().partition(" ") for line in text.split("\n")]
    dim = vectors.shape[1]
    if {values.count(" ") + 1 if values else 0 for _, _, values in parts} != {dim}:
        return False
    known = [(words[word], values) for word, _, values in parts if word in words]
    if not known:
        return True
    try:
        numbers = map(float, " ".join([values for _, values in known]).split(" "))
        with numpy.errstate(over="ignore"):
            found = numpy.fromiter(numbers, float, len(known) * dim).astype(vectors.dtype)
    except ValueError:
        return False
    if not numpy.isfinite(found).all():
        return False
    rows = [row for row, _ in known]
    if len(set(rows)) != len(rows):
        return False  # the last vector of a word is the one that counts
    vectors[rows] = found.reshape(len(rows), dim)
    is_unknown[rows] = False
    return True


def _read_line(
    path: str,
    number: int,
    line: bytes,
    words: Dict[str, int],
    vectors: numpy.ndarray,
    is_unknown: numpy.ndarray,
) -> None:
    """One line of whatever kind, so that a mistake is named with its line."""
    dim = vectors.shape[1]
    try:
        text = line.decode("utf-8").rstrip()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}:{number}: expected UTF-8, found {error}") from None
    if number == 1 and re.fullmatch("[0-9]+ [0-9]+", text):
        return  # word2vec's header: count and width
    word, *values = text.split(" ")
    if len(values) != dim:
        raise ConfigurationError(
            f"{path}:{number}: found {len(values)} values, expected {dim} (embedding_dim)"
        )
    row = words.get(word)
    if row is None:
        return
    try:
        with numpy.errstate(over="ignore"):  # infinite values are refused below
            vectors[row] = numpy.array(values, dtype=numpy.float32)
    except ValueError as error:
        raise ConfigurationError(f"{path}:{number}: {error}, expected {dim} numbers") from None
    if not numpy.isfinite(vectors[row]).all():
        raise ConfigurationError(
            f"{path}:{number}: found a value that is infinite or no number, expected {dim} numbers"
        )
    is_unknown[row] = False


def _blocks(path: str) -> Iterator[List[bytes]]:
    """The lines of the file, some thousands at a time; the first, maybe a header, by itself."""
    try:
        local_path = cached_path(path)
        # A download is kept under a name without an ending, so `path` says what it is.
        opened = gzip.open(local_path) if path.endswith(".gz") else open(local_path, "rb")
        with cast(IO[bytes], opened) as file:
            size = 1
            while lines := file.readlines(size):
                yield lines
                size = _BLOCK_SIZE
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigurationError(
            f"pretrained_file: found no file '{path}', expected word vectors in text format"
        ) from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ConfigurationError(f"{path}: found '{error}', expected a whole gzip file") from None
