"""
Training and prediction with a pretrained transformer as the only embedder, against the bare
transformer on the same batches. The environment variable MODEL names the transformer.
"""

import copy
import os
import statistics

from report import Report, arguments, at_most, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads

DATA = ("data/wnut2017/train.conll",)
GOAL = 1.15


def main() -> None:
    parser = arguments(__doc__, repetitions=5)
    parser.add_argument("--batches", type=int, default=40, help="of an epoch, the first")
    options = parser.parse_args()
    report = Report(
        "Pretrained transformer: the tagger against the bare transformer",
        ["not measured: MODEL names no transformer"],
        ["side", "ms a batch (lowest .. highest)", "times the bare transformer"],
    )
    if not os.environ.get("MODEL"):
        report.finish(options.json)
        return
    need(*DATA)
    os.chdir(ROOT)
    import torch
    from trainers import build_trainer, ours

    config = ours("base_wnut17_transformer", 16)
    # They look at the first batch of a run only.
    config["trainer"]["run_confidence_checks"] = False
    trainer = build_trainer(config)
    model = trainer.model
    batches = list(trainer.data_loader)[: options.batches]
    trainer.data_loader = batches
    embedder = model.text_field_embedder.shared["words"]._matched_embedder
    # As it is in the model: with the same weights, dropout and way to attend.
    transformer = copy.deepcopy(embedder.transformer_model)
    pieces = [batch["tokens"]["words"] for batch in batches]
    longest = max(each["token_ids"].size(1) for each in pieces)
    assert longest <= transformer.config.max_position_embeddings, "a sentence in windows"

    def bare(each: dict[str, torch.Tensor]) -> torch.Tensor:
        given = {"input_ids": each["token_ids"], "attention_mask": each["wordpiece_mask"]}
        return transformer(**given).last_hidden_state

    def bare_passes() -> None:
        transformer.train()
        for each in pieces:
            transformer.zero_grad()
            bare(each).sum().backward()

    def passes() -> None:
        model.train()
        for batch in batches:
            model.zero_grad()
            model(**batch)["loss"].backward()

    @torch.inference_mode()
    def bare_prediction() -> None:
        transformer.eval()
        for each in pieces:
            bare(each)

    @torch.inference_mode()
    def prediction() -> None:
        model.eval()
        for batch in batches:
            model(**{**batch, "tags": None})

    rounds = {
        "bare transformer, forward and backward": {
            "ours, forward and backward": passes,
            # Without what `train` does once, at its end: it saves the weights.
            "ours, whole step of the trainer": lambda: trainer._train_epoch(0),
        },
        "bare transformer, forward": {"ours, forward and decoding": prediction},
    }
    floors = {
        "bare transformer, forward and backward": bare_passes,
        "bare transformer, forward": bare_prediction,
    }
    for floor, sides in rounds.items():
        seconds = alternate({floor: floors[floor], **sides}, options.repetitions)
        for name, values in seconds.items():
            ratio = median_ratio(values, seconds[floor])
            row = [name, spread(values, 1000 / len(batches)), f"{ratio:.2f}"]
            report.rows.append(row)
            if name != floor:
                report.goals.append(at_most(f"{name} : {floor}", GOAL, ratio))
    numbers = sum(parameter.numel() for parameter in transformer.parameters())
    sentences = statistics.mean(len(batch["tags"]) for batch in batches)
    report.setting = [
        f"{type(transformer).__name__}, {transformer.config.num_hidden_layers} layers, "
        f"{numbers / 1e6:.1f} million parameters, fine-tuned; base model on WNUT-2017, "
        f"{len(batches)} batches of {sentences:.1f} sentences, at most {longest} word pieces",
        "the whole step holds clipping and Adam as well",
        f"medians of {options.repetitions} rounds in turn after one each; {THREADS} threads",
        machine(),
    ]
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
