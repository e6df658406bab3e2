"""Values of the trainer, in whole configurations."""

import copy

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.values import check_values


@pytest.fixture
def config(small_config):
    return copy.deepcopy(small_config("datnet_f"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("device", [-1, None, 0, 7, "cuda", -2])
def test_a_gpu_that_is_not_there(device, config) -> None:
    config["trainer"]["cuda_device"] = device
    if device in (-1, None):
        check_values(config)
    else:
        with pytest.raises(ConfigurationError, match=f"trainer.cuda_device: found {device!r}, "):
            check_values(config)


def test_mixed_precision_in_a_callback_alone(config) -> None:
    config["trainer"]["callbacks"] = ["finite_loss", "mixed_precision_backward"]
    message = (
        "^trainer.callbacks.1: found 'mixed_precision_backward', expected it with trainer.use_"
    )
    with pytest.raises(ConfigurationError, match=message):
        check_values(config)


@pytest.mark.parametrize("optimizer", ["sparse_adam", {"type": "sparse_adam", "lr": 0.1}])
def test_an_optimizer_of_sparse_gradients_alone(optimizer, config) -> None:
    config["trainer"]["optimizer"] = optimizer
    with pytest.raises(ConfigurationError, match="^trainer.optimizer.type: found 'sparse_adam', "):
        check_values(config)
    config["trainer"]["optimizer"] = "dense_sparse_adam"
    check_values(config)


def test_an_average_that_grows_without_bound(config) -> None:
    for decay in (1.5, -0.1):
        config["trainer"]["moving_average"] = {"type": "exponential", "decay": decay}
        with pytest.raises(ConfigurationError, match=f"moving_average.decay: found {decay}, exp"):
            check_values(config)
    for average in ("exponential", {"type": "exponential"}, {"type": "exponential", "decay": 0.9}):
        config["trainer"]["moving_average"] = average
        check_values(config)


@pytest.mark.parametrize("betas", [[0.9], [0.9, 0.99, 0.999]])
def test_more_or_fewer_than_two_betas(betas, config) -> None:
    config["trainer"]["optimizer"] = {"type": "adam", "betas": betas}
    with pytest.raises(ConfigurationError, match=r"^trainer.optimizer.betas: found \[0.9.*, exp"):
        check_values(config)
