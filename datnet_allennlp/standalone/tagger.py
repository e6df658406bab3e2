"""The tagger of an exported folder: text in, entities with their confidence out."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from .folder import Folder
from .length_batches import Size, length_batches
from .records import check_record
from .refusal import Refusal
from .settings import ResourceParts, read_resource
from .tagged_text import Entity, TaggedText
from .tweets import split
from .windows import windows

SETTINGS = "settings.json"
_BATCH_TOKENS = 2**11
# Of Python and numpy, where a value is of another kind or size.
_NOT_SETTINGS = (
    *(KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError),
    *(RecursionError, MemoryError),
)

# A text, a text as words, or a record as a line of the input holds it.
TextLike = str | Sequence[str] | Mapping[str, Any]


class Sentence(NamedTuple):
    """A text that was split: its tokens, and the stretch of the text that each stands for."""

    text: str
    words: list[str]
    places: list[tuple[int, int]]
    carried: dict[str, Any]
    resource: str


# What a folder has to be able to tag.
_TRIAL = ("Mia", "at", "Kew", "#1")


class ExportedTagger:
    """
    As `datnet_allennlp.Tagger`, without AllenNLP and torch:

        tagger = ExportedTagger("exported")
        tagger("Mia Torres sails to Dublin").entities

    # Parameters

    folder : `str | os.PathLike[str]`
        What `allennlp export` wrote.
    threshold : `float`, optional (default = 0.0)
        Entities of a lower confidence are left out.

    Raises `Refusal` for a folder that is damaged or no export, and a threshold outside 0 to 1.
    """

    def __init__(self, folder: str | os.PathLike[str], threshold: float = 0.0) -> None:
        if not 0 <= threshold <= 1:
            raise Refusal(f"threshold: found {threshold}, expected 0 to 1")
        self.threshold = threshold
        files = Folder(folder)
        try:
            settings = files.json(SETTINGS)
            self._default: str = settings["default"]
            self._networks = {
                name: read_resource(files, described)
                for name, described in settings["resources"].items()
            }
            self._networks[self._default]
            for name in self._networks:
                self.tag([self.read({"tokens": list(_TRIAL), "resource": name})])
        except _NOT_SETTINGS as error:
            raise Refusal(
                f"{folder}: {SETTINGS}: found settings that make no tagger "
                f"({type(error).__name__}: {error}), expected those that `allennlp export` writes"
            ) from error

    def __call__(self, text: TextLike) -> TaggedText:
        """Raises `Refusal` if the text cannot be tagged."""
        return self.tag([self.read(text)])[0]

    def pipe(self, texts: Iterable[TextLike]) -> Iterator[TaggedText]:
        """Tags any number of texts, in their order, by batches."""
        for window in windows(map(self.read, texts), lambda sentence: len(sentence.text)):
            yield from self.tag(window)

    def read(self, text: TextLike) -> Sentence:
        """
        Splits a text: a string, a list of words, or a record with `text`, `sentence` or `tokens`.

        Raises `Refusal` if it cannot be tagged.
        """
        record: Any = text
        if isinstance(text, str):
            record = {"text": text}
        elif isinstance(text, Sequence):
            record = {"tokens": list(text)}
        raw, words, carried = check_record(record)
        resource = carried.get("resource", self._default)
        if resource not in self._networks:
            raise Refusal(
                f"found the resource '{resource}', expected one of {sorted(self._networks)}"
            )
        if words is None:
            tokens = split(raw)
            places = [token[1:] for token in tokens]
            return Sentence(raw, [token[0] for token in tokens], places, carried, resource)
        places = []
        start = 0
        for word in words:
            places.append((start, start + len(word)))
            start += len(word) + 1
        return Sentence(raw, words, places, carried, resource)

    def tag(self, sentences: Sequence[Sentence]) -> list[TaggedText]:
        """Tags sentences together; those of like length share a batch."""
        tagged: dict[int, TaggedText] = {}
        by_resource: defaultdict[str, list[int]] = defaultdict(list)
        for index, sentence in enumerate(sentences):
            if sentence.words:
                by_resource[sentence.resource].append(index)
            else:
                tagged[index] = TaggedText(sentence.text, [], [], [], [], [], sentence.carried)
        for resource, indices in by_resource.items():
            network = self._networks[resource]
            chosen = [sentences[index] for index in indices]
            rows, vectors = network.encode(word for s in chosen for word in s.words)
            sizes = [Size(len(sentence.words), 0) for sentence in chosen]
            for batch in length_batches(sizes, _BATCH_TOKENS, 0):
                found = self._tag([chosen[i] for i in batch], network, rows, vectors)
                tagged.update(zip((indices[i] for i in batch), found, strict=True))
        return [tagged[index] for index in range(len(sentences))]

    def _tag(
        self,
        batch: Sequence[Sentence],
        network: ResourceParts,
        rows: Mapping[str, int],
        vectors: numpy.ndarray,
    ) -> Iterator[TaggedText]:
        lengths = numpy.array([len(sentence.words) for sentence in batch], dtype=numpy.int32)
        inputs = numpy.zeros((len(batch), lengths.max(), vectors.shape[1]), dtype=numpy.float32)
        for row, sentence in zip(inputs, batch, strict=True):
            row[: len(sentence.words)] = vectors[[rows[word] for word in sentence.words]]
        crf = network.crf
        emissions = network.network({"vectors": inputs, "lengths": lengths}, len(crf.labels))
        tags = crf.decode(emissions, lengths)
        spans = [crf.spans(each) for each in tags]
        # Most sentences have no entity, and need nothing.
        holding = [i for i, each in enumerate(spans) if each]
        found = [(row, *span) for row, i in enumerate(holding) for span in spans[i]]
        values = crf.confidences(emissions[holding], lengths[holding], found) if found else []
        confidences = iter(values)
        for sentence, ids, entities in zip(batch, tags, spans, strict=True):
            located = [_entity(sentence, span, next(confidences)) for span in entities]
            yield TaggedText(
                sentence.text,
                sentence.words,
                [crf.labels[i] for i in ids],
                [each for each in located if (each.confidence or 0.0) >= self.threshold],
                sentence.places,
                [],
                sentence.carried,
            )


def _entity(sentence: Sentence, span: tuple[int, int, str], confidence: float) -> Entity:
    first, behind, kind = span
    start, end = sentence.places[first][0], sentence.places[behind - 1][1]
    return Entity(kind, sentence.text[start:end], start, end, first, behind, confidence)
