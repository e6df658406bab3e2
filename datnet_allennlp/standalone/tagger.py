"""The tagger of an exported folder: text in, entities with their confidence out."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy

from .crf import Crf, Entities
from .folder import MOST_TAGS, MOST_WORDS, Folder
from .length_batches import Size, length_batches
from .records import check_record
from .refusal import Refusal
from .tagged_text import Entity, TaggedText
from .tweets import split
from .windows import windows
from .words import Characters, Part, WordEncoder, WordVectors

SETTINGS = "settings.json"
_BATCH_TOKENS = 2**11

# A text, a text as words, or a record as a line of the input holds it.
TextLike = str | Sequence[str] | Mapping[str, Any]


class Sentence(NamedTuple):
    """A text that was split: its tokens, and the stretch of the text that each stands for."""

    text: str
    words: list[str]
    places: list[tuple[int, int]]
    carried: dict[str, Any]
    resource: str


class _Network(NamedTuple):
    """What belongs to a resource."""

    encode: WordEncoder
    session: Any
    crf: Crf


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
                name: _network(files, described)
                for name, described in settings["resources"].items()
            }
            self._networks[self._default]
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
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
        network: _Network,
        rows: Mapping[str, int],
        vectors: numpy.ndarray,
    ) -> Iterator[TaggedText]:
        lengths = numpy.array([len(sentence.words) for sentence in batch], dtype=numpy.int32)
        inputs = numpy.zeros((len(batch), lengths.max(), vectors.shape[1]), dtype=numpy.float32)
        for row, sentence in zip(inputs, batch, strict=True):
            row[: len(sentence.words)] = vectors[[rows[word] for word in sentence.words]]
        [emissions] = network.session.run(None, {"vectors": inputs, "lengths": lengths})
        crf = network.crf
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


def _network(files: Folder, described: Mapping[str, Any]) -> _Network:
    labels = described["labels"]
    session = files.session(described["network"])
    transitions, start, end = (_scores(described[name]) for name in ("transitions", "start", "end"))
    reading = (numpy.array(described[name], dtype=bool) for name in ("begins", "continues", "ends"))
    temperature = float(described["temperature"])
    crf = Crf(labels, transitions, start, end, Entities(*reading), temperature)
    num_tags = len(labels)
    shapes = [each.shape for each in (crf.transitions, *crf.entities)]
    shapes += [crf.start.shape * 2, crf.end.shape * 2]
    if not 0 < num_tags <= MOST_TAGS or shapes != [(num_tags, num_tags)] * len(shapes):
        raise ValueError(f"{num_tags} labels and matrices of {shapes}")
    if session.get_outputs()[0].shape[-1] != num_tags or not crf.temperature > 0:
        raise ValueError(f"{described['network']} or a temperature that is not of these labels")
    return _Network(WordEncoder([_part(files, part) for part in described["parts"]]), session, crf)


def _part(files: Folder, described: Mapping[str, Any]) -> Part:
    unknown = int(described["unknown"])
    if "network" in described:
        return Characters(described["ids"], unknown, files.session(described["network"]))
    words, vectors = files.json(described["words"]), files.array(described["vectors"])
    scale = files.array(described["scale"]) if "scale" in described else None
    if not 0 <= unknown < len(words) == len(vectors) <= MOST_WORDS:
        raise ValueError(f"{len(words)} words, {len(vectors)} vectors, row {unknown} if unknown")
    return WordVectors(words, vectors, scale, described["order"], unknown)


def _scores(values: Any) -> numpy.ndarray:
    """JSON knows no infinity; null stands for what is forbidden."""
    scores = numpy.array(values, dtype=object)
    scores[scores == None] = -numpy.inf  # noqa: E711  (of each element)
    return scores.astype(numpy.float32)
