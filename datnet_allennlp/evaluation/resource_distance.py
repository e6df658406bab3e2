"""How far apart a model's encodings of its resources are, on held-out sentences."""

from collections.abc import Mapping
from typing import Any, cast

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance
from allennlp.nn.util import masked_mean
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from datnet_allennlp.evaluation.batches import map_batches, read_set
from datnet_allennlp.models import DatnetTagger

_FEWEST = 4  # sentences of a resource


def resource_distance(
    model: DatnetTagger, reader: DatasetReader, paths: Mapping[str, Any], seed: int = 0
) -> dict[str, float]:
    """
    # Parameters

    model : `DatnetTagger`
    reader : `DatasetReader`
        The `validation_dataset_reader` of its configuration.
    paths : `Mapping[str, ...]`
        A held-out file, or several, of each resource, such as the dev sets.
    seed : `int`, optional (default = 0)
        Of `proxy_a_distance`.

    # Returns

    `dict[str, float]`

    - `discriminator_accuracy_<resource>`, `discriminator_accuracy`: the share of a resource's
      sentences of which the trained discriminator is right, and the mean of these shares (balanced
      accuracy, 1 / K by chance for K resources). Missing without a discriminator.
    - `proxy_a_distance_<resource>`: of each resource but the target to the target.

    Raises `ConfigurationError` if a path is not there for the target and one other resource at
    least.
    """
    if model.target not in paths or len(paths) < 2:
        raise ConfigurationError(
            f"resource_distance: found paths for {sorted(paths)}, expected one for the target "
            f"'{model.target}' and for another resource at least"
        )
    instances = {name: read_set(reader, path, name) for name, path in paths.items()}
    distances: dict[str, float] = {}
    if model.discriminator is not None:
        for name in paths:
            logits = torch.from_numpy(resource_logits(model, instances[name]))
            number = model.discriminator.resources.index(name)
            is_right = model.discriminator.is_right(logits, number).double()
            distances[f"discriminator_accuracy_{name}"] = float(is_right.mean())
        distances["discriminator_accuracy"] = float(numpy.mean(list(distances.values())))
    encodings = {name: shared_encodings(model, instances[name]) for name in paths}
    for name in paths:
        if name != model.target:
            distances[f"proxy_a_distance_{name}"] = proxy_a_distance(
                encodings[name], encodings[model.target], seed
            )
    return distances


def resource_logits(model: DatnetTagger, instances: list[Instance]) -> numpy.ndarray:
    """
    What the trained discriminator says of sentences of one resource.

    # Returns

    `numpy.ndarray`, shape `(num_sentences,)` or `(num_sentences, num_resources)`: see
    `ResourceDiscriminator`.
    """

    def discriminate(tensors: dict[str, Any]) -> numpy.ndarray:
        encoded, mask = model.encode(tensors["tokens"], tensors.get("resource"))
        return model.discriminate(encoded, mask).cpu().numpy()

    return numpy.array(map_batches(model, instances, discriminate, "discriminating"))


def shared_encodings(model: DatnetTagger, instances: list[Instance]) -> numpy.ndarray:
    """
    The shared encoding of sentences of one resource, mean over the tokens of each.

    # Returns

    `numpy.ndarray`, shape `(num_sentences, shared_dim)`
    """

    def encode(tensors: dict[str, Any]) -> numpy.ndarray:
        encoded, mask = model.encode(tensors["tokens"], tensors.get("resource"))
        shared = model.encoder.shared_part(encoded)
        return masked_mean(shared, cast(torch.BoolTensor, mask[..., None]), dim=1).cpu().numpy()

    return numpy.array(map_batches(model, instances, encode, "encoding"))


def proxy_a_distance(first: numpy.ndarray, second: numpy.ndarray, seed: int = 0) -> float:
    """
    `2 (1 - 2 error)`, with the error of a linear classifier that tells the two apart, trained on
    one half of the sentences and tested on the other (Ben-David et al., 2006): about 0
    (chance may put it below) where they cannot be told apart, 2 where they can without error.
    Equally many sentences of both are used, drawn at random. The classifier is scikit-learn's
    logistic regression on standardised dimensions.

    # Parameters

    first, second : `numpy.ndarray`, shapes `(num_sentences, dim)`
    seed : `int`, optional (default = 0)

    Raises `ConfigurationError` if one of the two has fewer than four sentences.
    """
    size = min(len(first), len(second))
    if size < _FEWEST:
        raise ConfigurationError(
            f"proxy A-distance: found {len(first)} and {len(second)} sentences, expected at least "
            f"{_FEWEST} of each"
        )
    rng = numpy.random.default_rng(seed)
    encodings = numpy.concatenate([rng.permutation(each)[:size] for each in (first, second)])
    labels = numpy.repeat([0, 1], size)
    train, test, train_labels, test_labels = train_test_split(
        encodings, labels, test_size=0.5, random_state=seed, stratify=labels
    )
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    accuracy = classifier.fit(train, train_labels).score(test, test_labels)
    return float(2 * (1 - 2 * (1 - accuracy)))
