"""
Fits the temperature of a resource's CRF: one number that divides all of its scores, so that the
confidence of its entities tells how many of them are right. No tag changes.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance

from datnet_allennlp.models.datnet_tagger import DatnetTagger
from datnet_allennlp.modules.tag_decoder import TagDecoder
from datnet_allennlp.tagging.calibration import ReliabilityBin, reliability
from datnet_allennlp.tagging.tagged_text import read_entities
from datnet_allennlp.tagging.tagger import Tagger

# Beyond these, the scores say nothing of what is right.
_LOWEST, _HIGHEST = 0.05, 20.0


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
    num_sentences : `int`
    loss_before, loss_after : `float`
        Minus the log-likelihood of the gold tags among those that the coding allows, a sentence,
        at a temperature of 1 and at the one found.
    before, after : `list[ReliabilityBin]`
        Reliability of the confidence of the predicted entities.
    """

    temperature: float
    num_sentences: int
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
        resource: _describe(tagger.model.decoder(resource), of_resource)
        for resource, of_resource in batches.items()
    }


def fit_temperature(decoder: TagDecoder, batches: Sequence[GoldBatch]) -> float:
    """
    The temperature at which the gold tags are most probable (Guo et al., ICML 2017, section 4.2,
    here of the CRF as a whole).

    Raises `ConfigurationError` where there is none between 1/20 and 20.
    """
    from scipy.optimize import minimize_scalar

    bounds = math.log(_LOWEST), math.log(_HIGHEST)
    # The loss is convex in the inverse of the temperature, so it has but one minimum.
    found = minimize_scalar(
        lambda log: _loss(decoder, batches, math.exp(log)), bounds=bounds, method="bounded"
    )
    if min(abs(found.x - bound) for bound in bounds) < 1e-3:
        raise ConfigurationError(
            f"found no temperature between {_LOWEST:g} and {_HIGHEST:g} that fits, expected scores "
            "that tell right from wrong; are these the sentences of another corpus?"
        )
    return math.exp(found.x)


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


def _loss(decoder: TagDecoder, batches: Sequence[GoldBatch], temperature: float) -> float:
    """Minus the log-likelihood of the gold tags, a sentence."""
    total = sum(
        float(decoder.crf.allowed_log_likelihood(*batch, temperature).sum()) for batch in batches
    )
    return -total / sum(len(batch.tags) for batch in batches)


def _describe(decoder: TagDecoder, batches: Sequence[GoldBatch]) -> TemperatureFit:
    temperature = fit_temperature(decoder, batches)
    return TemperatureFit(
        temperature,
        sum(len(batch.tags) for batch in batches),
        _loss(decoder, batches, 1.0),
        _loss(decoder, batches, temperature),
        _reliability(decoder, batches, 1.0),
        _reliability(decoder, batches, temperature),
    )


def _reliability(
    decoder: TagDecoder, batches: Sequence[GoldBatch], temperature: float
) -> list[ReliabilityBin]:
    confidences: list[float] = []
    correct: list[bool] = []
    for logits, mask, tags in batches:
        predicted = [read_entities(decoder.to_labels(ids)) for ids in decoder.decode(logits, mask)]
        lengths = mask.sum(dim=1).tolist()
        gold = [
            read_entities(decoder.to_labels(ids[:length]))
            for ids, length in zip(tags.tolist(), lengths, strict=True)
        ]
        for values in decoder.confidences(logits, mask, predicted, temperature):
            confidences += values
        for found, right in zip(predicted, gold, strict=True):
            correct += [span in right for span in found]
    return reliability(confidences, correct)
