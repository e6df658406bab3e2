"""What a trained model gives on the sets that it is scored on."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from allennlp.data import DatasetReader
from allennlp.models import Model

from datnet_allennlp.data.dataset_readers import MultiResourceReader
from datnet_allennlp.evaluation.entities import entities_of_training
from datnet_allennlp.evaluation.resource_distance import resource_distance
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
    paths = {place["resource"]: place["path"] for _, place in sorted(sets.items(), reverse=True)}
    if not isinstance(model, DatnetTagger) or len(model.decoders) < 2 or len(paths) < 2:
        return {}
    return resource_distance(model, reader, paths)


def write_predictions(sentences: Sequence[TaggedSentence], path: Path) -> None:
    """Writes token, gold and predicted tag in columns, compressed."""
    text = "\n".join(
        "".join("\t".join(row) + "\n" for row in zip(*sentence, strict=True))
        for sentence in sentences
    )
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
