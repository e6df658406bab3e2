"""One cell of a grid: a training and its evaluation, and what makes it the same as another."""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datnet_allennlp.experiments.data_files import checksum, map_paths
from datnet_allennlp.experiments.method import METHOD_VERSION

# What changes no figure of a run that ends: how it is read, saved, watched and shown.
_LOADERS = {"multiprocess", "ordered"}
_TRAINERS = {"gradient_descent", "recoverable"}
_WATCHING = {
    "finite_loss",
    "progress_lines",
    "console_logger",
    "tensorboard",
    "wandb",
    "track_epoch_callback",
}


@dataclass(frozen=True, eq=False)
class Cell:
    """
    # Parameters

    spec : `str`
        The name of the specification.
    factors : `Dict[str, Any]`
        The level of each factor.
    config : `Dict[str, Any]`
        The whole configuration, overrides and seeds put in.
    evaluate : `Dict[str, Dict[str, str]]`
        The `resource` and the `path` of each set that the trained model is scored on, by its name.
    seed : `int`, optional
        The seed that was put into the configuration, if one was.
    keep_model : `bool`, optional (default = `False`)
        Whether the archive of the model stays in the cell's folder.
    draw_encodings : `bool`, optional (default = `False`)
        Whether the results hold a map of the shared encodings of the resources.
    """

    spec: str
    factors: dict[str, Any]
    config: dict[str, Any]
    evaluate: dict[str, dict[str, str]]
    seed: int | None = None
    keep_model: bool = False
    draw_encodings: bool = False

    @property
    def label(self) -> str:
        """The factors and their levels, `model=Base,size=10`."""
        return label(self.factors)

    @cached_property
    def data(self) -> dict[str, str]:
        """
        The SHA-256 of each data file, by its path from the working folder.

        Raises `ConfigurationError`, naming the key, for a file that does not exist.
        """
        sums: dict[str, str] = {}

        def take(key: str, path: str) -> str:
            sums[os.path.relpath(path)] = checksum(key, path)
            return path

        map_paths(self._what_is_run(), take)
        return sums

    @cached_property
    def identity(self) -> str:
        """
        The SHA-256 of all that decides the result: configuration (less how a run is read, saved,
        watched and shown), evaluation, what the data files hold, wherever they are, and the version
        of the method. Cells that have the same one are the same, whatever their specification and
        factors are called.
        """
        content = {"method_version": METHOD_VERSION, **map_paths(self._what_is_run(), checksum)}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def short_identity(self) -> str:
        """The name of the cell's folder."""
        return self.identity[:16]

    def _what_is_run(self) -> dict[str, Any]:
        trainer = dict(self.config.get("trainer", {}))
        trainer.pop("checkpointer", None)
        if trainer.get("type") in _TRAINERS:
            del trainer["type"]
        callbacks = [
            each for each in trainer.pop("callbacks", []) if each.get("type") not in _WATCHING
        ]
        if callbacks:
            trainer["callbacks"] = callbacks
        config = {**self.config, "trainer": trainer}
        for key in ("data_loader", "validation_data_loader"):
            if key in config:
                loader = dict(config[key])
                loader.pop("num_workers", None)
                if loader.get("type") in _LOADERS:
                    del loader["type"]
                config[key] = loader
        drawn = {"draw_encodings": True} if self.draw_encodings else {}
        return {"evaluate": self.evaluate, "config": config, **drawn}


def label(factors: dict[str, Any]) -> str:
    """Names the levels of factors, `model=Base,size=10`."""
    return ",".join(parts(factors))


def parts(factors: dict[str, Any]) -> list[str]:
    """Each factor with its level, `model=Base`."""
    return [
        f"{factor}={level if isinstance(level, str) else json.dumps(level)}"
        for factor, level in factors.items()
    ]
