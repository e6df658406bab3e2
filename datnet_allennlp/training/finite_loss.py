"""Ends training, in words, where it can only go wrong."""

import logging
import math
from collections.abc import Sequence
from typing import Any, Dict, List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import TensorDict
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

logger = logging.getLogger(__name__)

# An epoch has diverged when its loss is so many times that of giving all tags the same score.
_DIVERGED = 3.0
_NAMED_SENTENCES = 3
_ADVICE = (
    "try a lower trainer.optimizer.lr, a lower trainer.grad_norm, a smaller epsilon of "
    "adversarial_training or a lower rate of model.gradient_reversal"
)


@TrainerCallback.register("finite_loss")
class FiniteLoss(TrainerCallback):
    """
    Ends training where a loss of the model is not finite, in a training batch, its adversarial pass
    or a validation batch, or where the gradient's norm is not (known if `trainer.grad_norm` is
    given; with mixed precision such batches are skipped anyway). Nothing is saved after that, so
    the last checkpoint is from before. After an epoch whose mean tag loss is more than 3 times that
    of a model that gives all tags the same score, `num_tokens * log(num_tags)` a sentence, it
    warns that training has diverged.

    Registered as a `TrainerCallback` with name "finite_loss".

    Raises `ConfigurationError` that names the loss, the epoch, batch, resource and sentences, and
    the gradient's norm; and for a training batch from which nothing learns, as it has no loss.
    """

    def __init__(self, serialization_dir: str) -> None:
        super().__init__(serialization_dir)
        self._handle: Any = None
        self._norm: Optional[float] = None
        self._loss: Any = 0.0
        self._uniform_loss: Any = 0.0

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        self._handle = trainer.model.register_forward_hook(self._on_forward, with_kwargs=True)

    def on_end(self, trainer: GradientDescentTrainer, *args: Any, **kwargs: Any) -> None:
        self._handle.remove()

    def on_batch(
        self,
        trainer: GradientDescentTrainer,
        batch_inputs: List[TensorDict],
        batch_outputs: List[Dict[str, Any]],
        batch_metrics: Dict[str, Any],
        epoch: int,
        batch_number: int,
        is_training: bool,
        is_primary: bool = True,
        batch_grad_norm: Optional[float] = None,
        **kwargs: Any,
    ) -> None:
        if not is_training:
            return
        self._norm = batch_grad_norm
        if batch_grad_norm is None or math.isfinite(batch_grad_norm) or trainer._scaler:
            return
        resources = [name for batch in batch_inputs for name in batch.get("resource") or ()]
        sentences = [each for batch in batch_inputs for each in batch.get("metadata") or ()]
        raise ConfigurationError(
            f"training, epoch {epoch}, batch {batch_number}{_details(resources, sentences)}: found "
            f"a gradient whose norm is {batch_grad_norm}, expected a finite one; {_ADVICE}"
        )

    def on_epoch(self, trainer: GradientDescentTrainer, *args: Any, **kwargs: Any) -> None:
        loss, uniform_loss = float(self._loss), float(self._uniform_loss)
        self._loss = self._uniform_loss = 0.0
        if loss > _DIVERGED * uniform_loss > 0:
            logger.warning(
                "Training has diverged: in epoch %d the tag loss was %.3g times that of a model "
                "that gives all tags the same score; %s.",
                trainer._epochs_completed,
                loss / uniform_loss,
                _ADVICE,
            )

    def _on_forward(
        self, model: torch.nn.Module, args: Any, batch: Dict[str, Any], outputs: Dict[str, Any]
    ) -> None:
        loss = outputs.get("loss")
        clean = getattr(model, "counting", True)
        if loss is None:
            if model.training:
                raise ConfigurationError(
                    f"training{_details(batch.get('resource') or (), ())}: found no loss, expected "
                    "tags, model.discriminator or a callback virtual_adversarial_training, which "
                    "comes before finite_loss"
                )
            return
        if not loss.isfinite():
            self._raise(model.training, clean, batch, outputs)
        if model.training and clean and "mask" in outputs:
            logits, mask = outputs["logits"], outputs["mask"]
            self._loss += outputs.get("tag_loss", loss).detach()
            self._uniform_loss += mask.sum() / len(mask) * math.log(logits.size(-1))

    def _raise(
        self, training: bool, clean: bool, batch: Dict[str, Any], outputs: Dict[str, Any]
    ) -> None:
        losses = {k: v.item() for k, v in outputs.items() if k.endswith("loss")}
        wrong = [k for k, v in losses.items() if not math.isfinite(v)]
        # Where it is a part of the loss, that part alone.
        name = next((k for k in wrong if k != "loss"), "loss")
        sentences = list(batch.get("metadata") or ())
        if "logits" in outputs:
            finite = (outputs["logits"].isfinite().all(-1) | ~outputs["mask"]).all(-1).tolist()
            culprits = [s for s, is_finite in zip(sentences, finite, strict=True) if not is_finite]
            sentences = culprits or sentences
        trainer = self.trainer
        assert trainer is not None
        where = f"epoch {trainer._epochs_completed}"
        if training:
            where += f", batch {trainer._batches_in_epoch_completed + 1}"
        if not clean:
            where += ", adversarial pass"
        norm = "" if self._norm is None else f" after a gradient of norm {self._norm:.3g}"
        raise ConfigurationError(
            f"{'training' if training else 'validation'}, {where}"
            f"{_details(batch.get('resource') or (), sentences)}: found {name} {losses[name]}"
            f"{norm}, expected a finite loss; {_ADVICE}"
        )


def _details(resources: Sequence[str], sentences: Sequence[Any]) -> str:
    """Which resources, and where the first of the sentences stand."""
    details = "".join(f", resource '{resource}'" for resource in sorted(set(resources)))
    origins = [str(sentence["origin"]) for sentence in sentences if sentence.get("origin")]
    if origins:
        details += ", sentences " + ", ".join(origins[:_NAMED_SENTENCES])
    if len(origins) > _NAMED_SENTENCES:
        details += f" and {len(origins) - _NAMED_SENTENCES} more"
    return details
