"""Where a training step goes: the share of each kind of work, by PyTorch's profiler."""

import os
import time
from collections import defaultdict

from report import Report, arguments, digits
from timing import ROOT, THREADS, machine, need, pin_threads

DATA = ("data/wnut2017/train.conll", "data/conll2003/train.conll", "data/embeddings/en.50d.txt.gz")
# The first that an operation's name holds is its kind.
KINDS = (
    ("BiLSTM, forward", ("mkldnn_rnn_layer",)),
    ("CRF", ("ScaledLikelihood",)),
    ("characters' windows", ("WindowMaxima",)),
    ("embedding lookups", ("embedding",)),
    ("other matrix products", ("aten::mm", "aten::addmm", "aten::bmm")),
    ("Adam and clipping", ("adam", "Adam", "_foreach", "vector_norm")),
    ("the loader's copies and moves", ("aten::copy_", "aten::to", "_to_copy", "aten::stack")),
)


def kind_of(operation: str) -> str:
    if "mkldnn_rnn_layer_backward" in operation:
        return "BiLSTM, backward"
    for kind, parts in KINDS:
        if any(part in operation for part in parts):
            return kind
    return "other operations of PyTorch"


def main() -> None:
    options = arguments(__doc__, repetitions=1).parse_args()
    need(*DATA)
    from torch.profiler import profile
    from trainers import build_trainer, ours, size_of

    report = Report(
        "Where a training step goes",
        [
            "batch 16, a quarter of WNUT-2017 (DATNet-F: and one source batch in ten), after as "
            "much that does not count; Python is the time outside of all operations",
            f"the profiler itself makes a step longer; {THREADS} threads",
            machine(),
        ],
        ["configuration", "work", "ms a step", "share"],
    )
    for name in ("base_wnut17", "datnet_f_wnut17"):
        config = ours(name, 16)
        # The profiler keeps every operation, so a part of an epoch has to do.
        rates = {"target": 0.25}
        if "source" in config["train_data_path"]:
            rates["source"] = 0.01
        config["data_loader"]["batch_sampler"]["rates"] = rates
        trainer = build_trainer(config)
        trainer.train()
        start = time.perf_counter()
        with profile() as profiler:
            trainer.train()
            wall = 1e6 * (time.perf_counter() - start)
        batches, _ = size_of(trainer)
        spent: dict[str, float] = defaultdict(float)
        for event in profiler.key_averages():
            spent[kind_of(event.key)] += event.self_cpu_time_total
        spent["Python"] = max(0.0, wall - sum(spent.values()))
        for kind, microseconds in sorted(spent.items(), key=lambda item: -item[1]):
            milliseconds = digits(microseconds / 1000 / batches)
            report.rows.append([name, kind, milliseconds, f"{microseconds / wall:.0%}"])
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    os.chdir(ROOT)
    main()
