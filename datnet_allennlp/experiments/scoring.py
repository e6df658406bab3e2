"""What a trained model gives on the sets that it is scored on."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from allennlp.models import Model

from datnet_allennlp.data.dataset_readers import MultiResourceReader
from datnet_allennlp.evaluation.batches import read_set
from datnet_allennlp.evaluation.encoding_map import Point, encoding_map
from datnet_allennlp.evaluation.entities import entities_of_training
from datnet_allennlp.evaluation.resource_distance import resource_distance, shared_encodings
from datnet_allennlp.evaluation.tag_corpus import tag_corpus
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence
from datnet_allennlp.models import DatnetTagger

Sets = Mapping[str, Mapping[str, str]]


def tag_set(model: Model, reader: DatasetReader, path: str, resource: str) -> list[TaggedSentence]:
    """
    Tags a data file of a resource. A reader that knows no resources reads it all the same.
    """
    has_resources = isinstance(reader, MultiResourceReader)
    return tag_corpus(model, reader, path, resource if has_resources else None)


def training_entities(reader: DatasetReader, path: Any, resource: str) -> set[tuple[str, str]]:
    """
    The entities of a resource that a training run held, see `entities_of_training`.

    # Parameters

    reader : `DatasetReader`
        The run's `dataset_reader`.
    path : `Any`
        The run's `train_data_path`.
    resource : `str`
    """
    if not isinstance(reader, MultiResourceReader):
        return entities_of_training(reader, path)
    return entities_of_training(reader, path, resource) if resource in path else set()


def distance(model: Model, reader: DatasetReader, sets: Sets) -> dict[str, float]:
    """
    What tells how far apart a model keeps its resources, see `resource_distance`, on the first set
    of each resource; nothing for a model of one resource, or where only one has a set.
    """
    paths = _first_of_each(sets)
    if not isinstance(model, DatnetTagger) or len(model.decoders) < 2 or len(paths) < 2:
        return {}
    return resource_distance(model, reader, paths)


def map_of_encodings(model: Model, reader: DatasetReader, sets: Sets) -> dict[str, list[Point]]:
    """
    See `encoding_map`, of the sets that `distance` takes.

    Raises `ConfigurationError` for a model that has no shared encoding.
    """
    if not isinstance(model, DatnetTagger):
        raise ConfigurationError(
            f"draw_encodings: found a {type(model).__name__}, expected 'datnet_tagger'"
        )
    return encoding_map(
        {
            name: shared_encodings(model, read_set(reader, path, name))
            for name, path in _first_of_each(sets).items()
        }
    )


def _first_of_each(sets: Sets) -> dict[str, str]:
    """The path of the first set of each resource by name, so of `dev` rather than of `test`."""
    return {place["resource"]: place["path"] for _, place in sorted(sets.items(), reverse=True)}


def write_predictions(sentences: Sequence[TaggedSentence], path: Path) -> None:
    """Writes token, gold and predicted tag in columns, compressed."""
    text = "\n".join(
        "".join("\t".join(row) + "\n" for row in zip(*sentence, strict=True))
        for sentence in sentences
    )
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
