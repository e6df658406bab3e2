"""Ends the process as soon as a first batch has been trained on, to time the start of training."""

import os
from typing import Any

from allennlp.training.callbacks import TrainerCallback


@TrainerCallback.register("end_after_first_batch")
class EndAfterFirstBatch(TrainerCallback):
    def on_batch(self, *args: Any, **kwargs: Any) -> None:
        # Not sys.exit: what Python does at its end is no part of the start.
        os._exit(0)
