"""
Fits the temperature of a resource's CRF: one number that divides all of its scores, so that the
confidence of its entities tells how many of them are right. No tag changes.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance

from datnet_allennlp.data.tag_coding import Span
from datnet_allennlp.models.datnet_tagger import DatnetTagger
from datnet_allennlp.modules.tag_decoder import TagDecoder
from datnet_allennlp.tagging.calibration import (
    ReliabilityBin,
    expected_calibration_error,
    reliability,
)
from datnet_allennlp.tagging.tagged_text import read_entities
from datnet_allennlp.tagging.tagger import Tagger

# Beyond these, the scores say nothing of what is right.
_LOWEST, _HIGHEST = 0.05, 20.0
# The loss may have several minima, so the least is looked for near the best of these; 1 is among
# them.
_FIRST_TRIED = numpy.geomspace(_LOWEST, _HIGHEST, 31)


class GoldBatch(NamedTuple):
    """
    # Parameters

    logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
    mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
    tags : `torch.LongTensor`, shape `(batch_size, num_tokens)`
        The gold tags.
    """

    logits: torch.Tensor
    mask: torch.Tensor
    tags: torch.Tensor


class TemperatureFit(NamedTuple):
    """
    # Parameters

    temperature : `float`
    num_sentences, num_entities : `int`
        Of the entities, those that the model predicts.
    loss_before, loss_after : `float`
        The log loss of their confidence, an entity, at a temperature of 1 and at the one found.
    before, after : `list[ReliabilityBin]`
        Its reliability.
    """

    temperature: float
    num_sentences: int
    num_entities: int
    loss_before: float
    loss_after: float
    before: list[ReliabilityBin]
    after: list[ReliabilityBin]


def fit_temperatures(tagger: Tagger, instances: Iterable[Instance]) -> dict[str, TemperatureFit]:
    """
    The temperature of each resource that there are sentences of, from their gold tags.

    Raises `ConfigurationError` for sentences without tags, or none at all, for a model that is no
    `datnet_tagger`, and as `fit_temperature` does.
    """
    if not isinstance(tagger.model, DatnetTagger):
        raise ConfigurationError(
            f"found a model ({type(tagger.model).__name__}) that has no temperature, expected a "
            "datnet_tagger"
        )
    batches: defaultdict[str, list[GoldBatch]] = defaultdict(list)
    for resource, batch in _run(tagger, tagger.model, instances):
        batches[resource].append(batch)
    if not batches:
        raise ConfigurationError("found no sentences, expected some to fit a temperature to")
    return {
        resource: fit_temperature(tagger.model.decoder(resource), of_resource)
        for resource, of_resource in batches.items()
    }


def fit_temperature(decoder: TagDecoder, batches: Sequence[GoldBatch]) -> TemperatureFit:
    """
    The temperature with the least log loss of what is predicted: whether each predicted entity is
    right, given its confidence. Guo et al. (ICML 2017, section 4.2) do so for a classifier. The
    likelihood of all gold tags would be another aim, for most tokens belong to no entity. On these
    sentences the expected calibration error is no higher than at a temperature of 1.

    Raises `ConfigurationError` where all predicted entities are right, or none is, and where there
    is no temperature between 1/20 and 20 that fits.
    """
    predicted = [
        [read_entities(decoder.to_labels(ids)) for ids in decoder.decode(logits, mask)]
        for logits, mask, _ in batches
    ]
    correct = [
        right
        for batch, spans in zip(batches, predicted, strict=True)
        for right in _are_right(decoder, batch, spans)
    ]
    if len(set(correct)) < 2:
        raise ConfigurationError(
            f"found {len(correct)} predicted entities, {sum(correct)} of them right, expected "
            "right and wrong ones to fit a temperature to"
        )

    def confidences(temperature: float) -> list[float]:
        return [
            confidence
            for (logits, mask, _), spans in zip(batches, predicted, strict=True)
            for of_sentence in decoder.confidences(logits, mask, spans, temperature)
            for confidence in of_sentence
        ]

    losses = _try_temperatures(lambda temperature: log_loss(confidences(temperature), correct))
    before = reliability(confidences(1.0), correct)
    highest_error = expected_calibration_error(before)
    for temperature in sorted(losses, key=losses.__getitem__):
        after = reliability(confidences(temperature), correct)
        if expected_calibration_error(after) <= highest_error:
            break
    return TemperatureFit(
        temperature,
        sum(len(batch.tags) for batch in batches),
        len(correct),
        losses[1.0],
        losses[temperature],
        before,
        after,
    )


def log_loss(confidences: Sequence[float], correct: Sequence[bool]) -> float:
    """
    Minus the log of the probability that was given to what is so, an entity.

    # Parameters

    confidences : `Sequence[float]`
    correct : `Sequence[bool]`
    """
    given = numpy.where(correct, confidences, 1 - numpy.asarray(confidences))
    # A confidence is rounded to 0 or 1 long before it is so.
    return float(-numpy.log(given.clip(min=numpy.finfo(float).eps)).mean())


def _try_temperatures(loss: Callable[[float], float]) -> dict[float, float]:
    """The loss at 1, around, and at its least. Raises `ConfigurationError` as `fit_temperature`."""
    from scipy.optimize import minimize_scalar

    losses = {temperature: loss(temperature) for temperature in [1.0, *_FIRST_TRIED.tolist()]}
    best = min(losses, key=losses.__getitem__)
    if best in _FIRST_TRIED[[0, -1]]:
        raise ConfigurationError(
            f"found no temperature between {_LOWEST:g} and {_HIGHEST:g} that fits, expected scores "
            "that tell right from wrong; are these the sentences of another corpus?"
        )
    step = math.log(_FIRST_TRIED[1] / _FIRST_TRIED[0])
    around = math.log(best) - step, math.log(best) + step
    found = minimize_scalar(lambda log: loss(math.exp(log)), bounds=around, method="bounded")
    return {**losses, math.exp(found.x): float(found.fun)}


def _run(
    tagger: Tagger, model: DatnetTagger, instances: Iterable[Instance]
) -> Iterator[tuple[str, GoldBatch]]:
    window = tagger.prepare([tagger.read_instance(instance) for instance in instances])
    for _, tensors in window.batches:
        if "tags" not in tensors:
            raise ConfigurationError("found a sentence without tags, expected gold tags")
        with torch.no_grad(), model.counting_paused():
            output = model(**tagger.on_device(tensors))
        scores = (output["logits"], output["mask"], tensors["tags"])
        yield output["resource"][0], GoldBatch(*(each.cpu() for each in scores))


def _are_right(
    decoder: TagDecoder, batch: GoldBatch, predicted: Sequence[Sequence[Span]]
) -> list[bool]:
    """Of each predicted entity, whether the gold sentence holds it, with its tokens and type."""
    lengths = batch.mask.sum(dim=1).tolist()
    gold = [
        read_entities(decoder.to_labels(ids[:length]))
        for ids, length in zip(batch.tags.tolist(), lengths, strict=True)
    ]
    return [
        entity in of_sentence
        for found, of_sentence in zip(predicted, gold, strict=True)
        for entity in found
    ]
