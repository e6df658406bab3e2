"""
A training that stops at any batch and is taken up again, in one process. That it may be killed at
any write is tested in `test_kill_anywhere.py`.
"""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.training.state_file import BestWeights

EACH_BATCH = {"type": "durable", "save_every_num_batches": 1}
L2 = {"regexes": [[".*projection.*", {"type": "l2", "alpha": 0.01}]]}
# Variant of the paper's configuration, and what differs from it.
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "base": ("base", {}),
    "datnet_f": ("datnet_f", {}),
    "datnet_p": ("datnet_p", {}),
    "each batch": ("datnet_f", {"trainer.checkpointer": EACH_BATCH}),
    "accumulating": (
        "datnet_f",
        {"trainer.num_gradient_accumulation_steps": 2, "trainer.checkpointer": EACH_BATCH},
    ),
    "averaging": (
        "datnet_f",
        {
            "trainer.moving_average": {"type": "exponential", "decay": 0.9},
            "trainer.checkpointer": EACH_BATCH,
        },
    ),
    "moments per resource": (
        "datnet_p",
        {
            "trainer.callbacks": [{"type": "moments_per_resource"}],
            "trainer.checkpointer": EACH_BATCH,
        },
    ),
    "regularised": ("base", {"model.regularizer": L2, "trainer.checkpointer": EACH_BATCH}),
    "out of patience": ("base_at", {"trainer.patience": 1, "trainer.optimizer.lr": 0.0}),
    "lazy": (
        "datnet_f",
        {
            "dataset_reader.interleave": True,
            "data_loader.max_instances_in_memory": 20,
            "trainer.checkpointer": EACH_BATCH,
        },
    ),
    "reading on": (
        "datnet_f",
        {"data_loader.batches_per_epoch": 4, "trainer.checkpointer": EACH_BATCH},
    ),
    "validating now and then": (
        "base",
        {"trainer.callbacks": [{"type": "should_validate_callback", "validation_interval": 2}]},
    ),
}


class Stopped(Exception):
    pass


@pytest.fixture
def config_of(small_config):
    def config_of(setting: str) -> dict[str, Any]:
        variant, changes = SETTINGS[setting]
        text = json.dumps(small_config(variant))
        config = json.loads(re.sub(r'"dropout": [\d.]+', '"dropout": 0.3', text))
        config["trainer"]["num_epochs"] = 4
        config["trainer"]["optimizer"]["lr"] = 0.02
        for key, value in changes.items():
            *parents, last = key.split(".")
            place = config
            for parent in parents:
                place = place[parent]
            place[last] = value
        return config

    return config_of


def stop_before(built: Any, number: int) -> None:
    """Has the training stop before a step of the optimizer, counted from 1."""
    step = built.trainer.optimizer.step
    steps = iter(range(1, number))

    def stopping(*args: Any, **kwargs: Any) -> Any:
        if next(steps, None) is None:
            raise Stopped
        return step(*args, **kwargs)

    built.trainer.optimizer.step = stopping


def without_times(metrics: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in metrics.items() if not re.search("duration|memory", k)}


def outcome(built: Any, metrics: dict[str, Any]) -> dict[str, Any]:
    folder = BestWeights(built.serialization_dir)
    best = torch.load(folder.path(folder.before(99)).with_name("best.th"))
    epochs = sorted(Path(built.serialization_dir).glob("metrics_epoch_*.json"))
    return {
        "metrics": without_times(metrics),
        "epochs": [without_times(json.loads(path.read_text())) for path in epochs],
        "weights": {k: v.tolist() for k, v in built.model.state_dict().items()},
        "best.th": {k: v.tolist() for k, v in best.items()},
        "random": torch.rand(()).item(),
    }


@pytest.mark.long
@pytest.mark.parametrize("setting", SETTINGS)
def test_ends_like_a_run_that_was_not_stopped(setting, config_of, build) -> None:
    config = config_of(setting)
    whole = build(config)
    expected = outcome(whole, whole.run())
    assert expected["weights"] == expected["best.th"]
    assert {"training_loss", "validation_loss", "best_validation_loss"} <= expected[
        "metrics"
    ].keys()

    number_of_stops = 0
    for number in (2, 3, 6):
        built = build(config, "stopped")
        stop_before(built, number)
        try:
            built.run()
        except Stopped:
            number_of_stops += 1
    assert number_of_stops >= 2
    recovered = build(config, "stopped")
    assert outcome(recovered, recovered.run()) == expected


@pytest.mark.long
@pytest.mark.parametrize("setting", ["each batch", "accumulating", "regularised"])
def test_a_checkpoint_after_the_last_batch_of_an_epoch(setting, config_of, build) -> None:
    """Before the epoch was validated, so no batch of it is left to train."""
    config = config_of(setting)
    whole = build(config)
    expected = outcome(whole, whole.run())

    built = build(config, "stopped")
    validate = built.trainer._validation_loss

    def stopping(epoch: int) -> Any:
        if epoch == 3:
            raise Stopped
        return validate(epoch)

    built.trainer._validation_loss = stopping
    with pytest.raises(Stopped):
        built.run()
    recovered = build(config, "stopped")
    assert outcome(recovered, recovered.run()) == expected


@pytest.mark.long
@pytest.mark.parametrize("setting", ["datnet_p", "lazy"])
def test_the_same_twice_with_workers_and_without(setting, config_of, build) -> None:
    config = config_of(setting)
    config["trainer"]["num_epochs"] = 2
    outcomes = []
    for num_workers in (0, 2, 2):
        config["data_loader"]["num_workers"] = num_workers
        config["validation_data_loader"]["num_workers"] = num_workers
        built = build(config)
        outcomes.append(outcome(built, built.run()))
    assert all(each == outcomes[0] for each in outcomes[1:])


@pytest.mark.long
@pytest.mark.parametrize("setting", ["base", "out of patience", "each batch", "averaging"])
def test_a_finished_run_stays_as_it_is(setting, config_of, build) -> None:
    config = config_of(setting)
    built = build(config, "finished")
    expected = outcome(built, built.run())
    again = build(config, "finished")
    stop_before(again, 1)
    assert outcome(again, again.run()) == expected


def test_the_best_weights_are_those_of_the_best_epoch(config_of, build) -> None:
    """Also where validation is left out of some epochs, which AllenNLP's trainer mixes up."""
    config = config_of("validating now and then")
    config["trainer"]["num_epochs"] = 3
    built = build(config)
    metrics = built.run()
    assert metrics["best_epoch"] in (0, 2)
    built.model.eval()
    built.model.get_metrics(reset=True)
    for batch in built.trainer._validation_data_loader:
        built.model(**batch)
    f1 = built.model.get_metrics()["f1-measure-overall"]
    assert f1 == metrics["best_validation_f1-measure-overall"]


def test_needs_checkpoints_that_last(config_of, build) -> None:
    config = copy.deepcopy(config_of("base"))
    config["trainer"]["checkpointer"] = {"type": "default"}
    with pytest.raises(ConfigurationError, match="checkpointer.type: .*expected it with .*recover"):
        build(config)


@pytest.mark.parametrize("resource, other", [("target", "location"), ("source", "LOC")])
def test_a_metric_of_a_type_that_the_dev_set_lacks(
    resource, other, small_config, tmp_path, build
) -> None:
    config = copy.deepcopy(small_config("datnet_f"))
    config["model"]["per_type_f1"] = True
    for reader in config["dataset_reader"]["readers"].values():
        reader.pop("entity_types", None)
    there = "person" if resource == "target" else "PER"
    (tmp_path / "dev.conll").write_text(f"Nora B-{there}\nsings O\n\n")
    config["validation_data_path"] = {resource: str(tmp_path / "dev.conll")}
    metric = f"f1-measure-{other}" if resource == "target" else f"source/f1-measure-{other}"
    config["trainer"]["validation_metric"] = f"+{metric}"
    message = rf"^trainer.validation_metric: found '{metric}', .*'{resource}' has, .*\['{there}'\]"
    with pytest.raises(ConfigurationError, match=message):
        build(config).run()
    assert not list(tmp_path.glob("*/metrics_epoch_0.json"))
