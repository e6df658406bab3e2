"""The base model's training step against its floor: the bare LSTM on batches of equal lengths."""

import os
import statistics

from report import Report, arguments, at_most, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads
from training_step import DATA

INPUT_DIM, HIDDEN = 110, 200


def main() -> None:
    options = arguments(__doc__, repetitions=5).parse_args()
    need(*DATA)
    os.chdir(ROOT)
    import torch
    from allennlp.nn.util import get_text_field_mask
    from torch.nn.utils.rnn import pack_padded_sequence
    from trainers import build_trainer, ours

    trainer = build_trainer(ours("base_wnut17", 16))
    model = trainer.model.train()
    batches = list(trainer.data_loader)
    masks = [get_text_field_mask(batch["tokens"]) for batch in batches]
    # AllenNLP packs the longest first, too.
    lengths = [mask.sum(dim=1).sort(descending=True).values for mask in masks]
    inputs = [torch.randn(*mask.shape, INPUT_DIM, requires_grad=True) for mask in masks]
    lstm = torch.nn.LSTM(INPUT_DIM, HIDDEN, batch_first=True, bidirectional=True)

    def dense() -> None:
        for given in inputs:
            lstm.zero_grad()
            given.grad = None
            lstm(given)[0].sum().backward()

    def packed() -> None:
        for given, length in zip(inputs, lengths, strict=True):
            lstm.zero_grad()
            given.grad = None
            lstm(pack_padded_sequence(given, length, batch_first=True))[0].data.sum().backward()

    def passes() -> None:
        for batch in batches:
            model.zero_grad()
            model(**batch)["loss"].backward()

    names = {
        "bare torch.nn.LSTM, dense": dense,
        "bare torch.nn.LSTM, packed": packed,
        "ours, forward and backward": passes,
        "ours, whole step of the trainer": trainer.train,
    }
    seconds = alternate(names, options.repetitions)
    floor = min(list(names)[:2], key=lambda name: statistics.median(seconds[name]))
    report = Report(
        "Training step against the bare LSTM",
        [
            f"base model on WNUT-2017, batch 16, {len(batches)} batches; the LSTM reads "
            f"{INPUT_DIM} random inputs and has {HIDDEN} units a direction; forward and backward, "
            "also to its input, as in the model",
            "the whole step holds data loading, clipping and Adam as well; its batches are drawn "
            "anew, with the same lengths but for the sampler's noise",
            f"medians of {options.repetitions} epochs in turn after one each; {THREADS} threads",
            machine(),
        ],
        ["side", "ms a batch (lowest .. highest)", "times the floor"],
        [
            [
                name,
                spread(seconds[name], 1000 / len(batches)),
                f"{median_ratio(seconds[name], seconds[floor]):.2f}",
            ]
            for name in names
        ],
    )
    for name in list(names)[2:]:
        ratio = median_ratio(seconds[name], seconds[floor])
        report.goals.append(at_most(f"{name} : {floor}", 1.6, ratio))
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
