"""An optimiser for each resource, on the same weights."""

from collections import defaultdict
from typing import Any, Dict, Optional

import torch
from allennlp.common import util
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback


@TrainerCallback.register("moments_per_resource")
class MomentsPerResource(TrainerCallback):
    """
    Gives the optimiser moments (Adam's running means of the gradient and of its square) of their
    own for each resource, as the authors' code does with an optimiser for each: a step on a batch
    of one resource neither reads nor changes what the other's batches have left. The weights and
    the learning rate are common to all. Fits any optimiser that keeps what it remembers in `state`.

    Registered as a `TrainerCallback` with name "moments_per_resource".

    Raises `ConfigurationError` when training begins, with gradient accumulation and in distributed
    training, where a step has batches of several resources.
    """

    def __init__(self, serialization_dir: str) -> None:
        super().__init__(serialization_dir)
        self._optimizer: Optional[torch.optim.Optimizer] = None
        # The resource whose moments the optimiser has now.
        self._resource: Optional[str] = None
        self._moments: Dict[str, Any] = {}
        self._saved: Dict[str, Any] = {}

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        if util.is_distributed() or trainer._num_gradient_accumulation_steps > 1:
            raise ConfigurationError(
                "moments_per_resource: found gradients that are summed over several batches, "
                "expected neither 'distributed' nor trainer.num_gradient_accumulation_steps"
            )
        self._optimizer = trainer.optimizer
        now, groups = trainer.optimizer.state, trainer.optimizer.state_dict()["param_groups"]
        for resource, state in self._saved.items():
            trainer.optimizer.load_state_dict({"state": state, "param_groups": groups})
            self._moments[resource] = trainer.optimizer.state
        trainer.optimizer.state = now

    def on_backward(
        self,
        trainer: GradientDescentTrainer,
        batch_outputs: Dict[str, Any],
        backward_called: bool,
        **kwargs: Any,
    ) -> bool:
        resource = batch_outputs["resource"][0]
        if self._resource is not None and resource != self._resource:
            self._moments[self._resource] = trainer.optimizer.state
            trainer.optimizer.state = self._moments.pop(resource, defaultdict(dict))
        self._resource = resource
        return False

    def state_dict(self) -> Dict[str, Any]:
        """The moments of the resources whose batch was not the last one."""
        assert self._optimizer is not None
        now = self._optimizer.state
        saved = {}
        for resource, moments in self._moments.items():
            self._optimizer.state = moments
            saved[resource] = self._optimizer.state_dict()["state"]
        self._optimizer.state = now
        return {"resource": self._resource, "moments": saved}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._resource = state_dict["resource"]
        self._saved = state_dict["moments"]
