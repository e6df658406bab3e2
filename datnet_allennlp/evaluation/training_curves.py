"""The metrics of each epoch that a run leaves beside its archive."""

import json
import math
import re
from pathlib import Path

from allennlp.common.checks import ConfigurationError

_NAME = re.compile(r"metrics_epoch_(\d+)\.json")


def training_curves(archive: Path) -> dict[str, list[tuple[int, float]]]:
    """
    # Parameters

    archive : `Path`
        A `model.tar.gz` in the folder of its run, or that folder.

    # Returns

    `dict[str, list[tuple[int, float]]]`
        For each metric of AllenNLP, such as `validation_loss`, its value after each epoch; empty
        where there are no files of metrics.

    Raises `ConfigurationError` for a file of metrics that is no JSON object.
    """
    folder = archive if archive.is_dir() else archive.parent
    curves: dict[str, list[tuple[int, float]]] = {}
    names = ((_NAME.fullmatch(path.name), path) for path in folder.glob("metrics_epoch_*.json"))
    for epoch, path in sorted((int(found[1]), path) for found, path in names if found):
        try:
            metrics = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ConfigurationError(f"{path}: found no JSON ({error}), expected JSON") from None
        if not isinstance(metrics, dict):
            raise ConfigurationError(f"{path}: found no object, expected the metrics of an epoch")
        for key, value in metrics.items():
            if type(value) in (int, float) and math.isfinite(value):
                curves.setdefault(key, []).append((epoch, value))
    return curves
