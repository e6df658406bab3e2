"""Batches of one resource each, sentences of similar length together, the resources interleaved."""

import logging
import math
import random
from typing import Dict, Iterable, List, Optional, Sequence

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of
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
        batches a third time.
    tail : `Dict[str, float]`, optional (default = 0.0 for each resource)
        The share of a resource's batches that is kept back for the end of the epoch, after all
        others (a short fine-tuning, as in the authors' code: 0.3 for the target).
    padding_noise : `float`, optional (default = 0.1)
        Lengths are multiplied by 1 +- this much at random before sorting, so that batches differ
        from epoch to epoch.

    All instances have to be in memory: the data loader's `max_instances_in_memory` must not be set.

    Raises `ConfigurationError` for an instance without a resource, for a resource in `rates` or
    `tail` that the data does not hold, and for values out of range.
    """

    def __init__(
        self,
        batch_size: int,
        rates: Optional[Dict[str, float]] = None,
        tail: Optional[Dict[str, float]] = None,
        padding_noise: float = 0.1,
    ) -> None:
        if batch_size < 1:
            raise ConfigurationError(
                f"batch_sampler.batch_size: found {batch_size}, expected at least 1"
            )
        self.batch_size = batch_size
        self.rates = rates or {}
        self.tail = tail or {}
        self.padding_noise = padding_noise
        for resource, rate in self.rates.items():
            if rate <= 0:
                raise ConfigurationError(
                    f"batch_sampler.rates.{resource}: found {rate}, expected more than 0"
                )
        for resource, share in self.tail.items():
            if not 0 <= share <= 1:
                raise ConfigurationError(
                    f"batch_sampler.tail.{resource}: found {share}, expected 0 to 1"
                )

    def get_batch_indices(self, instances: Sequence[Instance]) -> Iterable[List[int]]:
        mixed: List[List[int]] = []
        tail: List[List[int]] = []
        for resource, indices in self._by_resource(instances).items():
            batches = self._epoch_of(resource, indices, instances)
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
        return sum(
            self._num_batches(resource, len(indices))
            for resource, indices in self._by_resource(instances).items()
        )

    def get_batch_size(self) -> Optional[int]:
        return self.batch_size

    def _num_batches(self, resource: str, num_sentences: int) -> int:
        once = math.ceil(num_sentences / self.batch_size)
        return max(1, round(once * self.rates.get(resource, 1.0)))

    def _epoch_of(
        self, resource: str, indices: List[int], instances: Sequence[Instance]
    ) -> List[List[int]]:
        """One epoch's batches of a resource, in random order."""
        wanted = self._num_batches(resource, len(indices))
        batches: List[List[int]] = []
        while len(batches) < wanted:
            noisy_lengths = {
                i: len(instances[i]["tokens"])
                * (1 + random.uniform(-self.padding_noise, self.padding_noise))
                for i in indices
            }
            by_length = sorted(indices, key=noisy_lengths.__getitem__)
            once = [list(group) for group in lazy_groups_of(by_length, self.batch_size)]
            random.shuffle(once)
            batches.extend(once[: wanted - len(batches)])
        return batches

    def _by_resource(self, instances: Sequence[Instance]) -> Dict[str, List[int]]:
        by_resource: Dict[str, List[int]] = {}
        for i, instance in enumerate(instances):
            if "resource" not in instance.fields:
                raise ConfigurationError(
                    "batch_sampler 'resource_bucket': found an instance without a resource, "
                    "expected the instances of a 'multi_resource' reader"
                )
            resource = instance["resource"].metadata  # type: ignore[attr-defined]
            by_resource.setdefault(resource, []).append(i)
        for key, values in (("rates", self.rates), ("tail", self.tail)):
            for resource in values:
                if resource not in by_resource:
                    raise ConfigurationError(
                        f"batch_sampler.{key}: found resource '{resource}', expected one of "
                        f"those in the training data: {sorted(by_resource)}"
                    )
        return by_resource
