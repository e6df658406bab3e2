"""Batches of one resource each, sentences of similar length together, the resources interleaved."""

import logging
import random
from typing import Dict, Iterable, List, Optional, Sequence, Set

import numpy
from allennlp.common.checks import ConfigurationError
from allennlp.data.instance import Instance
from allennlp.data.samplers.batch_sampler import BatchSampler

logger = logging.getLogger(__name__)


@BatchSampler.register("resource_bucket")
class ResourceBucketSampler(BatchSampler):
    """
    Fills each batch with sentences of one resource and of similar length, and interleaves the
    batches of all resources at random.

    Registered as a `BatchSampler` with name "resource_bucket".

    # Parameters

    batch_size : `int`
        Sentences in a batch.
    rates : `Dict[str, float]`, optional (default = 1.0 for each resource)
        How often an epoch goes through each resource: 1.0 is every sentence once, 0.3 is three
        batches of ten, drawn anew for each epoch, 2.5 is every sentence twice and half of the
        batches a third time. 0 leaves it out; the vocabulary knows it all the same.
    temperature : `float`, optional
        In place of `rates`: an epoch has as many batches as go through each resource once, and each
        resource has a part in them in proportion to its number of sentences to the power of
        `1 / temperature`. At 1 that is every sentence once; the greater, the more even.
    tail : `Dict[str, float]`, optional (default = 0.0 for each resource)
        The share of a resource's batches that is kept back for the end of the epoch, after all
        others (a short fine-tuning, as in the authors' code: 0.3 for the target).
    padding_noise : `float`, optional (default = 0.1)
        Lengths are multiplied by 1 +- this much at random before sorting, so that batches differ
        from epoch to epoch.
    max_tokens : `int`, optional
        How many tokens a batch may have, with its padding; word pieces, where an indexer makes
        them. So long sentences come in smaller batches, and memory is bounded. A sentence above it
        is a batch of its own.

    With the data loader's `max_instances_in_memory`, each chunk of so many instances is a little
    epoch: `rates` and `tail` hold within it, and each resource that it holds gets one batch at
    least. The reader has to mix the resources then (`multi_resource` with `interleave`). A chunk
    may lack a resource that one before it held, for instance the last.

    Raises `ConfigurationError` for an instance without a resource, for a resource in `rates` or
    `tail` that neither the data (the chunk) nor any before it held, and for values out of range.
    """

    def __init__(
        self,
        batch_size: int,
        rates: Optional[Dict[str, float]] = None,
        tail: Optional[Dict[str, float]] = None,
        padding_noise: float = 0.1,
        max_tokens: Optional[int] = None,
        temperature: Optional[float] = None,
    ) -> None:
        if temperature is not None and (rates or temperature < 1):
            raise ConfigurationError(
                f"batch_sampler.temperature: found {temperature}"
                f"{' beside rates' if rates else ''}, expected 1 or more, and no rates"
            )
        if batch_size < 1:
            raise ConfigurationError(
                f"batch_sampler.batch_size: found {batch_size}, expected at least 1"
            )
        if not 0 <= padding_noise < 1:
            raise ConfigurationError(
                f"batch_sampler.padding_noise: found {padding_noise}, expected at least 0, below 1"
            )
        if max_tokens is not None and max_tokens < 1:
            raise ConfigurationError(
                f"batch_sampler.max_tokens: found {max_tokens}, expected at least 1"
            )
        self.batch_size = batch_size
        self.max_tokens = max_tokens
        self.rates = rates or {}
        self.tail = tail or {}
        self.padding_noise = padding_noise
        self.temperature = temperature
        self._seen: Set[str] = set()
        for resource, rate in self.rates.items():
            if rate < 0:
                raise ConfigurationError(
                    f"batch_sampler.rates.{resource}: found {rate}, expected 0 or more"
                )
        for resource, share in self.tail.items():
            if not 0 <= share <= 1:
                raise ConfigurationError(
                    f"batch_sampler.tail.{resource}: found {share}, expected 0 to 1"
                )

    def get_batch_indices(self, instances: Sequence[Instance]) -> Iterable[List[int]]:
        mixed: List[List[int]] = []
        tail: List[List[int]] = []
        resources = self._by_resource(instances)
        lengths = {name: self._lengths(rows, instances) for name, rows in resources.items()}
        wanted = self._num_batches(lengths)
        for resource, indices in resources.items():
            batches = self._epoch_of(wanted[resource], indices, lengths[resource])
            kept_back = round(len(batches) * self.tail.get(resource, 0.0))
            mixed.extend(batches[kept_back:])
            tail.extend(batches[:kept_back])
            logger.info(
                "This epoch holds %d sentences of resource '%s' (it has %d), in %d batches.",
                sum(map(len, batches)),
                resource,
                len(indices),
                len(batches),
            )
        random.shuffle(mixed)
        random.shuffle(tail)
        yield from mixed
        yield from tail

    def get_num_batches(self, instances: Sequence[Instance]) -> int:
        resources = self._by_resource(instances)
        lengths = {name: self._lengths(rows, instances) for name, rows in resources.items()}
        return sum(self._num_batches(lengths).values())

    def get_batch_size(self) -> Optional[int]:
        return self.batch_size

    def _num_batches(self, lengths: Dict[str, numpy.ndarray]) -> Dict[str, int]:
        """How many batches of each resource an epoch has, from the lengths of its sentences."""
        once = {name: len(self._slices(each)) for name, each in lengths.items()}
        if self.temperature is None:
            wanted = {name: number * self.rates.get(name, 1.0) for name, number in once.items()}
        else:
            sizes = {name: len(each) ** (1 / self.temperature) for name, each in lengths.items()}
            share = sum(once.values()) / sum(sizes.values())
            wanted = {name: size * share for name, size in sizes.items()}
        if not any(wanted.values()):
            raise ConfigurationError(
                "data_loader.batch_sampler.rates: found 0 for every resource, expected more for one"
            )
        return {name: max(1, round(number)) if number else 0 for name, number in wanted.items()}

    def _lengths(self, indices: numpy.ndarray, instances: Sequence[Instance]) -> numpy.ndarray:
        length = _num_tokens if self.max_tokens is None else _num_pieces
        return numpy.array([length(instances[i]) for i in indices])

    def _slices(self, lengths: numpy.ndarray) -> List[slice]:
        """Where each batch begins and ends among sentences of these lengths, sorted by length."""
        if self.max_tokens is None:
            bounds = list(range(0, len(lengths), self.batch_size))
        else:
            # With noise, the sentence in a place is at most so much longer than the one in that
            # place without it; so the bound holds, and each epoch has as many batches.
            longest = numpy.sort(lengths) * (1 + self.padding_noise) / (1 - self.padding_noise)
            bounds = [0]
            for place, length in enumerate(longest.tolist()):
                size = place + 1 - bounds[-1]
                if size > 1 and (size > self.batch_size or size * length > self.max_tokens):
                    bounds.append(place)
        return list(map(slice, bounds, [*bounds[1:], len(lengths)]))

    def _epoch_of(
        self, wanted: int, indices: numpy.ndarray, lengths: numpy.ndarray
    ) -> List[List[int]]:
        """One epoch's batches of a resource, so many, in random order."""
        slices = self._slices(lengths)
        # As reproducible as draws from `random`, which would take a call for each sentence.
        noise = numpy.random.default_rng(random.getrandbits(64))
        batches: List[List[int]] = []
        while len(batches) < wanted:
            factors = noise.uniform(1 - self.padding_noise, 1 + self.padding_noise, len(indices))
            by_length = indices[numpy.argsort(lengths * factors, kind="stable")].tolist()
            once = [by_length[each] for each in slices]
            random.shuffle(once)
            batches.extend(once[: wanted - len(batches)])
        return batches

    def _by_resource(self, instances: Sequence[Instance]) -> Dict[str, numpy.ndarray]:
        try:
            resources = numpy.array(
                [instance.fields["resource"].metadata for instance in instances]  # type: ignore
            )
        except KeyError:
            raise ConfigurationError(
                "batch_sampler 'resource_bucket': found an instance without a resource, "
                "expected the instances of a 'multi_resource' reader"
            ) from None
        names = dict.fromkeys(resources.tolist())
        self._seen.update(names)
        for key, values in (("rates", self.rates), ("tail", self.tail)):
            for resource in values:
                if resource not in self._seen:
                    raise ConfigurationError(
                        f"data_loader.batch_sampler.{key}: found resource '{resource}', "
                        f"expected one of those in the training data: {sorted(self._seen)}. (With "
                        "data_loader.max_instances_in_memory, the first so many instances have to "
                        "hold it: set dataset_reader.interleave, or raise the number.)"
                    )
        return {name: numpy.flatnonzero(resources == name) for name in names}


def _num_tokens(instance: Instance) -> int:
    return len(instance.fields["tokens"])


def _num_pieces(instance: Instance) -> int:
    """In word pieces, which AllenNLP's indexers of transformers call `token_ids`, or in tokens."""
    lengths = instance.fields["tokens"].get_padding_lengths()
    pieces = [length for key, length in lengths.items() if key.endswith("___token_ids")]
    return max(pieces, default=_num_tokens(instance))
