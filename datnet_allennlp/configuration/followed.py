"""What the trainer is told to follow, by name: the metric that chooses weights, and resources."""

from collections.abc import Iterator, Mapping
from typing import Any

from allennlp.common.checks import ConfigurationError

_OF_TYPES = " (and those of each type of entity with model.per_type_f1)"
_SCORES = ("precision", "recall", "f1-measure")


def check_followed(config: Mapping[str, Any]) -> None:
    """
    # Parameters

    config : `Mapping[str, Any]`
        Its keys are known and its values have the right types.

    Raises `ConfigurationError` that names the key of a metric that a `datnet_tagger` does not give
    on the dev set, of a learning rate that cannot follow it, and of a resource of a callback that
    the reader does not know.
    """
    trainer = config.get("trainer")
    if not isinstance(trainer, Mapping):
        return
    metric = trainer.get("validation_metric", "-loss")
    for each in metric if isinstance(metric, list) else [metric]:
        if not str(each).startswith(("+", "-")):
            raise ConfigurationError(
                f"trainer.validation_metric: found '{each}', expected '+{each}', where more is "
                f"better, or '-{each}'"
            )
        known, model = metrics_of_dev(config), config.get("model") or {}
        if known and not _is_among(each[1:], known):
            raise ConfigurationError(
                f"trainer.validation_metric: found '{each}', expected '{each[0]}' and one of the "
                f"metrics of the dev set, {known}" + ("" if model.get("per_type_f1") else _OF_TYPES)
            )
    _check_plateau(config, trainer.get("learning_rate_scheduler"))
    reader = config.get("dataset_reader")
    readers = sorted(reader.get("readers", {})) if isinstance(reader, Mapping) else []
    for key, resource in _resources_of_callbacks(trainer):
        if readers and resource not in readers:
            raise ConfigurationError(
                f"{key}: found resource '{resource}', expected one of those in "
                f"dataset_reader.readers: {readers}"
            )


def metrics_of_dev(config: Mapping[str, Any]) -> list[str]:
    """
    The metrics that a `datnet_tagger` gives after each epoch on the dev set, in order; empty for
    another model, and without a dev set. `<type>` stands for each type of entity, where the reader
    does not say which there are.
    """
    model, path = config.get("model"), config.get("validation_data_path")
    if path is None or not isinstance(model, Mapping) or model.get("type") != "datnet_tagger":
        return []
    target = model.get("target", "target")
    if target not in (model.get("tag_namespaces") or ()):
        return []  # a mistake of another kind
    of_dev = sorted(path) if isinstance(path, Mapping) and "path" not in path else [target]
    metrics = ["loss"] + (["reg_loss"] if model.get("regularizer") else [])
    for resource in of_dev:
        if resource in model["tag_namespaces"]:
            prefix = "" if resource == target else f"{resource}/"
            kinds = ["overall"] + (_types(config, resource) if model.get("per_type_f1") else [])
            metrics += [f"{prefix}{score}-{kind}" for kind in kinds for score in _SCORES]
            metrics.append(f"tag_loss_{resource}")
    if model.get("discriminator"):
        seen = {(model.get("unlabelled") or {}).get(resource, resource) for resource in of_dev}
        metrics += ["discriminator_loss", "discriminator_accuracy"]
        metrics += [f"discriminator_accuracy_{resource}" for resource in sorted(seen)]
    return metrics


def _check_plateau(config: Mapping[str, Any], scheduler: Any) -> None:
    """Whether `reduce_on_plateau` follows a metric, and in the right direction."""
    keys = scheduler if isinstance(scheduler, Mapping) else {"type": scheduler}
    if keys.get("type") != "reduce_on_plateau":
        return
    key = "trainer.learning_rate_scheduler"
    if config.get("validation_data_path") is None:
        raise ConfigurationError(
            f"{key}: found 'reduce_on_plateau' without a dev set, expected validation_data_path"
        )
    if keys.get("mode", "min") != "max":
        found = repr(keys["mode"]) if "mode" in keys else "none, which is 'min'"
        raise ConfigurationError(
            f"{key}.mode: found {found}, expected 'max', for AllenNLP gives it the "
            "validation_metric so that more is better, a loss as its negative"
        )


def _types(config: Mapping[str, Any], resource: str) -> list[str]:
    reader = config.get("dataset_reader")
    readers = reader.get("readers", {}) if isinstance(reader, Mapping) else {}
    of_resource = readers.get(resource, reader)
    types = of_resource.get("entity_types") if isinstance(of_resource, Mapping) else None
    return list(types or ["<type>"])


def _is_among(metric: str, known: list[str]) -> bool:
    of_types = [each.removesuffix("<type>") for each in known if each.endswith("<type>")]
    return metric in known or any(metric.startswith(each) for each in of_types)


def _resources_of_callbacks(trainer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for number, callback in enumerate(trainer.get("callbacks") or []):
        kind = callback.get("type") if isinstance(callback, Mapping) else callback
        key = f"trainer.callbacks.{number}"
        if kind == "progress_lines" and "target" in callback:
            yield f"{key}.target", callback["target"]
        elif kind == "score_each_epoch" and "resource" in callback:
            yield f"{key}.resource", callback["resource"]
        elif kind == "virtual_adversarial_training":
            for resource in callback.get("resources") or []:
                yield f"{key}.resources", resource
