"""Running one cell: training, evaluation, predictions, log, and the line of its results."""

import copy
import json
import math
import os
import shutil
import subprocess
import sys
import time
import traceback
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.data import DatasetReader

from datnet_allennlp.configuration import check_configuration
from datnet_allennlp.evaluation.counts import count_entities, encode
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.experiments import scoring
from datnet_allennlp.experiments.cell import Cell
from datnet_allennlp.experiments.files import write_whole
from datnet_allennlp.experiments.method import METHOD_VERSION
from datnet_allennlp.experiments.results import Line

_PACKAGES = ("torch", "allennlp", "allennlp_models", "datnet_allennlp", "numpy")
_F1 = "best_validation_f1-measure-overall"


class Outcome(NamedTuple):
    """The line of a finished cell, or why it failed."""

    line: Line | None = None
    reason: str | None = None


def attempt(cell: Cell, folder: Path) -> Outcome:
    """
    Runs a cell in a process of its own: what it writes to standard output and standard error goes
    to the cell's log, and an error becomes the reason why it failed.

    # Parameters

    cell : `Cell`
    folder : `Path`
        The cell's folder. What an earlier attempt left there is removed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _write_to(folder / "log.txt")
    try:
        return Outcome(line=run_cell(cell, folder))
    except Exception as error:
        traceback.print_exc()
        message = str(error).strip().splitlines() or [""]
        return Outcome(reason=f"{type(error).__name__}: {message[0]}")


def run_cell(cell: Cell, folder: Path) -> Line:
    """
    Trains and evaluates, on one thread.

    # Parameters

    cell : `Cell`
    folder : `Path`
        An existing folder for all that is written: `run` (configuration and metrics of each epoch),
        `predictions`, and `cell.json`, the results, which are there when all the rest is.

    # Returns

    `Dict[str, Any]`
        The results: factors, scores, losses, and what they rest on.
    """
    start = time.monotonic()
    torch.set_num_threads(1)
    run = folder / "run"
    params = Params(copy.deepcopy(cell.config))
    check_configuration(params)
    model = train_model(params, str(run), file_friendly_logging=True, return_model=True)
    assert model is not None
    metrics = json.loads((run / "metrics.json").read_text())
    best_epoch = metrics.get("best_epoch")
    last_epoch = metrics["epoch"]
    shown = last_epoch if best_epoch is None else best_epoch
    of_epoch = json.loads((run / f"metrics_epoch_{shown}.json").read_text())
    numbers = {name: each for name, each in of_epoch.items() if _is_result(name, each)}
    for name, each in numbers.items():
        if not math.isfinite(each):
            raise ValueError(f"found {name} = {each} in epoch {shown}, expected a finite number")

    training_reader = _reader(cell.config["dataset_reader"])
    reader = _reader(cell.config.get("validation_dataset_reader") or cell.config["dataset_reader"])
    (folder / "predictions").mkdir()
    scores, counts = {}, {}
    for name, place in cell.evaluate.items():
        sentences = scoring.tag_set(model, reader, **place)
        scoring.write_predictions(sentences, folder / "predictions" / f"{name}.tsv.gz")
        known = scoring.training_entities(
            training_reader, cell.config["train_data_path"], place["resource"]
        )
        scores[name] = score(sentences, known)
        counts[name] = encode(count_entities(sentences))
    line = {
        "cell": cell.identity,
        "spec": cell.spec,
        "factors": cell.factors,
        "seed": cell.seed,
        "method_version": METHOD_VERSION,
        "commit": commit(),
        "versions": {"python": sys.version.split()[0], **{p: version(p) for p in _PACKAGES}},
        "data": {path: digest[:12] for path, digest in cell.data.items()},
        "epochs": last_epoch + 1,
        "best_epoch": best_epoch,
        "seconds": round(time.monotonic() - start, 1),
        "losses": {name: each for name, each in numbers.items() if "loss" in name},
        "best_dev_f1": metrics.get(_F1),
        "training": {name: each for name, each in numbers.items() if "loss" not in name},
        "scores": scores,
        "counts": counts,
        "distance": scoring.distance(model, reader, cell.evaluate),
        **(
            {"encoding_map": scoring.map_of_encodings(model, reader, cell.evaluate)}
            if cell.draw_encodings
            else {}
        ),
        **_test_of_epochs(run),
    }
    _remove_model(run, cell.keep_model)
    write_whole(folder / "cell.json", json.dumps(line, indent=1, allow_nan=False))
    return line


@cache
def commit() -> str | None:
    """
    The git commit of the code that runs, with `-dirty` behind it if files differ from it, or `None`
    outside a repository. It is looked up once, for the code in memory does not change either.
    """
    git = ("git", "-C", str(Path(__file__).parent))
    try:
        found = subprocess.run(
            [*git, "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.strip()


def _reader(config: dict[str, Any]) -> DatasetReader:
    return DatasetReader.from_params(Params(copy.deepcopy(config)))


def _write_to(log: Path) -> None:
    """Sends what this process and all that it starts write to a file."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT, 0o666)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)


def _is_result(name: str, value: Any) -> bool:
    """Whether a metric of an epoch is neither of another epoch nor of the machine."""
    return (
        isinstance(value, int | float)
        and name.startswith(("training_", "validation_"))
        and not name.endswith("memory_MB")
    )


def _test_of_epochs(run: Path) -> dict[str, Any]:
    """What the callback `score_each_epoch` recorded, if it was there."""
    record = run / "f1_of_epochs.json"
    if not record.exists():
        return {}
    of_epochs = json.loads(record.read_text())
    return {"best_test_f1_of_epochs": max(of_epochs), "test_f1_of_epochs": of_epochs}


def _remove_model(run: Path, keep_archive: bool) -> None:
    """Leaves what is small, and the archive if it is wanted."""
    for path in run.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".json" and not (keep_archive and path.name == "model.tar.gz"):
            path.unlink()
