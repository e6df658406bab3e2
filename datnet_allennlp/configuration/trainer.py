"""Values of the trainer that it would refuse at the first step, or take and go wrong with."""

from collections.abc import Mapping
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.devices import check_device


def check_trainer(trainer: Mapping[str, Any]) -> None:
    """
    # Parameters

    trainer : `Mapping[str, Any]`
        Its keys are known and its values have the right types.

    Raises `ConfigurationError` that names the key, what was found and what was expected.
    """
    _check_gpu(trainer.get("cuda_device"))
    _check_precision(trainer)
    optimizer = trainer.get("optimizer")
    if _type_of(optimizer) == "sparse_adam":
        raise ConfigurationError(
            "trainer.optimizer.type: found 'sparse_adam', which takes sparse gradients alone, "
            "expected 'dense_sparse_adam', which takes both, or another"
        )
    betas = optimizer.get("betas") if isinstance(optimizer, Mapping) else None
    if isinstance(betas, list) and len(betas) != 2:
        raise ConfigurationError(f"trainer.optimizer.betas: found {betas}, expected two numbers")
    average = trainer.get("moving_average")
    decay = average.get("decay", 0.0) if isinstance(average, Mapping) else 0.0
    if not 0.0 <= decay <= 1.0:
        raise ConfigurationError(
            f"trainer.moving_average.decay: found {decay}, expected 0 to 1, the share of the "
            "average that a step keeps"
        )


def _check_gpu(device: Any) -> None:
    if device is None:
        return
    if not isinstance(device, int):
        raise ConfigurationError(
            f"trainer.cuda_device: found {device!r}, expected the number of a GPU, or -1 for the "
            "CPU"
        )
    check_device("trainer.cuda_device", device)


def _check_precision(trainer: Mapping[str, Any]) -> None:
    for number, callback in enumerate(trainer.get("callbacks") or []):
        kind = _type_of(callback)
        if kind == "mixed_precision_backward" and not trainer.get("use_amp"):
            raise ConfigurationError(
                f"trainer.callbacks.{number}: found '{kind}', expected it with "
                "trainer.use_amp alone"
            )


def _type_of(component: Any) -> Any:
    """The registered name of a component, which may stand there alone."""
    return component.get("type") if isinstance(component, Mapping) else component
