"""Tags a file, or instances, with a trained model."""

from collections.abc import Sequence
from typing import Any

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.common.util import lazy_groups_of
from allennlp.data import Batch, DatasetReader, Instance
from allennlp.models import Model
from allennlp.nn.util import move_to_device

from datnet_allennlp.data.dataset_readers.whole import whole
from datnet_allennlp.evaluation.entities import words_of
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence, to_iob2

_BATCH_SIZE = 64


def tag_corpus(
    model: Model, reader: DatasetReader, path: Any, resource: str | None = None
) -> list[TaggedSentence]:
    """
    Tags all sentences of a corpus, also where the reader samples those of training.

    # Parameters

    model : `Model`
        A `datnet_tagger` or any other whose output holds `tags`, such as AllenNLP's `crf_tagger`,
        with a `label_encoding`.
    reader : `DatasetReader`
        The `validation_dataset_reader` of the model's configuration. Its `max_sentences`,
        `fraction` and `max_instances` do not count here.
    path : `str` or `list[str]`
    resource : `str`, optional
        Whose reader and tagger are to be used, for a `multi_resource` reader. Default: the target.

    # Returns

    `list[TaggedSentence]`
        In the order of the file.
    """
    instances = whole(reader).read(path if resource is None else {resource: path})
    return tag_instances(model, list(instances))


def tag_instances(model: Model, instances: Sequence[Instance]) -> list[TaggedSentence]:
    """
    Tags instances that a reader has read, sentences of like length together. Metrics, the global
    random state and whether the model is training are left as they are.

    # Parameters

    model : `Model`
    instances : `Sequence[Instance]`
        With `tokens` and `tags`, all of one resource.

    # Returns

    `list[TaggedSentence]`
        In the order of the instances.

    # Raises

    `ConfigurationError`
        If the model does not say how its tags are coded.
    """
    coding: Any = getattr(model, "label_encoding", None)
    if coding is None:
        raise ConfigurationError(
            "model.label_encoding: found none, expected the coding of the model's tags"
        )
    words = [words_of(instance) for instance in instances]
    order = sorted(range(len(words)), key=lambda index: len(words[index]))
    tags: dict[int, list[str]] = {}
    was_training = model.training
    model.eval()
    try:
        for indices in Tqdm.tqdm(
            list(lazy_groups_of(order, _BATCH_SIZE)), desc="tagging", disable=len(order) < 1000
        ):
            predicted = _tag_batch(model, [instances[index] for index in indices])
            tags.update(zip(indices, predicted, strict=True))
    finally:
        model.train(was_training)
    return [
        TaggedSentence(
            words[index],
            to_iob2(instance["tags"].labels, coding),  # type: ignore[attr-defined]
            to_iob2(tags[index], coding),
        )
        for index, instance in enumerate(instances)
    ]


@torch.no_grad()
def _tag_batch(model: Model, instances: list[Instance]) -> list[list[str]]:
    # Without the gold tags there is no loss and nothing to be counted, and the model need not know
    # all types of the file.
    untagged = [
        Instance({name: field for name, field in each.fields.items() if name != "tags"})
        for each in instances
    ]
    batch = Batch(untagged)
    batch.index_instances(model.vocab)
    tensors = move_to_device(batch.as_tensor_dict(), next(model.parameters()).device)
    output: Any = model.make_output_human_readable(model(**tensors))
    return output["tags"]
