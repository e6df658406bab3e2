"""AllenNLP's trainer, made to end the same whether or not it was killed on the way."""

import os
from itertools import islice
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from allennlp.common import util
from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader, TensorDict
from allennlp.models import Model
from allennlp.training import GradientDescentTrainer, Trainer
from allennlp.training import util as training_util
from allennlp.training.callbacks import ConfidenceChecksCallback, TrainerCallback
from allennlp.training.metrics import Metric

from datnet_allennlp.data.whole_file import link_whole
from datnet_allennlp.models import DatnetTagger
from datnet_allennlp.training.durable_checkpointer import DurableCheckpointer
from datnet_allennlp.training.followed_type import check_followed_type
from datnet_allennlp.training.random_state import get_random_state, set_random_state
from datnet_allennlp.training.state_file import BestWeights, save_state


@Trainer.register("recoverable", constructor="from_partial_objects")
class RecoverableTrainer(GradientDescentTrainer):
    """
    AllenNLP's trainer, but a run that was stopped at any moment and recovered ends with the weights
    and metrics of one that was not, to the last bit on a CPU. Beside what AllenNLP saves, a
    checkpoint holds the states of all random numbers, where the epoch's batches began, what the
    metrics have counted, and the metrics of the last epoch; epochs that are over are not read
    again; a run that had run out of patience stays at its end; the best weights are saved before
    the checkpoint whose metrics they belong to.

    Takes the parameters of "gradient_descent", and a checkpointer of type `durable`.

    Registered as a `Trainer` with name "recoverable".

    Raises `ConfigurationError` for another checkpointer, and, when training begins, for a metric of
    a type of entity that the dev set lacks.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        folder: str = self._serialization_dir  # type: ignore[has-type]
        if not isinstance(self._checkpointer, DurableCheckpointer):
            raise ConfigurationError(
                "trainer.checkpointer.type: found another one than 'durable', expected it with "
                "trainer.type 'recoverable'"
            )
        self._best = BestWeights(folder)
        self._progress = _Progress(folder, self)
        self._callbacks.append(self._progress)

    def _try_train(self) -> Tuple[Dict[str, Any], int]:
        # One process of a distributed training has only a part of the dev set.
        if isinstance(self.model, DatnetTagger) and not util.is_distributed():
            if self._validation_data_loader is not None:
                tracked = self._metric_tracker.tracked_metrics
                check_followed_type(tracked, self.model, self._validation_data_loader)
        resumed = self._progress.resumed
        if resumed is not None:
            # A callback's `on_start` may have set it for the first epoch of all.
            self._should_validate_this_epoch = resumed["should_validate_this_epoch"]
            self._end_confidence_checks()
            if self._metric_tracker.should_stop_early():
                self._num_epochs = self._start_after_epochs_completed
        metrics, epoch = super()._try_train()
        if resumed is not None and self._start_after_epochs_completed >= self._num_epochs:
            set_random_state(resumed["random"])
        best_epoch = self._best.before(self._epochs_completed)
        if best_epoch is not None:
            best = self._best.path(best_epoch)
            self._best_model_filename = str(best.with_name("best.th"))
            if self._primary:
                link_whole(best, self._best_model_filename)
            self._load_model_state(str(best))
        return {**self._progress.metrics, **metrics}, epoch

    def _train_epoch(self, epoch: int) -> Dict[str, float]:
        # A loader with `batches_per_epoch` goes on in an epoch where it was in the one before.
        reads_on = getattr(self.data_loader, "batches_per_epoch", None) is not None
        starts = self._progress.random_at_start
        if epoch < self._start_after_epochs_completed:
            if not reads_on:
                return {}
            set_random_state(starts[epoch])
            return super()._train_epoch(epoch)
        resumed = self._progress.resumed
        if resumed is not None and epoch == self._start_after_epochs_completed:
            num_batches = self._start_after_batches_in_epoch_completed
            self._total_batches_completed = resumed["total_batches_completed"] - num_batches
            for name, metric in _metrics_of(self.model):
                # A checkpoint of an earlier version may lack it.
                vars(metric).update(resumed["counts"].get(name, {}))
            if num_batches:
                return self._rest_of_epoch(epoch, num_batches, resumed)
            set_random_state(resumed["random"])
        if not reads_on:
            starts.clear()
        starts[epoch] = get_random_state()
        return super()._train_epoch(epoch)

    def _rest_of_epoch(
        self, epoch: int, num_batches: int, resumed: Dict[str, Any]
    ) -> Dict[str, float]:
        """Trains what a checkpoint left of its epoch. Returns the whole epoch's metrics."""
        set_random_state(self._progress.random_at_start[epoch])
        loader = self.data_loader
        self.data_loader = _Rest(
            loader,
            num_batches * self._num_gradient_accumulation_steps,
            lambda: set_random_state(resumed["random"]),
        )
        try:
            metrics = super()._train_epoch(epoch)
        finally:
            self.data_loader = loader
        loss, reg_loss = self._progress.loss, self._progress.reg_loss
        if "loss" not in metrics:  # no batch was left
            counts = (loss, reg_loss, None, None, self._batches_in_epoch_completed)
            metrics.update(training_util.get_metrics(self.model, *counts, reset=True))
        metrics["loss"] = loss / self._batches_in_epoch_completed
        if reg_loss is not None:
            metrics["reg_loss"] = reg_loss / self._batches_in_epoch_completed
        return metrics

    def _end_confidence_checks(self) -> None:
        """Ends what AllenNLP would end after the first batch of all, which has been."""
        for callback in self._callbacks:
            if isinstance(callback, ConfidenceChecksCallback) and self._primary:
                callback._verification.destroy_hooks()

    def _save_model_state(self, path: str) -> None:
        save_state((self._ddp_wrapped_model or self.model).state_dict(), path)

    def _save_best(self, epoch: int) -> None:
        """Saves the weights as weights of the best epoch."""
        if self._moving_average is not None:
            self._moving_average.assign_average_value()
        try:
            self._save_model_state(str(self._best.path(epoch)))
        finally:
            if self._moving_average is not None:
                self._moving_average.restore()

    def _maybe_restore_checkpoint(self) -> None:
        average = self._moving_average
        parameters = average._parameters if average is not None else []
        super()._maybe_restore_checkpoint()
        if average is not None:
            # Not the copies that the checkpoint holds.
            average._parameters = parameters


class _Progress(TrainerCallback):
    """What a checkpoint holds beside AllenNLP's: as a callback, for their state is saved."""

    def __init__(self, serialization_dir: str, trainer: RecoverableTrainer) -> None:
        super().__init__(serialization_dir)
        self._trainer = trainer
        # The state of the checkpoint that this run began with.
        self.resumed: Optional[Dict[str, Any]] = None
        self.metrics: Dict[str, Any] = {}
        self.loss = 0.0
        self.reg_loss: Optional[float] = None
        self.random_at_start: Dict[int, Dict[str, Any]] = {}

    def on_batch(  # type: ignore[override]
        self,
        trainer: GradientDescentTrainer,
        batch_inputs: List[TensorDict],
        batch_outputs: List[Dict[str, Any]],
        batch_metrics: Dict[str, Any],
        *args: Any,
        is_training: bool,
        **kwargs: Any,
    ) -> None:
        if is_training:
            # As the trainer sums them up, to the last bit.
            self.loss += batch_metrics["batch_loss"]
            if "batch_reg_loss" in batch_metrics:
                for _ in batch_inputs:
                    self.reg_loss = (self.reg_loss or 0.0) + batch_metrics["batch_reg_loss"]

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        # What AllenNLP carries from epoch to epoch, it has written to the epoch's file already.
        missing = {name: value for name, value in self.metrics.items() if name not in metrics}
        if missing:
            metrics.update(missing)
            if is_primary:
                path = os.path.join(self.serialization_dir, f"metrics_epoch_{epoch}.json")
                util.dump_metrics(path, metrics)
        self.metrics = metrics
        self.loss, self.reg_loss = 0.0, None
        if is_primary and metrics.get("best_epoch") == epoch:
            self._trainer._save_best(epoch)

    def state_dict(self) -> Dict[str, Any]:
        return {
            "random": get_random_state(),
            "random_at_start": self.random_at_start,
            "total_batches_completed": self._trainer._total_batches_completed,
            "should_validate_this_epoch": self._trainer._should_validate_this_epoch,
            "metrics": self.metrics,
            "loss": self.loss,
            "reg_loss": self.reg_loss,
            "counts": {name: vars(metric) for name, metric in _metrics_of(self._trainer.model)},
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self.resumed = state_dict
        self.metrics = dict(state_dict["metrics"])
        self.loss = state_dict["loss"]
        self.reg_loss = state_dict["reg_loss"]
        self.random_at_start = state_dict["random_at_start"]


class _Rest(DataLoader):
    """A data loader that calls a function between its first batches and the rest."""

    def __init__(self, loader: DataLoader, number: int, between: Callable[[], None]) -> None:
        self._loader = loader
        self._number = number
        self._between = between

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[TensorDict]:
        batches = iter(self._loader)
        yield from islice(batches, self._number)
        self._between()
        yield from batches


def _metrics_of(model: Model) -> Iterator[Tuple[str, Metric]]:
    """The metrics of a model's modules, alone or in dictionaries, with names."""
    for module_name, module in model.named_modules():
        for name, value in vars(module).items():
            inside = value if isinstance(value, dict) else {"": value}
            for key, metric in inside.items():
                if isinstance(metric, Metric):
                    yield f"{module_name}.{name}.{key}", metric
