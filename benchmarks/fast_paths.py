"""
What each fast path gains on a CPU: the base model with all of them, and without one at a time,
where this package's own slower way, or PyTorch's, does the same.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from unittest.mock import patch

from report import Report, arguments, digits, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads

DATA = ("data/wnut2017/train.conll", "data/embeddings/en.50d.txt.gz")
ALL = "with all"


def main() -> None:
    parser = arguments(__doc__, repetitions=7)
    parser.add_argument("--batches", type=int, default=60, help="of an epoch, the first")
    options = parser.parse_args()
    need(*DATA)
    os.chdir(ROOT)
    import torch
    from trainers import build_trainer, ours

    from datnet_allennlp import kernels
    from datnet_allennlp.modules import bilstm, character_cnn, dropout
    from datnet_allennlp.modules.crf import linear_chain_crf

    def never(*tensors: object) -> bool:
        return False

    packed = bilstm.BiLstm._packed
    without: dict[str, Callable[[], AbstractContextManager[object]]] = {
        "CRF, likelihood and gradient": partial(patch.object, linear_chain_crf, "runs_on", never),
        "CRF, decoding": partial(patch.object, linear_chain_crf, "enabled", never),
        "characters' windows": partial(patch.object, character_cnn, "runs_on", never),
        "dropout masks": partial(patch.object, dropout, "runs_on", never),
        "dense BiLSTM": partial(patch.object, bilstm.BiLstm, "_dense", packed),
        "all kernels": kernels.disabled,
    }
    config, plain = ours("base_wnut17", 16), ours("base_wnut17", 16)
    plain["trainer"]["optimizer"]["type"] = "adam"
    trainers = []
    for each in (config, plain):
        # They look at the first batch of a run only.
        each["trainer"]["run_confidence_checks"] = False
        trainers.append(build_trainer(each))
        trainers[-1].data_loader = list(trainers[0].data_loader)[: options.batches]
    trainer, plain_trainer = trainers
    model, batches = trainer.model, trainer.data_loader

    def train() -> None:
        trainer._train_epoch(0)

    def train_without(path: str) -> None:
        with without[path]():
            train()

    def decode() -> None:
        model.eval()
        with torch.inference_mode():
            for batch in batches:
                model(**{**batch, "tags": None})

    def decode_without(path: str) -> None:
        with without[path]():
            decode()

    report = Report(
        "What each fast path gains",
        [
            f"base model on WNUT-2017, {options.batches} batches of 16 in memory; training: whole "
            "steps of the trainer; tagging: without gold tags",
            "without the dense BiLSTM it is PyTorch's packed one, without the fused Adam "
            "PyTorch's default; the rest is this package's own way in PyTorch",
            f"medians of {options.repetitions} rounds in turn after one each; {THREADS} threads",
            machine(),
        ],
        ["pass", "without", "ms a batch (lowest .. highest)", "times all"],
    )
    training: dict[str, Callable[[], object]] = {ALL: train}
    training |= {
        path: partial(train_without, path)
        for path in (
            "CRF, likelihood and gradient",
            "characters' windows",
            "dropout masks",
            "dense BiLSTM",
            "all kernels",
        )
    }
    training["fused Adam"] = lambda: plain_trainer._train_epoch(0)
    tagging: dict[str, Callable[[], object]] = {ALL: decode}
    tagging |= {
        path: partial(decode_without, path)
        for path in ("CRF, decoding", "characters' windows", "dense BiLSTM", "all kernels")
    }
    for name, sides in (("training", training), ("tagging", tagging)):
        seconds = alternate(sides, options.repetitions)
        for path, taken in seconds.items():
            ratio = digits(median_ratio(taken, seconds[ALL]))
            report.rows.append([name, path, spread(taken, 1000 / len(batches)), ratio])
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
