"""The mean loss of each resource."""

from collections import Counter
from typing import Dict

from allennlp.training.metrics import Metric

from datnet_allennlp.metrics.over_processes import sum_over_processes


class MeanLoss(Metric):
    """
    The mean of the losses of each resource's batches. A metric, so that a checkpoint within an
    epoch holds what it has counted.
    In distributed training `get_metric(reset=True)` is of all processes, see `EntityF1`.
    """

    def __init__(self) -> None:
        self.reset()

    def __call__(self, resource: str, loss: float) -> None:  # type: ignore[override]
        """
        # Parameters

        resource : `str`
        loss : `float`
            Of a batch.
        """
        self._loss[resource] += loss  # type: ignore[assignment]  # a Counter of floats
        self._batches[resource] += 1

    def get_metric(self, reset: bool = False) -> Dict[str, float]:
        """By resource; only those of which there was a batch since the last reset."""
        loss, batches = self._loss, self._batches
        if reset:
            loss, batches = map(sum_over_processes, (loss, batches))
            self.reset()
        return {resource: loss[resource] / number for resource, number in batches.items()}

    def reset(self) -> None:
        self._loss: Counter = Counter()
        self._batches: Counter = Counter()
