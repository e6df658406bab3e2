"""How many entities of each sentence are right: what a bootstrap needs, and holds no text."""

import base64
import binascii
import zlib
from collections.abc import Sequence

import numpy
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.tag_coding import read_spans_leniently
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence

_TYPE = numpy.dtype("<u2")


def count_entities(sentences: Sequence[TaggedSentence]) -> numpy.ndarray:
    """
    # Returns

    `numpy.ndarray`, shape `(num_sentences, 3)`, unsigned 16 bits
        For each sentence, in order, the numbers of correct, predicted and gold entities, as
        `conlleval` of `score` counts them.
    """
    rows = []
    for _, gold_tags, predicted_tags in sentences:
        gold, predicted = map(set, map(read_spans_leniently, (gold_tags, predicted_tags)))
        rows.append((len(gold & predicted), len(predicted), len(gold)))
    return numpy.array(rows, dtype=_TYPE).reshape(-1, 3)


def encode(counts: numpy.ndarray) -> str:
    """
    Packs counts into a string of ASCII for a file of results: base64 of zlib of little-endian
    unsigned 16-bit numbers, sentence by sentence.

    # Parameters

    counts : `numpy.ndarray`, shape `(num_sentences, 3)`
    """
    return base64.b64encode(zlib.compress(counts.astype(_TYPE).tobytes(), 9)).decode("ascii")


def decode(text: str) -> numpy.ndarray:
    """
    The inverse of `encode`.

    Raises `ConfigurationError` if the text does not hold encoded counts.
    """
    try:
        raw = zlib.decompress(base64.b64decode(text, validate=True))
        return numpy.frombuffer(raw, dtype=_TYPE).reshape(-1, 3)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ConfigurationError(
            f"counts: found {text[:20]!r}... ({error}), expected what `encode` makes"
        ) from None
