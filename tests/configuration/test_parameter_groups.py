"""Settings of some of the parameters."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration import check_configuration
from datnet_allennlp.configuration.parameter_groups import check_parameter_groups

GROUPS = "trainer.optimizer.parameter_groups"


@pytest.fixture(params=["fused_adam", "adamw"])
def with_group(request, small_config, changed):
    config = changed(small_config("base"), "trainer.optimizer.type", request.param)
    return lambda *group: changed(config, GROUPS, [[["decoders"], {}], list(group)])


def test_settings_that_there_are(with_group, small_config) -> None:
    check_parameter_groups(small_config("base"))
    settings = {"lr": 1, "weight_decay": 0.1, "betas": [0.5, 0.9]}
    check_parameter_groups(with_group(["^encoder", "bias$"], settings))
    check_parameter_groups(with_group(["encoder"], {"requires_grad": False}))


@pytest.mark.parametrize(
    "group, message",
    [
        ((["a"], {"lrr": 0.1}), "1.lrr: found an unknown key of '.*', expected 'lr'"),
        ((["a"], {"parameter_groups": 1}), "1.parameter_groups: .*, expected one of .*'lr'"),
        ((["a"], {"lr": "0.1"}), "1.lr: found '0.1', expected a number"),
        ((["a"], {"lr": None}), "1.lr: found None, expected a number"),
        ((["a"], {"lr": True}), "1.lr: found True, expected a number"),
        ((["a", "*b"], {"lr": 0.1}), r"0.1: found '\*b' \(nothing to repeat .*, expected a reg"),
    ],
)
def test_mistakes(group, message, with_group) -> None:
    with pytest.raises(ConfigurationError, match=f"^{GROUPS}.1.{message}"):
        check_configuration(with_group(*group))


def test_groups_of_several_optimizers(small_config, changed) -> None:
    optimizer = {
        "type": "multi",
        "optimizers": {"default": "adam", "slow": {"type": "sgd", "lr": 0.1}},
        "parameter_groups": [[["encoder"], {"optimizer_name": "slow", "momentum": 0.9}]],
    }
    config = changed(small_config("base"), "trainer.optimizer", optimizer)
    check_configuration(config)
    settings = f"{GROUPS}.0.1"
    message = "found an unknown key of 'sgd', expected"
    with pytest.raises(ConfigurationError, match=f"^{settings}.betas: {message}"):
        check_configuration(changed(config, f"{settings}.betas", [0.5, 0.9]))
    message = r"found 'fast', expected .*: \['default', 'slow'\]"
    with pytest.raises(ConfigurationError, match=f"^{settings}.optimizer_name: {message}"):
        check_configuration(changed(config, f"{settings}.optimizer_name", "fast"))
    plain = changed(small_config("base"), GROUPS, [[["a"], {"optimizer_name": "slow"}]])
    with pytest.raises(ConfigurationError, match="optimizer_name: found an unknown key"):
        check_configuration(plain)
