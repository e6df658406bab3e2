"""
Components of AllenNLP 2.10.1 that a configuration may name and that do not work as they are: with
today's torch and numpy, or at all.
"""

from typing import List, Union

import torch
from allennlp.modules.augmented_lstm import AugmentedLstm
from allennlp.training.learning_rate_schedulers.cosine import CosineWithRestarts
from allennlp.training.learning_rate_schedulers.pytorch_lr_schedulers import (
    ReduceOnPlateauLearningRateScheduler,
)
from allennlp.training.optimizers import Optimizer


def install() -> None:
    """Puts the functions below in the place of AllenNLP's, once."""
    ReduceOnPlateauLearningRateScheduler.__init__ = _reduce_on_plateau  # type: ignore[method-assign]
    CosineWithRestarts.get_values = _values_of_cosine  # type: ignore[method-assign]
    AugmentedLstm.input_size = property(lambda lstm: lstm.embed_dim)  # type: ignore[attr-defined]
    AugmentedLstm.hidden_size = property(lambda lstm: lstm.lstm_dim)  # type: ignore[attr-defined]


def _reduce_on_plateau(
    self: ReduceOnPlateauLearningRateScheduler,
    optimizer: Optimizer,
    mode: str = "min",
    factor: float = 0.1,
    patience: int = 10,
    verbose: bool = False,
    threshold_mode: str = "rel",
    threshold: float = 1e-4,
    cooldown: int = 0,
    min_lr: Union[float, List[float]] = 0,
    eps: float = 1e-8,
) -> None:
    # torch has no `verbose` any more; AllenNLP hands it on.
    super(ReduceOnPlateauLearningRateScheduler, self).__init__(
        torch.optim.lr_scheduler.ReduceLROnPlateau(  # type: ignore[arg-type]
            optimizer,
            mode=mode,  # type: ignore[arg-type]
            factor=factor,
            patience=patience,
            threshold_mode=threshold_mode,  # type: ignore[arg-type]
            threshold=threshold,
            cooldown=cooldown,
            min_lr=min_lr,
            eps=eps,
        )
    )


_numpy_values_of_cosine = CosineWithRestarts.get_values


def _values_of_cosine(self: CosineWithRestarts) -> List[float]:
    # A number of numpy's is in the optimizer's state then, which torch refuses to load.
    return [float(value) for value in _numpy_values_of_cosine(self)]
