"""How many processes train, and with what."""

import copy

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.processes import check_processes

ACCELERATOR = {"type": "torch", "find_unused_parameters": True}


def test_two_processes(small_config) -> None:
    config = copy.deepcopy(small_config("datnet_f"))
    check_processes(config)
    config["distributed"] = {"cuda_devices": [-1, -1], "ddp_accelerator": ACCELERATOR}
    check_processes(config)
    config["distributed"] = {"cuda_devices": [-1], "num_nodes": 2, "ddp_accelerator": "mine"}
    check_processes(config)
    # With one resource, a batch has a part in all parameters.
    config = copy.deepcopy(small_config("base"))
    config["distributed"] = {"cuda_devices": [-1, -1]}
    check_processes(config)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize(
    "distributed, message",
    [
        (
            {"cuda_devices": [0, 1]},
            r"cuda_devices: found 0, expected -1 for the CPU or one of the 0",
        ),
        ({"cuda_devices": [-1, -2]}, "cuda_devices: found -2, expected -1 for the CPU"),
        (
            {"cuda_devices": [-1]},
            r"cuda_devices: found 1 device\(s\), expected one for each of two",
        ),
        ({"cuda_devices": []}, r"cuda_devices: found 0 device\(s\)"),
        ({"num_nodes": 2}, r"cuda_devices: found 0 device\(s\)"),
        ({"cuda_devices": [-1, -1]}, "ddp_accelerator: found None, expected {.*unused.*: true}"),
        (
            {"cuda_devices": [-1, -1], "ddp_accelerator": "torch"},
            "ddp_accelerator: found 'torch', expected {.*unused.*: true}",
        ),
    ],
)
def test_mistakes(distributed, message, small_config) -> None:
    config = {**small_config("datnet_f"), "distributed": distributed}
    with pytest.raises(ConfigurationError, match=f"^distributed.{message}"):
        check_processes(config)
