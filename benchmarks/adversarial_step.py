"""
DATNet-F with GRAD, with and without adversarial training: what the second pass costs, and how the
authors' own code compares.
"""

import os
import statistics
import time
from collections import defaultdict
from typing import Any

from report import Report, arguments, at_least, at_most, digits, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads

# Sentences a second of the authors' code (github.com/joeyzhouty/DATnet), AT and GRAD on, batch 16,
# measured on two cores of another machine with TensorFlow 1.13, which does not run here.
AUTHORS = {"source": 84.0, "target": 101.0}
DATA = ("data/wnut2017/train.conll", "data/conll2003/train.conll", "data/embeddings/en.50d.txt.gz")


def steps_by_resource(trainer: Any) -> dict[str, list[tuple[float, int]]]:
    """
    Makes the trainer note the seconds and the sentences of each step, by resource. A step lasts
    from the end of the one before, so it holds the loading of its batch.
    """
    from allennlp.training.callbacks import TrainerCallback

    class Stopwatch(TrainerCallback):
        def on_start(self, *args: Any, **kwargs: Any) -> None:
            self.last = time.perf_counter()

        def on_batch(
            self, trainer: Any, batch_inputs: list[dict[str, Any]], *args: Any, **kwargs: Any
        ) -> None:
            now = time.perf_counter()
            resources = batch_inputs[0]["resource"]
            steps[resources[0]].append((now - self.last, len(resources)))
            self.last = now

    steps: dict[str, list[tuple[float, int]]] = defaultdict(list)
    trainer._callbacks.append(Stopwatch(serialization_dir=""))
    return steps


def main() -> None:
    options = arguments(__doc__, repetitions=3).parse_args()
    need(*DATA)
    os.chdir(ROOT)
    from trainers import build_trainer, ours, size_of, without_at

    adversarial = build_trainer(ours("datnet_f_wnut17", 16))
    clean = build_trainer(without_at(ours("datnet_f_wnut17", 16)))
    steps = {"AT on": steps_by_resource(adversarial), "AT off": steps_by_resource(clean)}
    seconds = alternate({"AT on": adversarial.train, "AT off": clean.train}, options.repetitions)
    batches, sentences = size_of(adversarial)

    report = Report(
        "Adversarial step: DATNet-F with GRAD, batch 16",
        [
            f"CoNLL-2003 to WNUT-2017, {batches} steps, {sentences:,} sentences an epoch (the "
            "configuration mixes the resources)",
            f"medians of {options.repetitions} epochs in turn after one each; {THREADS} threads",
            "the authors' code: 84 source and 101 target sentences/s, quoted: measured elsewhere "
            "on two cores, with batches that are not bucketed by length (63 % of the source "
            "positions are padding)",
            machine(),
        ],
        ["side", "resource", "ms a step", "sentences/s", "authors' sentences/s"],
    )
    for name, by_resource in steps.items():
        for resource, taken in sorted(by_resource.items()):
            # The mean, because a step's length depends on that of its sentences; those of the
            # warm-up epoch, which come first, are left out.
            counted = taken[len(taken) // (options.repetitions + 1) :]
            total = sum(second for second, _ in counted)
            speed = sum(number for _, number in counted) / total
            authors = AUTHORS[resource] if name == "AT on" else None
            report.rows.append(
                [
                    name,
                    resource,
                    digits(1000 * total / len(counted)),
                    f"{speed:,.0f}",
                    f"{authors:g}" if authors else "-",
                ]
            )
            if authors:
                report.bars[f"datnet_allennlp, {resource}"] = speed
                report.bars[f"the authors' code (quoted), {resource}"] = authors
                report.goals.append(
                    at_least(f"ours : authors' code, {resource} sentences/s", 5, speed / authors)
                )
        report.rows.append(
            [
                name,
                "both",
                spread(seconds[name], 1000 / batches),
                f"{sentences / statistics.median(seconds[name]):,.0f}",
                "-",
            ]
        )
    report.bars_unit = "sentences/s in training, AT and GRAD"
    report.goals.append(
        at_most(
            "AT on : AT off, s an epoch", 2.0, median_ratio(seconds["AT on"], seconds["AT off"])
        )
    )
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
