"""
Decoding a linear-chain CRF under its constraints, and how probable an entity is: what
`modules/crf/decoding.py` and `modules/crf/span_probability.py` do, in numpy. A forbidden transition
is minus infinity.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy

Array = numpy.ndarray

# As in `modules/crf/span_probability.py`: within this, no sum of exponentials loses a path.
_SAFE_SPREAD = 150.0


class Entities(NamedTuple):
    """
    What two tags in a row say of entities, as matrices of truth values of shape
    `(num_tags, num_tags)`.

    # Parameters

    begins : `numpy.ndarray`
        Whether an entity begins at the second tag.
    continues : `numpy.ndarray`
        Whether the second tag belongs to the entity of the first.
    ends : `numpy.ndarray`
        Whether an entity ends with the first tag.
    """

    begins: Array
    continues: Array
    ends: Array


class Crf:
    """
    # Parameters

    labels : `Sequence[str]`
        The tags: `O`, or a letter, a hyphen and a type.
    transitions, start, end : `numpy.ndarray`
        Shapes `(num_tags, num_tags)` and `(num_tags,)`, in float32.
    entities : `Entities`
    temperature : `float`
        Divides all scores where a probability is computed.
    """

    def __init__(
        self,
        labels: Sequence[str],
        transitions: Array,
        start: Array,
        end: Array,
        entities: Entities,
        temperature: float,
    ) -> None:
        self.labels = list(labels)
        self.types = [label[2:] for label in labels]
        self.transitions, self.start, self.end = transitions, start, end
        self.entities = entities
        self.temperature = temperature
        self._to_from = numpy.ascontiguousarray(transitions.T)
        self._begins, self._continues = entities.begins.tolist(), entities.continues.tolist()

    def decode(self, emissions: Array, lengths: Array) -> list[list[int]]:
        """
        The best tags of each sentence, by Viterbi's algorithm.

        # Parameters

        emissions : `numpy.ndarray`, shape `(batch_size, num_tokens, num_tags)`
        lengths : `numpy.ndarray`, shape `(batch_size,)`
            From the longest to the shortest.
        """
        steps = range(1, emissions.shape[1])
        # How many sentences reach each token.
        reach = [int((lengths > t).sum()) for t in range(emissions.shape[1])]
        scores = self.start + emissions[:, 0]
        pointers = []
        for t in steps:
            candidates = scores[: reach[t], None, :] + self._to_from
            pointers.append(candidates.argmax(axis=2))
            scores[: reach[t]] = candidates.max(axis=2) + emissions[: reach[t], t]
        tags = (scores + self.end).argmax(axis=1)
        paths = numpy.zeros(emissions.shape[:2], dtype=numpy.int64)
        for t in reversed(steps):
            paths[: reach[t], t] = tags[: reach[t]]
            tags[: reach[t]] = pointers[t - 1][numpy.arange(reach[t]), tags[: reach[t]]]
        paths[:, 0] = tags
        return [
            path[:length] for path, length in zip(paths.tolist(), lengths.tolist(), strict=True)
        ]

    def spans(self, tags: Sequence[int]) -> list[tuple[int, int, str]]:
        """The entities in a sentence's tags: first token, one more than the last, type."""
        spans = []
        for first, tag in enumerate(tags):
            if self.types[tag] and (first == 0 or self._begins[tags[first - 1]][tag]):
                behind = first + 1
                while behind < len(tags) and self._continues[tags[behind - 1]][tags[behind]]:
                    behind += 1
                spans.append((first, behind, self.types[tag]))
        return spans

    def confidences(
        self, emissions: Array, lengths: Array, spans: Sequence[tuple[int, int, int, str]]
    ) -> list[float]:
        """
        The probability that the tags of a sentence hold an entity of just these tokens and this
        type, among all sequences of tags that are allowed.

        # Parameters

        emissions, lengths
            As for `decode`.
        spans : `Sequence[tuple[int, int, int, str]]`
            Sentence, first token, one more than the last, type.
        """
        emissions = emissions.astype(numpy.float64).transpose(1, 0, 2) / self.temperature
        transitions, start, end = (
            scores.astype(numpy.float64) / self.temperature
            for scores in (self.transitions, self.start, self.end)
        )
        safe = _is_safe(emissions, transitions, start, end)
        alphas, betas = numpy.empty_like(emissions), numpy.empty_like(emissions)
        alphas[0], betas[-1] = start + emissions[0], end
        forwards, backwards = _step(transitions, safe), _step(transitions.T, safe)
        at_token = (numpy.arange(len(emissions))[:, None] < lengths)[..., None]
        for t in range(1, len(emissions)):
            reached = forwards(alphas[t - 1]) + emissions[t]
            alphas[t] = numpy.where(at_token[t], reached, alphas[t - 1])
        for t in range(len(emissions) - 1, 0, -1):
            left = backwards(emissions[t] + betas[t])
            betas[t - 1] = numpy.where(at_token[t], left, betas[t])
        log_z = _log_sum(alphas[-1] + end, axis=1)

        sentence, first, behind = numpy.array([span[:3] for span in spans]).T
        of_type = numpy.array([[label == kind for label in self.types] for *_, kind in spans])
        begins, continues, ends = (
            _step(numpy.where(allowed, transitions, -numpy.inf), safe) for allowed in self.entities
        )
        # All ways to begin the entity, then those that also stay in it, token by token.
        score = numpy.where((first == 0)[:, None], start, begins(alphas[first - 1, sentence]))
        score = numpy.where(of_type, score + emissions[first, sentence], -numpy.inf)
        for offset in range(1, int((behind - first).max())):
            inside = offset < behind - first
            token = numpy.where(inside, first + offset, first)
            longer = continues(score) + emissions[token, sentence]
            score = numpy.where(inside[:, None], longer, score)
        is_last = behind == lengths[sentence]
        token = numpy.where(is_last, first, behind)
        going_on = ends(score) + emissions[token, sentence] + betas[token, sentence]
        total = _log_sum(numpy.where(is_last[:, None], score + end, going_on), axis=1)
        probabilities: list[float] = numpy.exp(numpy.minimum(total - log_z[sentence], 0)).tolist()
        return probabilities


def _step(transitions: Array, safe: bool) -> Callable[[Array], Array]:
    """From `scores[b, i]` to the log-sum over i of `scores[b, i] + transitions[i, j]`."""
    if not safe:
        return lambda scores: _log_sum(scores[:, :, None] + transitions, axis=1)
    highest = _finite(transitions.max())
    moves = numpy.exp(transitions - highest)

    def step(scores: Array) -> Array:
        best = _finite(scores.max(axis=1, keepdims=True))
        with numpy.errstate(divide="ignore"):
            return numpy.log(numpy.exp(scores - best) @ moves) + (best + highest)

    return step


def _log_sum(scores: Array, axis: int) -> Array:
    best = _finite(scores.max(axis=axis, keepdims=True))
    with numpy.errstate(divide="ignore"):
        return numpy.log(numpy.exp(scores - best).sum(axis=axis)) + best.squeeze(axis)


def _finite(scores: Array) -> Array:
    """So that minus infinity, less the highest of its row, stays what it is."""
    return numpy.maximum(scores, numpy.finfo(numpy.float64).min)


def _is_safe(emissions: Array, *transitions: Array) -> bool:
    allowed = numpy.concatenate([each[numpy.isfinite(each)] for each in transitions])
    spread = (emissions.max(axis=2) - emissions.min(axis=2)).max()
    return bool(spread + (numpy.ptp(allowed) if allowed.size else 0) < _SAFE_SPREAD)
