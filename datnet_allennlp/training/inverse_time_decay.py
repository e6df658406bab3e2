"""The paper's learning-rate schedule (section 4.2)."""

from typing import List

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training.learning_rate_schedulers import LearningRateScheduler


@LearningRateScheduler.register("inverse_time_decay")
class InverseTimeDecay(LearningRateScheduler):
    """
    In epoch `t`, counted from 0, the learning rate is `beta_0 / (1 + rho t)`; `beta_0` is the
    optimizer's own.

    Registered as a `LearningRateScheduler` with name "inverse_time_decay".

    # Parameters

    optimizer : `torch.optim.Optimizer`
        This argument does not get an entry in a configuration file for the object.
    rho : `float`, optional (default = 0.05)
        The decay per epoch.

    Raises `ConfigurationError` for another `rho` than one of 0 to 1e6, and an optimizer without a
    learning rate.
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, rho: float = 0.05, last_epoch: int = -1
    ) -> None:
        if not 0 <= rho <= 1e6:
            raise ConfigurationError(f"learning_rate_scheduler.rho: found {rho}, expected 0 to 1e6")
        self.rho = rho
        super().__init__(optimizer, last_epoch)
        if None in self.base_values:
            raise ConfigurationError(
                "trainer.optimizer.lr: found none, expected a number, for 'inverse_time_decay'"
            )

    def get_values(self) -> List[float]:
        # `last_epoch` is the epoch that has just ended; the values are for the one to come.
        epoch = self.last_epoch + 1
        return [beta / (1 + self.rho * epoch) for beta in self.base_values]
