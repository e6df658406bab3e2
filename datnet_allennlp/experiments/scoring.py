"""What a trained model gives on the sets that it is scored on."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from allennlp.data import DatasetReader, Instance
from allennlp.models import Model

from datnet_allennlp.data.dataset_readers import MultiResourceReader
from datnet_allennlp.metrics import EntityF1

_BATCH_SIZE = 128


class TaggedSentence(NamedTuple):
    """A sentence with its gold and its predicted tags, one of each a token."""

    tokens: list[str]
    gold: list[str]
    predicted: list[str]


def tag_file(model: Model, reader: DatasetReader, resource: str, path: str) -> list[TaggedSentence]:
    """Tags all sentences of a file of a resource, in their order."""
    place: Any = {resource: path} if isinstance(reader, MultiResourceReader) else path
    instances = list(reader.read(place))
    tags: list[list[str]] = [[]] * len(instances)
    model.eval()
    lengths = [len(instance["tokens"]) for instance in instances]
    by_length = sorted(range(len(instances)), key=lengths.__getitem__)
    for start in range(0, len(by_length), _BATCH_SIZE):
        batch = by_length[start : start + _BATCH_SIZE]
        outputs = model.forward_on_instances([instances[index] for index in batch])
        for index, output in zip(batch, outputs, strict=True):
            tags[index] = list(output["tags"])
    return [_tagged(instance, each) for instance, each in zip(instances, tags, strict=True)]


def score(sentences: Sequence[TaggedSentence]) -> dict[str, Any]:
    """Scores of tagged sentences, as fractions."""
    metric = EntityF1()
    metric([each.predicted for each in sentences], [each.gold for each in sentences])
    found = metric.get_metric()
    return {
        "conlleval": {
            "precision": found["precision-overall"],
            "recall": found["recall-overall"],
            "f1": found["f1-measure-overall"],
        }
    }


def write_predictions(sentences: Sequence[TaggedSentence], path: Path) -> None:
    """Writes token, gold and predicted tag in columns, compressed."""
    text = "\n".join(
        "".join("\t".join(row) + "\n" for row in zip(*sentence, strict=True))
        for sentence in sentences
    )
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _tagged(instance: Instance, predicted: list[str]) -> TaggedSentence:
    tokens = [token.text for token in instance["tokens"]]  # type: ignore[attr-defined]
    return TaggedSentence(tokens, list(instance["tags"].labels), predicted)  # type: ignore[attr-defined]
