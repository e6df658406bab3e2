"""One space for the word vectors of two languages: a rotation of one's into the other's."""

import itertools
import logging
import random
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy
from allennlp.common import Registrable, Tqdm
from allennlp.common.checks import ConfigurationError
from scipy.linalg import orthogonal_procrustes

logger = logging.getLogger(__name__)


class AlignmentQuality(NamedTuple):
    """
    How well pairs of words meet that the rotation was not fitted to: their number, their mean
    cosine before and after, and the share whose nearest neighbour is the right word.
    """

    held_out: int
    cosine_before: float
    cosine_after: float
    accuracy_before: float
    accuracy_after: float


class VectorAlignment(Registrable):
    """
    Moves the vectors of one resource into the space of another's.

    # Parameters

    towards : `str`
        The resource whose vectors stay.
    """

    default_implementation = "procrustes"

    def __init__(self, towards: str) -> None:
        self.towards = towards

    def matrix(
        self,
        words: Sequence[str],
        vectors: numpy.ndarray,
        other_words: Sequence[str],
        other_vectors: numpy.ndarray,
    ) -> numpy.ndarray:
        """
        # Parameters

        words, other_words : `Sequence[str]`
        vectors, other_vectors : `numpy.ndarray`, shape `(num_words, dim)`

        # Returns

        `numpy.ndarray`, shape `(dim, dim)`: `vectors @ matrix` is in the space of `other_vectors`.
        """
        raise NotImplementedError


@VectorAlignment.register("procrustes")
class ProcrustesAlignment(VectorAlignment):
    """
    The rotation (maybe with a reflection) that brings pairs of words nearest to one another
    (orthogonal Procrustes, Schönemann, 1966), first pairs that are known, then the mutual nearest
    neighbours that it finds (Conneau et al., 2018: similarities are CSLS, cosines less those to the
    ten nearest). A rotation changes no angle and no length, so for one resource nothing changes.

    Registered as a `VectorAlignment` with name "procrustes".

    # Parameters

    towards : `str`
        The resource whose vectors stay.
    dictionary : `str`, optional
        A file with the pairs to begin with, a word and its translation on a line, apart by a blank
        or a tab. Default: the words that are spelt alike.
    min_length : `int`, optional (default = 3)
        Of words that are spelt alike, in characters.
    refinements : `int`, optional (default = 5)
        How often the mutual nearest neighbours are taken as pairs anew.
    num_candidates : `int`, optional (default = 5000)
        Neighbours are looked for among the first so many words of each file that are letters in
        lower case: names and rare words mislead.
    held_out : `float`, optional (default = 0.1)
        The share of the first pairs that tells the quality, which is logged, and nothing else.

    Raises `ConfigurationError` for vectors of two widths, a missing or malformed dictionary, and
    where there are fewer pairs than dimensions.
    """

    def __init__(
        self,
        towards: str,
        dictionary: Optional[str] = None,
        min_length: int = 3,
        refinements: int = 5,
        num_candidates: int = 5_000,
        held_out: float = 0.1,
    ) -> None:
        super().__init__(towards)
        if not 0 < held_out < 1:
            raise ConfigurationError(
                f"alignment.held_out: found {held_out}, expected above 0 and below 1"
            )
        self.dictionary = dictionary
        self.min_length = min_length
        self.refinements = refinements
        self.num_candidates = num_candidates
        self.held_out = held_out
        self.quality: Optional[AlignmentQuality] = None

    def matrix(
        self,
        words: Sequence[str],
        vectors: numpy.ndarray,
        other_words: Sequence[str],
        other_vectors: numpy.ndarray,
    ) -> numpy.ndarray:
        dim, other_dim = vectors.shape[1], other_vectors.shape[1]
        if dim != other_dim:
            raise ConfigurationError(
                f"alignment: found vectors of {dim} and {other_dim} values, expected one width"
            )
        seeds = self._seeds(words, other_words)
        random.Random(0).shuffle(seeds)
        num_held_out = round(len(seeds) * self.held_out)
        held_out, pairs = _columns(seeds[:num_held_out]), _columns(seeds[num_held_out:])
        if len(pairs[0]) < dim:
            pairs_found = f"found {len(pairs[0])} pairs of words (without those held out)"
            expected = f"expected {dim} at least, as many as the vectors have values"
            if self.dictionary is None:
                raise ConfigurationError(
                    f"alignment: {pairs_found}, {expected}; a file of pairs, "
                    "alignment.dictionary, gives more"
                )
            raise ConfigurationError(
                f"alignment.dictionary: {pairs_found} in {self.dictionary} of which the first has "
                f"a vector and the second one of '{self.towards}', {expected}"
            )
        x, y = _unit(vectors), _unit(other_vectors)
        matrix = orthogonal_procrustes(x[pairs[0]], y[pairs[1]])[0]
        # The held-out words are no candidates, so that the quality stays a fair one.
        rows = self._candidates(words, held_out[0])
        other_rows = self._candidates(other_words, held_out[1])
        for _ in Tqdm.tqdm(range(self.refinements), desc="aligning vectors"):
            found, other_found = _mutual_neighbours(x[rows] @ matrix, y[other_rows])
            if len(found) < dim:
                logger.warning(
                    "Alignment towards '%s': found %d mutual nearest neighbours, too few to go on "
                    "from; the words that it began with stand.",
                    self.towards,
                    len(found),
                )
                break
            matrix = orthogonal_procrustes(x[rows[found]], y[other_rows[other_found]])[0]
        if num_held_out:
            self.quality = _quality(x[held_out[0]], y, held_out[1], matrix)
            logger.info(
                "Alignment towards '%s': %d pairs of words to begin with. Of %d others, the mean "
                "cosine was %.3f and is %.3f; the nearest neighbour was right for %.1f%% and is "
                "for %.1f%%.",
                self.towards,
                len(pairs[0]),
                self.quality.held_out,
                self.quality.cosine_before,
                self.quality.cosine_after,
                100 * self.quality.accuracy_before,
                100 * self.quality.accuracy_after,
            )
        return matrix.astype(vectors.dtype)

    def _seeds(self, words: Sequence[str], other_words: Sequence[str]) -> List[Tuple[int, int]]:
        rows = {word: row for row, word in enumerate(words)}
        other_rows = {word: row for row, word in enumerate(other_words)}
        if self.dictionary is None:
            alike = [word for word in words if len(word) >= self.min_length and word in other_rows]
            return [(rows[word], other_rows[word]) for word in alike if word.isalpha()]
        pairs = _read_dictionary(self.dictionary)
        return [(rows[a], other_rows[b]) for a, b in pairs if a in rows and b in other_rows]

    def _candidates(self, words: Sequence[str], left_out: numpy.ndarray) -> numpy.ndarray:
        rows = (row for row, word in enumerate(words) if word.isalpha() and word == word.lower())
        first = numpy.fromiter(itertools.islice(rows, self.num_candidates), int)
        return numpy.setdiff1d(first, left_out)


def _read_dictionary(path: str) -> List[Tuple[str, str]]:
    pairs: Dict[Tuple[str, str], None] = {}
    try:
        with open(path, encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                words = line.split()
                if len(words) != 2:
                    raise ConfigurationError(
                        f"{path}:{number}: found {len(words)} word(s), expected a word and its "
                        "translation"
                    )
                pairs[words[0], words[1]] = None
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigurationError(
            f"alignment.dictionary: found no file '{path}', expected pairs of words"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: expected UTF-8, found {error}") from None
    return list(pairs)


def _columns(pairs: List[Tuple[int, int]]) -> Tuple[numpy.ndarray, numpy.ndarray]:
    table = numpy.array(pairs, dtype=int).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _unit(vectors: numpy.ndarray) -> numpy.ndarray:
    lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / numpy.maximum(lengths, numpy.finfo(vectors.dtype).tiny)


def _mutual_neighbours(x: numpy.ndarray, y: numpy.ndarray) -> Tuple[numpy.ndarray, numpy.ndarray]:
    """Rows of unit vectors that are each other's nearest neighbours, by CSLS."""
    if not (len(x) and len(y)):
        return _columns([])
    similarity = x @ y.T
    near_x = _mean_of_greatest(similarity, axis=1)
    near_y = _mean_of_greatest(similarity, axis=0)
    of_x = (2 * similarity - near_y).argmax(axis=1)
    of_y = (2 * similarity - near_x).argmax(axis=0)
    mutual = numpy.flatnonzero(of_y[of_x] == numpy.arange(len(x)))
    return mutual, of_x[mutual]


def _mean_of_greatest(values: numpy.ndarray, axis: int, number: int = 10) -> numpy.ndarray:
    number = min(number, values.shape[axis])
    ordered = numpy.partition(values, -number, axis=axis)
    return numpy.take(ordered, range(-number, 0), axis=axis).mean(axis=axis, keepdims=True)


def _quality(
    x: numpy.ndarray, y: numpy.ndarray, right: numpy.ndarray, matrix: numpy.ndarray
) -> AlignmentQuality:
    """`x` holds unit vectors, `right` the row of `y` that each should be nearest to."""
    cosines, accuracies = [], []
    for moved in (x, x @ matrix):
        cosines.append(float((moved * y[right]).sum(axis=1).mean()))
        # One at a time, for `y` may be large.
        nearest = numpy.array([(y @ vector).argmax() for vector in moved])
        accuracies.append(float((nearest == right).mean()))
    return AlignmentQuality(len(x), *cosines, *accuracies)
