"""Numbers of a configuration that no component can use, whichever component it is."""

from collections.abc import Iterator, Mapping
from typing import Any

from allennlp.common.checks import ConfigurationError

# Of all components: how large something is.
_SIZES = {
    *("embedding_dim", "hidden_size", "input_size", "num_filters", "num_layers", "projection_dim"),
    *("attention_dim", "keep_most_recent_by_count"),
    *("num_epochs", "patience", "num_gradient_accumulation_steps", "batch_size"),
    *("batches_per_epoch", "max_instances", "max_instances_in_memory", "prefetch_factor"),
    "step_size",
}
# How many there are, or none.
_COUNTS = {"num_workers", "warmup_steps"}
# Of the trainer: what has to be more than 0.
_POSITIVE = {"grad_norm", "grad_clipping"}
# The least and the largest that numpy and torch take.
_SEEDS = {"numpy_seed": (0, 2**32 - 1), "pytorch_seed": (-(2**63), 2**64 - 1)}
_OPTIMIZER = "trainer.optimizer."
# Of `reduce_on_plateau`; 0 lowers the rate after the first epoch that is no better.
_PATIENCE_OF_SCHEDULER = "trainer.learning_rate_scheduler.patience"


def check_sizes(config: Mapping[str, Any]) -> None:
    """
    # Parameters

    config : `Mapping[str, Any]`
        Its values have the right types.

    Raises `ConfigurationError` that names the key of a size, or of a number of the trainer, that is
    not above 0, of a seed that is out of range, of a dropout that drops everything, and of a
    learning rate with which nothing is trained. A rate of 0 is right for parameters that are to
    stay as they are, beside others.
    """
    for key, value in _numbers(config, ""):
        name = key.rpartition(".")[2]
        if name in _SIZES and value < 1 and key != _PATIENCE_OF_SCHEDULER:
            expected = "at least 1"
        elif name in _COUNTS and value < 0:
            expected = "0 or more"
        elif "dropout" in name and not 0 <= value < 1:
            expected = "0 or more, and less than 1, at which nothing is left"
        elif _is_rate(key) and not 0 <= value < float("inf"):
            expected = "0 or more"
        elif name in _POSITIVE and key.startswith("trainer.") and not value > 0:
            expected = "more than 0"
        elif key in _SEEDS and not _SEEDS[key][0] <= value <= _SEEDS[key][1]:
            expected = "{} to {}".format(*_SEEDS[key])
        else:
            continue
        raise ConfigurationError(f"{key}: found {value}, expected {expected}")
    rates = [value for key, value in _numbers(config, "") if _is_rate(key)]
    if rates and not any(rates):
        raise ConfigurationError(
            f"{_OPTIMIZER}lr: found 0, expected more than 0, there or in one of the "
            "parameter_groups, for nothing would be trained"
        )


def _is_rate(key: str) -> bool:
    return key.startswith(_OPTIMIZER) and key.endswith(".lr")


def _numbers(value: Any, key: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, (int, float)):
        yield key, value
    elif isinstance(value, (Mapping, list)):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for name, inside in items:
            yield from _numbers(inside, f"{key}.{name}" if key else str(name))
