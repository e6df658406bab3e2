"""Tags a file, or instances, with a trained model."""

from collections.abc import Sequence
from typing import Any

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance
from allennlp.models import Model

from datnet_allennlp.evaluation.batches import map_batches, read_set
from datnet_allennlp.evaluation.entities import words_of
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence, to_iob2


def tag_corpus(
    model: Model, reader: DatasetReader, path: Any, resource: str | None = None
) -> list[TaggedSentence]:
    """
    Tags a corpus.

    # Parameters

    model : `Model`
        A `datnet_tagger` or any other whose output holds `tags`, such as AllenNLP's `crf_tagger`,
        with a `label_encoding`.
    reader : `DatasetReader`
        The `validation_dataset_reader` of the model's configuration.
    path : `str` or `list[str]`
    resource : `str`, optional
        Whose reader and tagger are to be used, for a `multi_resource` reader. Default: the target.

    # Returns

    `list[TaggedSentence]`
        In the order of the file.
    """
    return tag_instances(model, read_set(reader, path, resource))


def tag_instances(model: Model, instances: Sequence[Instance]) -> list[TaggedSentence]:
    """
    Tags instances that a reader has read. Metrics, the global random state and whether the model is
    training stay as they are.

    # Parameters

    model : `Model`
    instances : `Sequence[Instance]`
        With `tokens` and `tags`, all of one resource.

    # Returns

    `list[TaggedSentence]`
        In the order of the instances.

    Raises `ConfigurationError` if the model does not say how its tags are coded.
    """
    coding: Any = getattr(model, "label_encoding", None)
    if coding is None:
        raise ConfigurationError(
            "model.label_encoding: found none, expected the coding of the model's tags"
        )

    def tag(tensors: dict[str, Any]) -> list[list[str]]:
        output: Any = model.make_output_human_readable(model(**tensors))
        return output["tags"]

    return [
        TaggedSentence(
            words_of(instance),
            to_iob2(instance["tags"].labels, coding),  # type: ignore[attr-defined]
            to_iob2(predicted, coding),
        )
        for instance, predicted in zip(
            instances, map_batches(model, instances, tag, "tagging"), strict=True
        )
    ]
