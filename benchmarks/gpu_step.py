"""On a GPU: the training step against stock, and the share of it that the CRF takes."""

import os
import statistics
import sys
import time
from typing import Any

from report import Report, arguments, at_most, digits
from timing import ROOT, machine, need, pin_threads
from training_step import DATA, measure

TITLE = "Training step on the GPU"


def crf_seconds(trainer: Any, device: str, repetitions: int) -> float:
    """Seconds a batch of the CRF's loss, forward and backward, on random scores."""
    import torch
    from allennlp.modules.conditional_random_field import ConditionalRandomField
    from allennlp.nn.util import get_text_field_mask

    crf = next(
        module for module in trainer.model.modules() if isinstance(module, ConditionalRandomField)
    )
    inputs = []
    for batch in trainer.data_loader:
        mask = get_text_field_mask(batch["tokens"])
        scores = torch.randn(*mask.shape, crf.num_tags, device=device, requires_grad=True)
        inputs.append((scores, batch["tags"].to(device), mask))

    def synchronize() -> None:
        if device == "cuda":
            torch.cuda.synchronize()

    taken = []
    for _ in range(1 + repetitions):
        synchronize()
        start = time.perf_counter()
        for scores, tags, mask in inputs:
            # The trainer waits for the loss in each step, too.
            loss = -crf(scores, tags, mask)
            loss.item()
            loss.backward()
        synchronize()
        taken.append((time.perf_counter() - start) / len(inputs))
    return statistics.median(taken[1:])


def main() -> None:
    parser = arguments(__doc__, repetitions=3)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[16, 64, 256])
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    options = parser.parse_args()
    import torch

    columns = ["batch", "side", "ms a step (lowest .. highest)", "sentences/s", "s an epoch"]
    report = Report(TITLE, ["not measured: no GPU"], [*columns, "CRF, ms a step", "share"])
    if options.device == "cuda" and not torch.cuda.is_available():
        report.finish(options.json)
        return
    need(*DATA)
    os.chdir(ROOT)
    from trainers import build_trainer, ours, stock

    device = torch.cuda.get_device_name() if options.device == "cuda" else "CPU, as a trial"
    report.setting = [
        f"{device}; base model on WNUT-2017, otherwise as on the CPU",
        "CRF: its loss alone, forward and backward, on random scores for the same sentences; stock "
        "also decodes in each step, which is not in that share",
        f"medians of {options.repetitions} epochs in turn after one each",
        machine(),
    ]
    report.bars_unit = f"sentences/s in training, {device}"
    for batch_size in options.batch_sizes:
        rows, ratio = measure(batch_size, options.repetitions, options.device)
        for row, config in zip(
            rows, (ours("base_wnut17", batch_size), stock(batch_size)), strict=True
        ):
            trainer = build_trainer(config, options.device)
            crf = 1000 * crf_seconds(trainer, options.device, options.repetitions)
            step = float(row[2].split(" ")[0].replace(",", ""))
            report.rows.append([*row, digits(crf), f"{crf / step:.0%}"])
            if row[1] == "datnet_allennlp":
                report.goals.append(
                    at_most(f"CRF : our step, batch {batch_size}", 0.15, crf / step)
                )
            report.bars[f"{row[1]}, batch {batch_size}"] = float(row[3].replace(",", ""))
        report.setting.append(f"batch {batch_size}: stock takes {ratio:.2f} times our time")
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    sys.exit(main())
