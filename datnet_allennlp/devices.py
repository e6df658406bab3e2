"""Which devices this machine has."""

import torch
from allennlp.common.checks import ConfigurationError


def check_device(key: str, device: int) -> None:
    """
    # Parameters

    key : `str`
        What errors call the device.
    device : `int`
        The number of a GPU, or -1 for the CPU.

    Raises `ConfigurationError` for a GPU that is not there.
    """
    number = torch.cuda.device_count()
    if not -1 <= device < number:
        raise ConfigurationError(
            f"{key}: found {device}, expected -1 for the CPU or one of the {number} GPU(s) that "
            "there are"
        )
