"""
Memory over a long run: two columns, how much is done and the resident set of this process and its
workers in MiB, each as it is then.

    python benchmarks/memory.py predict 2000000    # texts
    python benchmarks/memory.py train 200          # epochs of make demo's configuration

A leak shows as a second column that goes on growing.
"""

import argparse
import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp import Tagger, plugin  # noqa: F401  (registers the components)
from datnet_allennlp.data.column_file import read_column_file

ROOT = Path(__file__).parents[1]
_NUM_LINES = 40


def resident_mib() -> float:
    """Of this process and its children; what they share counts once for each."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    pages = [
        int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in ["self", *children]
    ]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def show(done: int) -> None:
    print(f"{done}\t{resident_mib():.1f}", flush=True)


def predict(number: int) -> None:
    """Tags texts, each another one, with the small archive of the fixtures."""
    words = [s.tokens for s in read_column_file(str(ROOT / "fixtures/target/train.conll"))]

    def texts() -> Iterator[str]:
        for index in range(number):
            yield " ".join([*words[index % len(words)], f"number{index}"])

    tagger = Tagger.load(ROOT / "fixtures" / "golden" / "model.tar.gz")
    every = max(1, number // _NUM_LINES)
    for done, _ in enumerate(tagger.pipe(texts(), processes=len(os.sched_getaffinity(0))), start=1):
        if done % every == 0:
            show(done)


@TrainerCallback.register("show_memory")
class ShowMemory(TrainerCallback):
    """Shows the memory after each epoch."""

    def on_epoch(
        self, trainer: Any, metrics: dict[str, Any], epoch: int, *args: Any, **kwargs: Any
    ) -> None:
        show(epoch + 1)


def train(number: int) -> None:
    """Trains the configuration of `make demo`."""
    os.chdir(ROOT)
    config = Params.from_file("training_config/demo.jsonnet").as_dict(quiet=True)
    trainer = config["trainer"]
    trainer["num_epochs"] = number
    trainer.pop("patience", None)
    trainer["callbacks"] = [*trainer.get("callbacks", []), "show_memory"]
    with tempfile.TemporaryDirectory() as folder:
        train_model(Params(config), str(Path(folder) / "run"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["predict", "train"])
    parser.add_argument("number", type=int, help="texts or epochs")
    arguments = parser.parse_args()
    logging.disable(logging.INFO)  # the two columns are all that is printed
    {"predict": predict, "train": train}[arguments.what](arguments.number)


if __name__ == "__main__":
    main()
