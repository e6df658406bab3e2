"""How the time of a training step grows: sentence length, batch size, tags, resources."""

import os
import random
import statistics
import tempfile
import time
from typing import Any

from report import Report, arguments, digits
from timing import ROOT, THREADS, fit_exponent, machine, pin_threads

LENGTH, BATCH_SIZE, TYPES, RESOURCES = 20, 16, 6, 2
WORDS = 5_000
WIDTH = 50


class Step:
    """
    A training step of a configuration's model (forward, backward, clipping, Adam) on one batch of
    made-up sentences of one length.
    """

    def __init__(
        self,
        variant: str = "datnet_f",
        length: int = LENGTH,
        batch_size: int = BATCH_SIZE,
        types: int = TYPES,
        resources: int = RESOURCES,
    ) -> None:
        from allennlp.common import Params
        from allennlp.data import Batch, DatasetReader, Token, Vocabulary
        from allennlp.models import Model
        from allennlp.training.optimizers import Optimizer
        from trainers import ours

        config = ours(f"{variant}_wnut17", batch_size)
        names = ["target", "source", *(f"resource{i}" for i in range(2, resources))][:resources]
        types_of_entity = [f"type{i}" for i in range(types)]
        tags = ["O", *(f"{p}-{name}" for name in types_of_entity for p in "BILU")]
        generator = random.Random(1)
        words = [
            "".join(generator.choices("abcdefghijklmnopqrstuvwxyz", k=generator.randint(2, 9)))
            for _ in range(WORDS)
        ]
        readers = config["dataset_reader"]["readers"]
        readers["target"]["entity_types"] = types_of_entity
        reader = DatasetReader.from_params(Params(readers["target"]))
        vocab = Vocabulary()
        for name in names:
            for tag in tags:
                vocab.add_token_to_namespace(tag, f"{name}_tags")
        for letter in sorted(set("".join(words))):
            vocab.add_token_to_namespace(letter, "characters")
        self.num_tags = len(tags)
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as vectors:
            for word in words:
                values = (generator.gauss(0, 1) for _ in range(WIDTH))
                print(word, *values, file=vectors)
            vectors.flush()
            model = _widened(config["model"], names, vectors.name)
            self.model = Model.from_params(Params(model), vocab=vocab).train()
        self.optimizer = Optimizer.from_params(
            Params(config["trainer"]["optimizer"]),
            model_parameters=[
                [name, each] for name, each in self.model.named_parameters() if each.requires_grad
            ],
        )
        instances = []
        for _ in range(batch_size):
            # Any sequence of these is allowed.
            gold = generator.choices(["O", "U-type0"], k=length)
            tokens = [Token(word) for word in generator.choices(words, k=length)]
            instance = reader.text_to_instance(tokens, gold)
            reader.apply_token_indexers(instance)
            instances.append(instance)
        batch = Batch(instances)
        batch.index_instances(vocab)
        self.batch = {**batch.as_tensor_dict(), "resource": ["target"] * batch_size}

    def __call__(self) -> None:
        import torch

        self.optimizer.zero_grad()
        self.model(**self.batch)["loss"].backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimizer.step()


def _widened(model: dict[str, Any], names: list[str], vectors: str) -> dict[str, Any]:
    """The model's configuration for so many resources, all with the vectors of one file."""
    embedder = model["text_field_embedder"]
    of_target = embedder["per_resource"]["target"]
    embedder["per_resource"] = {
        name: {**of_target, "vocab_namespace": f"{name}_tokens", "pretrained_file": vectors}
        for name in names
    }
    model["tag_namespaces"] = {name: f"{name}_tags" for name in names}
    if "private" in model["encoder"]:
        private = model["encoder"]["private"]["target"]
        model["encoder"]["private"] = {name: dict(private) for name in names}
    return model


def median_seconds(step: Step, repetitions: int, at_least_for: float = 0.3) -> float:
    """The median of `repetitions` steps, or of more where they are short, after one."""
    step()
    taken: list[float] = []
    while len(taken) < repetitions or sum(taken) < at_least_for:
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    parser = arguments(__doc__, repetitions=3)
    parser.add_argument("--longest", type=int, default=2048)
    options = parser.parse_args()
    os.chdir(ROOT)
    lengths = [2**i for i in range(3, 12) if 2**i <= options.longest]
    curves: list[tuple[str, str, str, list[dict[str, Any]]]] = [
        ("sentence length", "DATNet-F", "tokens", [{"length": n} for n in lengths]),
        ("batch size", "DATNet-F", "sentences", [{"batch_size": 4**i} for i in range(5)]),
        ("tags", "DATNet-F", "tags", [{"types": n} for n in (2, 6, 12, 25, 50)]),
        ("resources", "DATNet-F", "resources", [{"resources": n} for n in (2, 4, 8, 16)]),
        (
            "resources",
            "DATNet-P",
            "resources",
            [{"variant": "datnet_p", "resources": n} for n in (2, 4, 8, 16)],
        ),
    ]
    report = Report(
        "Growth of a training step",
        [
            f"where nothing else is said: DATNet-F with GRAD and without AT, batch {BATCH_SIZE}, "
            f"{LENGTH} tokens a sentence, {4 * TYPES + 1} tags, {RESOURCES} resources; made-up "
            f"sentences of {WORDS:,} words; forward, backward, clipping, Adam",
            "exponent k of seconds = c * size^k, least squares on the logarithms, over all sizes "
            "and over the largest three",
            f"medians of {options.repetitions} steps or more after one; {THREADS} threads",
            machine(),
        ],
        ["grows", "model", "sizes", "ms a step", "exponent", "exponent of the largest three"],
    )
    for panel, label, x_label, settings in curves:
        sizes: list[int] = []
        seconds: list[float] = []
        for setting in settings:
            step = Step(**setting)
            number = [value for value in setting.values() if isinstance(value, int)][0]
            sizes.append(step.num_tags if "types" in setting else number)
            seconds.append(median_seconds(step, options.repetitions))
        exponents = [fit_exponent(sizes, seconds), fit_exponent(sizes[-3:], seconds[-3:])]
        report.rows.append(
            [
                panel,
                label,
                ", ".join(map(str, sizes)),
                ", ".join(digits(1000 * second) for second in seconds),
                *(f"{exponent:.2f}" for exponent in exponents),
            ]
        )
        curve = {"panel": panel, "label": label, "x_label": x_label, "x": sizes}
        report.curves.append({**curve, "seconds": seconds, "exponents": exponents})
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
