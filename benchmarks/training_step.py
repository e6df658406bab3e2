"""
A training step as a user meets it: epochs of AllenNLP's trainer over WNUT-2017, the base model
against stock `crf_tagger` with the same dimensions.
"""

import gc
import os
import statistics

from report import Report, arguments, at_least, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads

DATA = ("data/wnut2017/train.conll", "data/embeddings/en.50d.txt.gz")


def measure(batch_size: int, repetitions: int, device: str) -> tuple[list[list[str]], float]:
    """The rows of both sides and the median ratio of their epochs."""
    from trainers import build_trainer, ours, size_of, stock

    sides = {
        "datnet_allennlp": build_trainer(ours("base_wnut17", batch_size), device),
        "stock crf_tagger": build_trainer(stock(batch_size), device),
    }
    gc.collect()
    seconds = alternate({name: side.train for name, side in sides.items()}, repetitions)
    rows = []
    for name, side in sides.items():
        batches, sentences = size_of(side)
        rows.append(
            [
                str(batch_size),
                name,
                spread(seconds[name], 1000 / batches),
                f"{sentences / statistics.median(seconds[name]):,.0f}",
                spread(seconds[name]),
            ]
        )
    return rows, median_ratio(seconds["stock crf_tagger"], seconds["datnet_allennlp"])


def main() -> None:
    parser = arguments(__doc__, repetitions=5)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[16, 32])
    options = parser.parse_args()
    need(*DATA)
    os.chdir(ROOT)
    report = Report(
        "Training step: base model against stock crf_tagger",
        [
            "WNUT-2017, 3,394 sentences, 62,730 tokens, an epoch of the trainer without validation",
            "both: 50-d fixed word vectors, 30-d characters, 20 filters of width 2, 3 and 4, "
            "BiLSTM 200, dropout 0.5 (ours also 0.2 on the embeddings), CRF over 25 tags, Adam, "
            "clipping at 5, batches of like length",
            f"medians of {options.repetitions} epochs in turn after one each; {THREADS} threads",
            machine(),
        ],
        ["batch", "side", "ms a step (lowest .. highest)", "sentences/s", "s an epoch"],
        bars_unit="sentences/s in training",
    )
    for batch_size in options.batch_sizes:
        rows, ratio = measure(batch_size, options.repetitions, "cpu")
        report.rows += rows
        for row in rows:
            report.bars[f"{row[1]}, batch {batch_size}"] = float(row[3].replace(",", ""))
        report.goals.append(at_least(f"stock : ours, s an epoch, batch {batch_size}", 4, ratio))
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
