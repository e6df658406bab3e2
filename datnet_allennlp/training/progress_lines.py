"""One line an epoch that a person can read, what to do next at the end, and advice on the way."""

import logging
import math
import time
from typing import Any, Dict, List, Optional

from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

logger = logging.getLogger(__name__)

_F1 = "f1-measure-overall"
# Epochs after which training should have shown that it learns.
_PATIENT = 5
# The loss is flat when it has not fallen by this share since the first epoch.
_FALLEN = 0.02
# Dev is far below training when its F1 is so much lower or, where the F1 of training is not
# counted, the tag loss of its sentences so many times higher.
_F1_GAP = 0.3
_LOSS_RATIO = 5.0


@TrainerCallback.register("progress_lines")
class ProgressLines(TrainerCallback):
    """
    Logs after each epoch one line: the tag loss of each resource, how often the discriminator is
    right (on dev in brackets), F1 on dev, that of the epoch whose weights are kept, and the time
    left at most. After the last epoch it says what came out and what to do next. Once each, it
    warns with advice where the loss stays flat, where no entity of dev is found, and where dev
    falls far behind training. (`DiscriminatorReport` warns of a discriminator that has collapsed.)
    The `allennlp` command shows these lines in place of AllenNLP's log. Changes nothing in the
    training.

    Registered as a `TrainerCallback` with name "progress_lines".

    # Parameters

    target : `str`, optional (default = `"target"`)
        The target of the model, whose loss and F1 the advice is about. The F1 of the lines is the
        one that `trainer.validation_metric` names, or else the target's.
    """

    def __init__(self, serialization_dir: str, target: str = "target") -> None:
        super().__init__(serialization_dir)
        self._target = target
        self._first_loss: Optional[float] = None
        self._has_found = False
        self._warned: List[str] = []
        self._started = 0.0
        self._epochs_here = 0

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        self._started = time.monotonic()

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        self._epochs_here += 1
        self._has_found = self._has_found or metrics.get(f"validation_{_F1}", 0) > 0
        if is_primary:
            logger.info("%s", self._line(trainer, metrics, epoch))
            self._advise(metrics, epoch)

    def on_end(
        self,
        trainer: GradientDescentTrainer,
        metrics: Optional[Dict[str, Any]] = None,
        epoch: Optional[int] = None,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        if not is_primary or metrics is None or epoch is None:  # training failed
            return
        archive = f"{self.serialization_dir}/model.tar.gz"
        has_dev = "best_validation_loss" in metrics
        if not has_dev:
            kept = "there was no dev set, so the last weights are kept"
        else:
            kept = _Kept(trainer, metrics).in_words
        logger.info("Trained for %d epochs; %s.", epoch + 1, kept)
        logger.info("Score it:   allennlp evaluate %s TEST_FILE", archive)
        logger.info("Use it:     allennlp tag %s TEXT_FILE", archive)
        if has_dev:
            logger.info(
                "Make its confidence reliable on text like dev:   allennlp calibrate %s DEV_FILE",
                archive,
            )

    def _line(self, trainer: GradientDescentTrainer, metrics: Dict[str, Any], epoch: int) -> str:
        num_epochs = trainer._num_epochs
        prefix = "training_tag_loss_"
        losses = [
            f"{name.removeprefix(prefix)} {loss:.2f}"
            for name, loss in metrics.items()
            if name.startswith(prefix)
        ]
        parts = [f"epoch {epoch + 1:>{len(str(num_epochs))}} of {num_epochs}"]
        parts.append("loss " + (", ".join(losses) or f"{metrics['training_loss']:.2f}"))
        right = metrics.get("training_discriminator_accuracy")
        if right is not None:
            on_dev = metrics.get("validation_discriminator_accuracy")
            held_out = "" if on_dev is None else f" (dev {on_dev:.0%})"
            parts.append(f"discriminator right on {right:.0%}{held_out}")
        kept = _Kept(trainer, metrics)
        if kept.f1 is not None:
            now = _percent(metrics[f"validation_{kept.f1_name}"])
            then = f"{_percent(kept.f1)} in epoch {kept.epoch}"
            parts.append(f"{kept.label} {now} ({'best' if kept.for_f1 else 'kept'} {then})")
        left = (time.monotonic() - self._started) / self._epochs_here * (num_epochs - epoch - 1)
        if left:
            parts.append(f"at most {_duration(left)} left")
        return " | ".join(parts)

    def _advise(self, metrics: Dict[str, Any], epoch: int) -> None:
        loss = metrics.get(f"training_tag_loss_{self._target}")
        if loss is None:
            return
        if self._first_loss is None:
            self._first_loss = loss
        if epoch + 1 < _PATIENT:
            return
        f1 = metrics.get(f"validation_{_F1}")
        dev_loss = metrics.get(f"validation_tag_loss_{self._target}", 0.0)
        of_training = metrics.get(f"training_{_F1}")
        is_behind = dev_loss > _LOSS_RATIO * loss
        if of_training is not None and f1 is not None:
            is_behind = of_training - f1 > _F1_GAP
        if loss > (1 - _FALLEN) * self._first_loss:
            self._warn(
                "flat",
                f"The loss of '{self._target}' is {loss:.2f} after {epoch + 1} epochs and was "
                f"{self._first_loss:.2f} in the first: it does not learn. Try another "
                "trainer.optimizer.lr (10 times as much, a tenth), less dropout, and look whether "
                "the reader's token_column and tag_column are right.",
            )
        elif f1 is not None and not self._has_found:
            self._warn(
                "nothing found",
                f"No entity of dev was found in {epoch + 1} epochs. Look whether dev has the "
                "entity types of training, train longer, or use a source (datnet_f) or more "
                "sentences.",
            )
        elif is_behind:
            self._warn(
                "behind",
                f"Dev is far behind training (tag loss {dev_loss:.2f} against {loss:.2f}): the "
                "model knows its sentences by heart. More tagged sentences, a source or a "
                "pretrained transformer help most.",
            )

    def _warn(self, kind: str, advice: str) -> None:
        if kind not in self._warned:
            self._warned.append(kind)
            logger.warning("%s", advice)

    def state_dict(self) -> Dict[str, Any]:
        return {
            "first_loss": self._first_loss,
            "has_found": self._has_found,
            "warned": self._warned,
        }

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._first_loss = state_dict["first_loss"]
        self._has_found = state_dict["has_found"]
        self._warned = list(state_dict["warned"])


class _Kept:
    """The epoch whose weights the trainer keeps so far, and its F1 on dev."""

    def __init__(self, trainer: GradientDescentTrainer, metrics: Dict[str, Any]) -> None:
        followed = [name for _, name in trainer._metric_tracker.tracked_metrics]
        self.for_f1 = len(followed) == 1 and followed[0].endswith(_F1)
        self.f1_name = followed[0] if self.for_f1 else _F1
        self.f1: Optional[float] = metrics.get(f"best_validation_{self.f1_name}")
        self.epoch = 1 + (metrics.get("best_epoch") or 0)
        resource = self.f1_name.removesuffix(_F1).removesuffix("/")
        self.label = f"dev F1 of {resource}" if resource else "dev F1"
        self._reason = " and ".join(followed)

    @property
    def in_words(self) -> str:
        if self.for_f1:
            best = f"the best {self.label} was {_percent(self.f1 or 0)}"
            return f"{best}, in epoch {self.epoch}, whose weights are kept"
        f1 = "" if self.f1 is None else f" ({self.label} {_percent(self.f1)})"
        return f"the weights of epoch {self.epoch}{f1} are kept, the best by {self._reason} on dev"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
