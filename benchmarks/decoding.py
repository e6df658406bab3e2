"""Constrained Viterbi decoding: `LinearChainCrf` against AllenNLP's `ConditionalRandomField`."""

import os
import statistics
from functools import partial
from typing import Any

from report import Report, arguments, at_least, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads

CORPUS = "data/wnut2017/dev.conll"
TYPES = ("corporation", "creative-work", "group", "location", "person", "product")


def decode(crf: Any, batches: list[Any]) -> None:
    for scores, mask in batches:
        crf.viterbi_tags(scores, mask)


def main() -> None:
    parser = arguments(__doc__, repetitions=5)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 16, 64, 256])
    options = parser.parse_args()
    need(CORPUS)
    import torch
    from allennlp.modules.conditional_random_field import ConditionalRandomField
    from allennlp.modules.conditional_random_field.conditional_random_field import (
        allowed_transitions,
    )

    from datnet_allennlp.modules.crf import LinearChainCrf

    torch.manual_seed(1)
    tags = ["O", *(f"{prefix}-{name}" for name in TYPES for prefix in "BILU")]
    constraints = allowed_transitions("BIOUL", dict(enumerate(tags)))
    stock = ConditionalRandomField(len(tags), constraints)
    ours = LinearChainCrf(len(tags), constraints)
    ours.load_state_dict(stock.state_dict())
    blocks = (ROOT / CORPUS).read_text(encoding="utf-8").strip().split("\n\n")
    lengths = torch.tensor([len(block.splitlines()) for block in blocks])
    # Of one size for all batch sizes, by length as the validation loader does it.
    lengths = lengths[torch.randperm(len(lengths))[:512]].sort().values

    report = Report(
        "Decoding: viterbi_tags against stock",
        [
            f"{len(lengths)} sentences with the lengths of WNUT-2017 dev ({int(lengths.sum()):,} "
            f"tokens, longest {int(lengths.max())}), {len(tags)} tags, BIOUL constraints, random "
            "scores; both give the same tags",
            f"medians of {options.repetitions} in turn after one each; {THREADS} threads",
            machine(),
        ],
        ["batch", "side", "ms a batch (lowest .. highest)", "sentences/s"],
        bars_unit="sentences/s decoded",
    )
    for batch_size in options.batch_sizes:
        batches = []
        for group in lengths.split(batch_size):
            mask = torch.arange(int(group.max())) < group.unsqueeze(1)
            batches.append((torch.randn(*mask.shape, len(tags)) * 3, mask))
        assert [path for path, _ in ours.viterbi_tags(*batches[0])] == [
            path for path, _ in stock.viterbi_tags(*batches[0])
        ]
        with torch.no_grad():
            seconds = alternate(
                {
                    name: partial(decode, crf, batches)
                    for name, crf in (("datnet_allennlp", ours), ("stock", stock))
                },
                options.repetitions,
            )
        for name, taken in seconds.items():
            speed = len(lengths) / statistics.median(taken)
            report.rows.append(
                [str(batch_size), name, spread(taken, 1000 / len(batches)), f"{speed:,.0f}"]
            )
            report.bars[f"{name}, batch {batch_size}"] = speed
        if batch_size == 64:
            ratio = median_ratio(seconds["stock"], seconds["datnet_allennlp"])
            report.goals.append(at_least("stock : ours, batch 64", 10, ratio))
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    os.chdir(ROOT)
    main()
