"""From the words of a text to the vectors that the network reads."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy

from .network import Network
from .refusal import Refusal
from .word_forms import forms_of

# How many distinct words are remembered, and how many characters are encoded at once.
_MOST_WORDS = 2**16
_CHARACTERS_AT_ONCE = 2**15


class Part(Protocol):
    """A part of the vector of each word."""

    def __call__(self, words: Sequence[str]) -> numpy.ndarray:
        """In float32, shape `(num_words, part_dim)`."""


class WordVectors:
    """
    The vectors of a table.

    # Parameters

    words : `Sequence[str]`
        Of each row the word.
    vectors : `numpy.ndarray`, shape `(num_words, dim)`
        In float32, float16, or int8.
    scale : `numpy.ndarray | None`, shape `(num_words, 1)`
        What the rows are multiplied by, if in int8.
    order : `Sequence[str]`
        The forms under which a word is looked up; see `word_forms`.
    unknown : `int`
        The row of a word that has none.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: numpy.ndarray,
        scale: numpy.ndarray | None,
        order: Sequence[str],
        unknown: int,
    ) -> None:
        self._rows = {word: row for row, word in enumerate(words)}
        self._vectors, self._scale = vectors, scale
        self._order, self._unknown = order, unknown

    def __call__(self, words: Sequence[str]) -> numpy.ndarray:
        rows = [self._row(word) for word in words]
        vectors = self._vectors[rows].astype(numpy.float32)
        return vectors if self._scale is None else vectors * self._scale[rows]

    def _row(self, word: str) -> int:
        forms = forms_of(word, self._order)
        return next((self._rows[form] for form in forms if form in self._rows), self._unknown)


class Characters:
    """
    What a network makes of the characters of each word.

    # Parameters

    ids : `Mapping[str, int]`
        Of each character; 0 is padding.
    unknown : `int`
        Of any other.
    network : `Network`
        From `(num_words, num_characters)` to `(num_words, part_dim)`.
    """

    def __init__(self, ids: Mapping[str, int], unknown: int, network: Network) -> None:
        self._ids, self._unknown, self._network = ids, unknown, network

    def try_ids(self) -> None:
        """Raises `Refusal` if the network does not know the highest id."""
        highest = max(self._unknown, *self._ids.values())
        self._network({"characters": numpy.array([[highest]])}, None)

    def __call__(self, words: Sequence[str]) -> numpy.ndarray:
        # Words of like length, so that there is little padding.
        order = sorted(range(len(words)), key=lambda i: len(words[i]), reverse=True)
        encoded: list[numpy.ndarray] = []
        done = 0
        while done < len(order):
            longest = len(words[order[done]])
            chosen = order[done : done + max(1, _CHARACTERS_AT_ONCE // longest)]
            table = numpy.zeros((len(chosen), longest), dtype=numpy.int64)
            for row, i in zip(table, chosen, strict=True):
                row[: len(words[i])] = [self._ids.get(c, self._unknown) for c in words[i]]
            encoded.append(self._network({"characters": table}, None))
            done += len(chosen)
        together = numpy.concatenate(encoded)
        by_word = numpy.empty_like(together)
        by_word[order] = together
        return by_word


class WordEncoder:
    """
    The parts of each word side by side; words that were seen are remembered.

    # Parameters

    parts : `Sequence[Part]`
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._rows: dict[str, int] = {}
        self._vectors: numpy.ndarray | None = None

    def __call__(self, words: Iterable[str]) -> tuple[Mapping[str, int], numpy.ndarray]:
        """
        The row of each of these words, and perhaps of others, and the vectors of the rows, shape
        `(num_rows, word_dim)`.

        Raises `Refusal` if the vector of a word is not finite, or its network cannot be run.
        """
        asked = dict.fromkeys(words)
        new = [word for word in asked if word not in self._rows]
        if len(self._rows) + len(new) > _MOST_WORDS:
            self._rows, self._vectors, new = {}, None, list(asked)
        if new:
            vectors = numpy.concatenate([part(new) for part in self._parts], axis=1)
            # A network may hide them.
            if not numpy.isfinite(vectors).all():
                raise Refusal("found word vectors that are no numbers, expected finite ones")
            self._rows.update(zip(new, itertools.count(len(self._rows)), strict=False))
            before = [] if self._vectors is None else [self._vectors]
            self._vectors = numpy.concatenate([*before, vectors])
        assert self._vectors is not None
        return self._rows, self._vectors
