"""Steps of a real training against an optimiser of PyTorch's for each resource."""

import copy
from itertools import pairwise
from typing import Any

import pytest
import torch
from allennlp.common.checks import ConfigurationError


@pytest.fixture
def config(small_config) -> dict[str, Any]:
    config = small_config("datnet_p")
    config["trainer"]["num_epochs"] = 2
    del config["trainer"]["learning_rate_scheduler"]
    config["trainer"]["callbacks"].append({"type": "moments_per_resource"})
    return config


@pytest.mark.parametrize("kind", ["fused_adam", "adam"])
def test_each_resource_has_moments_of_its_own(kind, config, build) -> None:
    config["trainer"]["optimizer"] = {"type": kind, "lr": 0.01}
    trainer = build(config).trainer
    model, replayed = trainer.model, copy.deepcopy(trainer.model)
    optimizers = {
        name: torch.optim.Adam(replayed.parameters(), lr=0.01) for name in ("source", "target")
    }
    resources: list[str] = []

    def note(module: torch.nn.Module, args: Any, batch: dict[str, Any]) -> None:
        resources.extend(set(batch["resource"]))

    model.register_forward_pre_hook(note, with_kwargs=True)
    step = trainer.optimizer.step

    def compared(*args: Any) -> None:
        for ours, theirs in zip(model.parameters(), replayed.parameters(), strict=True):
            theirs.grad = None if ours.grad is None else ours.grad.clone()
        optimizers[resources[-1]].step()
        step(*args)
        for ours, theirs in zip(model.parameters(), replayed.parameters(), strict=True):
            torch.testing.assert_close(ours, theirs)

    trainer.optimizer.step = compared
    trainer.train()
    assert sum(one != two for one, two in pairwise(resources)) >= 3


def test_gradients_of_several_batches_are_refused(config, build) -> None:
    config["trainer"]["num_gradient_accumulation_steps"] = 2
    with pytest.raises(ConfigurationError, match="moments_per_resource: found gradients that are"):
        build(config).trainer.train()
