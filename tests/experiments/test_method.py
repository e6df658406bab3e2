"""
Whether the mathematics is still that of `METHOD_VERSION`: losses of the first training steps of
three configurations that are kept with them.
"""

import json
from pathlib import Path

import pytest
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp.experiments.method import METHOD_VERSION

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((Path(__file__).parent / "golden_losses.json").read_text())


class Losses(TrainerCallback):
    def __init__(self):
        super().__init__("")
        self.seen = []

    def on_batch(self, trainer, batch_inputs, batch_outputs, *args, is_training, **kwargs):
        if is_training:
            self.seen.append(batch_outputs[0]["loss"].item())


def first_losses(config, build):
    training = build(config)
    losses = Losses()
    training.trainer._callbacks.append(losses)
    training.run()
    return losses.seen


def test_the_golden_losses_are_those_of_this_version():
    assert GOLDEN["method_version"] == METHOD_VERSION


@pytest.mark.parametrize("variant", ["base", "datnet_f", "datnet_p"])
def test_first_losses(variant, build, monkeypatch):
    monkeypatch.chdir(ROOT)
    golden = GOLDEN[variant]
    found = first_losses(golden["config"], build)
    assert len(found) == 10
    assert found == pytest.approx(golden["losses"], rel=1e-4), (
        "the same configuration and data give other losses than before. If the mathematics was "
        "meant to change, raise METHOD_VERSION in datnet_allennlp/experiments/method.py and put "
        f"version and figures into tests/experiments/golden_losses.json: {found}"
    )


@pytest.mark.long
def test_the_losses_tell_the_parts_of_the_method_apart(build, monkeypatch):
    """Else they could not say that a part has changed."""
    monkeypatch.chdir(ROOT)
    golden = GOLDEN["datnet_f"]
    for path, value in (
        (("model", "discriminator", "gamma"), 1.0),
        (("model", "gradient_reversal", "rate"), 15.0),
        (("trainer", "callbacks"), []),
    ):
        config = json.loads(json.dumps(golden["config"]))
        part = config
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value
        assert first_losses(config, build) != pytest.approx(golden["losses"], rel=1e-3), path
