import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.devices import check_device


def test_the_cpu_and_the_gpus_that_are_there(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    for device in (-1, 0, 1):
        check_device("cuda_device", device)
    for device in (-2, 2):
        with pytest.raises(ConfigurationError, match=f"^cuda_device: found {device}, .* the 2 GPU"):
            check_device("cuda_device", device)
