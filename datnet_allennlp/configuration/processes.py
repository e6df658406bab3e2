"""The part of a configuration that says how many processes train."""

from collections.abc import Mapping
from typing import Any, List, Optional

from allennlp.common import FromParams, Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.nn.parallel import DdpAccelerator

from datnet_allennlp.devices import check_device

_NEEDED = '{"type": "torch", "find_unused_parameters": true}'


class Distributed(FromParams):
    """What AllenNLP takes under the key `distributed`, for its keys and types alone."""

    def __init__(
        self,
        cuda_devices: Optional[List[int]] = None,
        num_nodes: int = 1,
        primary_address: str = "127.0.0.1",
        primary_port: Optional[int] = None,
        ddp_accelerator: Optional[Lazy[DdpAccelerator]] = None,
    ) -> None:
        raise NotImplementedError


def check_processes(config: Mapping[str, Any]) -> None:
    """
    # Parameters

    config : `Mapping[str, Any]`
        Its keys are known and its values have the right types.

    Raises `ConfigurationError` that names the key of devices that are too few or not there, and of
    an accelerator that a model of several resources cannot be trained with.
    """
    distributed = config.get("distributed")
    if not distributed:
        return
    key = "distributed.cuda_devices"
    devices = distributed.get("cuda_devices") or []
    if len(devices) * distributed.get("num_nodes", 1) < 2 or not devices:
        raise ConfigurationError(
            f"{key}: found {len(devices)} device(s), expected one for each of two processes or "
            "more, such as [-1, -1] for two on the CPU"
        )
    for device in devices:
        check_device(key, device)
    if min(devices) == -1 < max(devices):
        raise ConfigurationError(f"{key}: found {devices}, expected GPUs alone or -1 alone")
    # A batch is of one resource, and what belongs to the others has no part in it.
    namespaces = config["model"].get("tag_namespaces")
    accelerator = distributed.get("ddp_accelerator")
    kind = accelerator.get("type") if isinstance(accelerator, Mapping) else accelerator
    if isinstance(namespaces, Mapping) and len(namespaces) > 1 and kind in (None, "torch"):
        if not isinstance(accelerator, Mapping) or not accelerator.get("find_unused_parameters"):
            raise ConfigurationError(
                f"distributed.ddp_accelerator: found {accelerator!r}, expected {_NEEDED}, for a "
                f"batch is of one of the resources {sorted(namespaces)} and leaves out parameters "
                "of the others"
            )
