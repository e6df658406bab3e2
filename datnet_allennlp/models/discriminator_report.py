"""Watches how well the discriminator tells the resources apart."""

import logging
from collections import Counter
from typing import Dict

import torch
from allennlp.nn.util import dist_reduce_sum
from allennlp.training.metrics import Metric

from datnet_allennlp.metrics.over_processes import sum_over_processes

logger = logging.getLogger(__name__)

# A discriminator has collapsed when it gives (nearly) all sentences of all resources one answer.
_COLLAPSED = 0.05
# It starts out that way, so only a collapse that lasts so many epochs is worth a warning.
_LASTING = 3
_ENOUGH_SENTENCES = 30


class DiscriminatorReport(Metric):
    """
    The discriminator's loss and its accuracy, for each resource and as their mean (so that a large
    resource does not hide a small one). Of two resources, accuracies near one half mean a
    resource-agnostic encoding; of K resources, a mean near 1 / K.
    In distributed training `get_metric(reset=True)` is of all processes, see `EntityF1`.
    """

    def __init__(self) -> None:
        self._collapsed_epochs = 0
        self.reset()

    def __call__(  # type: ignore[override]
        self, is_right: torch.Tensor, loss: torch.Tensor, resource: str
    ) -> None:
        """
        # Parameters

        is_right : `torch.Tensor`, shape `(batch_size,)`
            Whether each sentence's resource is told.
        loss : `torch.Tensor`, a scalar, mean over the batch
        resource : `str`
        """
        is_right, loss = self.detach_tensors(is_right, loss)
        size = is_right.size(0)
        self._count[resource] += size
        self._correct[resource] += int(is_right.sum())
        self._loss += float(loss) * size

    def get_metric(self, reset: bool = False) -> Dict[str, float]:
        """
        `discriminator_loss`, `discriminator_accuracy` (the mean of the resources') and
        `discriminator_accuracy_<resource>`. Empty before the first batch.
        """
        metrics: Dict[str, float] = {}
        count, correct, loss = self._count, self._correct, self._loss
        if reset:
            count, correct = map(sum_over_processes, (count, correct))
            loss = dist_reduce_sum(loss)
        if count:
            accuracy = {name: correct[name] / n for name, n in sorted(count.items())}
            metrics["discriminator_loss"] = loss / count.total()
            metrics["discriminator_accuracy"] = sum(accuracy.values()) / len(accuracy)
            metrics.update({f"discriminator_accuracy_{k}": v for k, v in accuracy.items()})
            if reset:
                self._warn_of_collapse(accuracy, count)
        if reset:
            self.reset()
        return metrics

    def reset(self) -> None:
        self._count: Counter = Counter()
        self._correct: Counter = Counter()
        self._loss = 0.0

    def _warn_of_collapse(self, accuracy: Dict[str, float], count: Counter) -> None:
        if len(accuracy) < 2 or min(count.values()) < _ENOUGH_SENTENCES:
            return
        best = max(accuracy, key=accuracy.__getitem__)
        rest = {name: value for name, value in accuracy.items() if name != best}
        if max(rest.values()) >= _COLLAPSED or accuracy[best] <= 1 - _COLLAPSED:
            self._collapsed_epochs = 0
            return
        worst = "', '".join(sorted(rest))
        self._collapsed_epochs += 1
        if self._collapsed_epochs == _LASTING:
            logger.warning(
                "The discriminator has collapsed: for %d epochs it has been right on at most %d%% "
                "of the '%s' sentences and on nearly all others, so it tells nothing apart. Give "
                "'%s' more weight (model.discriminator: 'grad' with another alpha, or the rates of "
                "data_loader.batch_sampler), or lower the rate of model.gradient_reversal.",
                _LASTING,
                100 * _COLLAPSED,
                worst,
                worst,
            )
