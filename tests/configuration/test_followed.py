"""Metrics and resources that the trainer is told to follow."""

import copy
import json

import pytest
from allennlp.commands import train
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.followed import check_followed, metrics_of_dev


@pytest.fixture
def config(small_config):
    config = copy.deepcopy(small_config("datnet_f"))
    config["trainer"]["num_epochs"] = 1
    return config


def test_a_metric_says_in_which_direction(config) -> None:
    config["trainer"]["validation_metric"] = "f1"
    with pytest.raises(ConfigurationError, match=r"trainer.validation_metric: .*expected '\+f1'"):
        check_followed(config)


@pytest.mark.parametrize(
    "change",
    [
        lambda config: (
            config["model"].pop("discriminator"),
            config["model"].pop("gradient_reversal"),
        ),
        lambda config: config["model"].update(regularizer={"regexes": [["", "l2"]]}),
        lambda config: config["validation_data_path"].update(
            source=config["train_data_path"]["source"]
        ),
    ],
    ids=["no discriminator", "regularizer", "both resources"],
)
def test_they_are_those_that_a_run_has(change, config, tmp_path) -> None:
    change(config)
    sampler = {"type": "resource_bucket", "batch_size": 16}
    config["validation_data_loader"]["batch_sampler"] = sampler
    train.train_model(Params(copy.deepcopy(config)), str(tmp_path / "run"))
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    prefix = "validation_"
    found = {name.removeprefix(prefix) for name in metrics if name.startswith(prefix)}
    assert found == set(metrics_of_dev(config))


@pytest.mark.parametrize(
    "metric, is_known",
    [
        ("-loss", True),
        ("-tag_loss_target", True),
        ("-discriminator_accuracy_target", True),
        (["+f1-measure-overall", "-loss"], True),
        ("+f1-measure-overal", False),
        # There is no dev set of the source.
        ("+source/f1-measure-overall", False),
        (["-loss", "+f1-measure-person"], False),
    ],
)
def test_a_metric_that_the_dev_set_does_not_give(metric, is_known, config) -> None:
    config["trainer"]["validation_metric"] = metric
    if is_known:
        check_followed(config)
        return
    last = metric[-1] if isinstance(metric, list) else metric
    message = rf"^trainer.validation_metric: found '\{last}', expected '\+' and one of the .*'loss'"
    with pytest.raises(ConfigurationError, match=message):
        check_followed(config)
    del config["validation_data_path"]  # then nothing is looked up
    check_followed(config)


def test_metrics_of_types(config) -> None:
    config["model"]["per_type_f1"] = True
    config["trainer"]["validation_metric"] = "+f1-measure-person"
    check_followed(config)
    config["trainer"]["validation_metric"] = "+f1-measure-perso"
    with pytest.raises(ConfigurationError, match="'f1-measure-overall', .*'f1-measure-person'"):
        check_followed(config)
    del config["dataset_reader"]["readers"]["target"]["entity_types"]  # so it may be one
    check_followed(config)
    config["trainer"]["validation_metric"] = "+f-measure-person"
    with pytest.raises(ConfigurationError, match="'f1-measure-<type>'"):
        check_followed(config)


def test_metrics_of_another_model_are_not_known(config) -> None:
    config["model"] = {"type": "simple_tagger"}
    config["trainer"]["validation_metric"] = "+accuracy3"
    check_followed(config)


@pytest.mark.parametrize(
    "key, callback",
    [
        ("target", {"type": "progress_lines", "target": "tarket"}),
        ("resource", {"type": "score_each_epoch", "path": "a", "resource": "tarket"}),
        ("resources", {"type": "virtual_adversarial_training", "resources": ["source", "tarket"]}),
    ],
)
def test_a_resource_of_a_callback(key, callback, config) -> None:
    config["trainer"]["callbacks"] = ["finite_loss", callback]
    message = rf"^trainer.callbacks.1.{key}: found resource 'tarket', .*\['source', 'target'\]"
    with pytest.raises(ConfigurationError, match=message):
        check_followed(config)
    callback[key] = ["target"] if key == "resources" else "target"
    check_followed(config)


def test_a_learning_rate_that_follows_the_dev_set(config) -> None:
    scheduler = {"type": "reduce_on_plateau", "mode": "max"}
    config["trainer"]["learning_rate_scheduler"] = scheduler
    check_followed(config)
    key = "trainer.learning_rate_scheduler"
    scheduler["mode"] = "min"
    with pytest.raises(ConfigurationError, match=f"^{key}.mode: found 'min', expected 'max'"):
        check_followed(config)
    config["trainer"]["learning_rate_scheduler"] = "reduce_on_plateau"
    with pytest.raises(ConfigurationError, match=f"^{key}.mode: found none, .*, expected 'max'"):
        check_followed(config)
    del config["validation_data_path"]
    with pytest.raises(ConfigurationError, match=f"^{key}: found .* without a dev set, expected"):
        check_followed(config)
