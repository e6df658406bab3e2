"""Reads instances and runs a trained model over them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.common.util import lazy_groups_of
from allennlp.data import Batch, DatasetReader, Instance
from allennlp.models import Model
from allennlp.nn.util import move_to_device

from datnet_allennlp.standalone.refusal import one_line

_BATCH_SIZE = 64
_LONG_WORK = 1000  # sentences, from which on a progress bar is worth its place

T = TypeVar("T")


def read_set(reader: DatasetReader, path: Any, resource: str | None = None) -> list[Instance]:
    """
    All instances of a path, in order.

    # Parameters

    reader : `DatasetReader`
    path : `str` or `list[str]`
    resource : `str`, optional
        Whose reader is to be used, for a `multi_resource` reader. Default: the target.

    Raises `ConfigurationError` for a file that the reader, which may be any, cannot make sense of.
    """
    try:
        return list(reader.read(path if resource is None else {resource: path}))
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        raise ConfigurationError(
            f"{path}: found a file that the reader of the model ({type(reader).__name__}) cannot "
            f"read ({type(error).__name__}: {one_line(error)[:300]}), expected one of its kind"
        ) from error


@torch.no_grad()
def map_batches(
    model: Model,
    instances: Sequence[Instance],
    function: Callable[[dict[str, Any]], Iterable[T]],
    description: str,
) -> list[T]:
    """
    Calls a function on batches of sentences of like length, with the model in evaluation mode and
    without gradients. The gold tags are left out, so there is no loss, no metric counts, and a file
    may hold types that the model does not know. The global random state stays as it is, and so does
    whether the model is training.

    # Parameters

    model : `Model`
    instances : `Sequence[Instance]`
        With a field `tokens`, all of one resource.
    function : `Callable[[dict[str, Any]], Iterable[T]]`
        From the tensors of a batch to one result for each of its sentences.
    description : `str`
        Of the progress bar.

    # Returns

    `list[T]`
        The results, in the order of the instances.
    """
    lengths = [len(instance["tokens"]) for instance in instances]
    order = sorted(range(len(instances)), key=lengths.__getitem__)
    device = next(model.parameters()).device
    results: dict[int, T] = {}
    was_training = model.training
    model.eval()
    try:
        bar = Tqdm.tqdm(total=len(order), desc=description, disable=len(order) < _LONG_WORK)
        with bar:
            for indices in lazy_groups_of(order, _BATCH_SIZE):
                batch = Batch([_untagged(instances[index]) for index in indices])
                batch.index_instances(model.vocab)
                tensors = move_to_device(batch.as_tensor_dict(), device)
                results.update(zip(indices, function(tensors), strict=True))
                bar.update(len(indices))
    finally:
        model.train(was_training)
    return [results[index] for index in range(len(instances))]


def _untagged(instance: Instance) -> Instance:
    return Instance({name: field for name, field in instance.fields.items() if name != "tags"})
