"""Checkpoints that a killed process, a full disk or a power cut leaves whole."""

import logging
import os
from collections import defaultdict
from pathlib import Path
from typing import Optional, Set, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training.checkpointer import Checkpointer
from allennlp.training.trainer import Trainer, TrainerCheckpoint

from datnet_allennlp.data.whole_file import link_whole, remove_unfinished
from datnet_allennlp.training.state_file import BestWeights, is_whole, save_state

logger = logging.getLogger(__name__)


@Checkpointer.register("durable")
class DurableCheckpointer(Checkpointer):
    """
    AllenNLP's checkpointer with the same options and file names, but each file is written under
    another name, through to the disk, and then renamed, the training state last: where it stands,
    the model state does. Recovery takes the newest pair that is whole, says which, and puts the
    best weights that belong to it in place.

    Registered as a `Checkpointer` with name "durable". For `trainer.type` `recoverable`.

    Raises `ConfigurationError` for a model that is sharded over several processes.
    """

    def save_checkpoint(self, trainer: Trainer) -> None:
        checkpoint = trainer.get_checkpoint_state()
        if checkpoint is not None:
            state = checkpoint.trainer_state
            point = state["epochs_completed"], state["batches_in_epoch_completed"]
            save_state(checkpoint.model_state, self._model_state_path(*point))
            save_state(state, self._training_state_path(*point))
        # Finds both files there, and removes old ones.
        super().save_checkpoint(trainer)
        if checkpoint is not None:
            best = BestWeights(self._serialization_dir)
            best.keep({best.before(epochs) for epochs, _ in self._find_all_checkpoints()})

    def load_checkpoint(self) -> Optional[TrainerCheckpoint]:
        if self.state_is_sharded:
            raise ConfigurationError(
                "trainer.checkpointer.type: found 'durable' with a model that is sharded over "
                "processes, expected 'default'"
            )
        if self._is_primary:
            remove_unfinished(self._serialization_dir)
            self._remove_broken_checkpoints()
        with torch.serialization.safe_globals([defaultdict, int]):  # in some metrics
            checkpoint = super().load_checkpoint()
        best = BestWeights(self._serialization_dir)
        if checkpoint is None:
            best.keep(set())
            return None
        state = checkpoint.trainer_state
        point = state["epochs_completed"], state["batches_in_epoch_completed"]
        logger.info(
            "Going on after %d epochs and %d batches, from %s and %s.",
            *point,
            self._model_state_path(*point),
            self._training_state_path(*point),
        )
        # So that the next checkpoints come where they would have.
        self._last_save_num_epochs_completed = point[0]
        self._last_save_num_batches_in_epoch_completed = point[1]
        epoch = best.before(point[0])
        if epoch is not None:
            state["best_model_filename"] = os.path.join(self._serialization_dir, "best.th")
            if self._is_primary:
                best.keep({best.before(epochs) for epochs, _ in self._find_all_checkpoints()})
                link_whole(best.path(epoch), state["best_model_filename"])
        return checkpoint

    # AllenNLP's take brackets in the name of the run's folder for a pattern, and remove the
    # checkpoint after 50 batches with that after 5.
    def _find_all_checkpoints(self) -> Set[Tuple[int, int]]:
        paths = Path(self._serialization_dir).glob("model_state_e*_b*.th")
        points = map(self._parse_model_state_path, paths)
        return {point for point in points if point is not None}

    def _remove_checkpoint(self, epochs_completed: int, batches_in_epoch_completed: int) -> None:
        point = epochs_completed, batches_in_epoch_completed
        for path in (self._model_state_path(*point), self._training_state_path(*point)):
            Path(path).unlink(missing_ok=True)

    def _remove_broken_checkpoints(self) -> None:
        """Removes each checkpoint of which a file is missing, or is not what was written."""
        for path in Path(self._serialization_dir).glob("training_state_e*_b*.th"):
            point = self._parse_training_state_path(path)
            if point is not None and point not in self._find_all_checkpoints():
                path.unlink()
        best = BestWeights(self._serialization_dir)
        for point in sorted(self._find_all_checkpoints(), reverse=True):
            paths = [Path(self._model_state_path(*point)), Path(self._training_state_path(*point))]
            epoch = best.before(point[0])
            if epoch is not None:
                paths.append(best.path(epoch))
            for path in paths:
                if not is_whole(path):
                    logger.warning(
                        "%s: found a file that is %s, expected a whole checkpoint; the checkpoint "
                        "after %d epochs and %d batches is removed, and training goes on from the "
                        "one before it, or from the start.",
                        path,
                        "damaged" if path.exists() else "missing",
                        *point,
                    )
                    self._remove_checkpoint(*point)
                    break
