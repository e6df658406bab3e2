"""Scores of a data file after every epoch, as a callback."""

import json
from pathlib import Path
from typing import Any, Dict, List

from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.experiments.files import write_whole
from datnet_allennlp.experiments.scoring import tag_set


@TrainerCallback.register("score_each_epoch")
class ScoreEachEpoch(TrainerCallback):
    """
    Writes the F1 (conlleval's) of a data file after each epoch to `f1_of_epochs.json`, a list, in
    the serialization directory. It changes nothing in the training: it says what a checkpoint
    chosen on test would have given.

    Registered as a `TrainerCallback` with name "score_each_epoch".

    # Parameters

    path : `str`
        The data file.
    resource : `str`, optional (default = `"target"`)
        Whose file it is, for a reader of several resources.
    """

    def __init__(self, serialization_dir: str, path: str, resource: str = "target") -> None:
        super().__init__(serialization_dir)
        self._path = path
        self._resource = resource
        self._f1: List[float] = []

    def on_epoch(
        self,
        trainer: GradientDescentTrainer,
        metrics: Dict[str, Any],
        epoch: int,
        is_primary: bool = True,
        **kwargs: Any,
    ) -> None:
        if not is_primary:
            return
        loader: Any = trainer._validation_data_loader or trainer.data_loader
        sentences = tag_set(trainer.model, loader.reader, self._path, self._resource)
        self._f1.append(score(sentences)["conlleval"]["f1"])
        write_whole(Path(self.serialization_dir) / "f1_of_epochs.json", json.dumps(self._f1))

    def state_dict(self) -> Dict[str, Any]:
        return {"f1": self._f1}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._f1 = list(state_dict["f1"])
