"""flair's SequenceTagger as a second peer: training and prediction beside our base model."""

import os
import statistics
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from report import Report, arguments, at_least, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads

PROGRAM = Path(__file__).parent / "peers" / "flair_tagger.py"
DATA = ("data/wnut2017/train.conll", "data/wnut2017/test.conll", "data/embeddings/en.50d.txt.gz")
# Sentences; flair trains on every fourth of them, because its epoch takes a minute.
TRAINING, TRAINING_FLAIR, PREDICTION = 3394, 849, 1287
PREDICTION_BATCH_SIZES = (32, 128, 512)


class Flair:
    """flair in a process of its own environment, which does what it is told."""

    def __init__(self, python: Path) -> None:
        self.process = subprocess.Popen(
            [str(python), "-W", "ignore", str(PROGRAM)],
            env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.version = self.answer().split()[-1]

    def answer(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("@@"):
                return line
        raise RuntimeError("flair's process ended early; its error stands above")

    def __call__(self, command: str, batch_size: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command} {batch_size}\n")
        self.process.stdin.flush()
        self.answer()

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def our_prediction(trainer: Any, config: dict[str, Any]) -> Callable[[int], None]:
    """Tags the test sentences, given as words, with so many at a time."""
    from allennlp.common import Params
    from allennlp.data import DatasetReader
    from allennlp.predictors import Predictor

    reader = DatasetReader.from_params(Params(config["dataset_reader"]))
    blocks = (ROOT / "data/wnut2017/test.conll").read_text(encoding="utf-8").strip().split("\n\n")
    records = [{"tokens": [line.split("\t")[0] for line in block.splitlines()]} for block in blocks]

    def predict(batch_size: int) -> None:
        trainer.model.eval()
        predictor = Predictor.by_name("tweet_tagger")(trainer.model, reader)
        for start in range(0, len(records), batch_size):
            predictor.predict_batch_json(records[start : start + batch_size])

    return predict


def main() -> None:
    parser = arguments(__doc__, repetitions=3)
    parser.add_argument(
        "--flair-python",
        type=Path,
        default=ROOT / ".venv-flair" / "bin" / "python",
        help="the interpreter of the environment that holds flair",
    )
    options = parser.parse_args()
    need(*DATA)
    os.chdir(ROOT)
    report = Report(
        "Peer: flair's SequenceTagger",
        [],
        ["what", "batch", "side", "s (lowest .. highest)", "sentences/s (lowest .. highest)"],
        bars_unit="sentences/s",
    )
    if not options.flair_python.exists():
        report.setting = ["not measured: flair is not installed (`make bench` does it)"]
        report.finish(options.json)
        return
    from trainers import build_trainer, ours

    flair = Flair(options.flair_python)
    trainers = {size: build_trainer(ours("base_wnut17", size)) for size in (16, 32)}
    predict = our_prediction(trainers[16], ours("base_wnut17", 16))
    jobs: dict[str, dict[str, Callable[[int], object]]] = {
        "training": {
            "datnet_allennlp": lambda size: trainers[size].train(),
            "flair": partial(flair, "train"),
        },
        "prediction": {"datnet_allennlp": predict, "flair": partial(flair, "predict")},
    }
    numbers = {
        "training": {"datnet_allennlp": TRAINING, "flair": TRAINING_FLAIR},
        "prediction": {"datnet_allennlp": PREDICTION, "flair": PREDICTION},
    }
    report.setting = [
        f"flair {flair.version}, its ModelTrainer for one epoch without evaluation; both: 50-d "
        "fixed word vectors, BiLSTM 200, CRF, dropout 0.5, Adam, clipping at 5, input of 110",
        "flair differs: 2 x 30 units of a character LSTM in place of 3 x 20 filters, sentences not "
        "bucketed by length, word vectors kept with each sentence after the first epoch",
        f"training on {TRAINING:,} sentences of WNUT-2017, flair on every fourth of them (an epoch "
        f"of all would take a minute); prediction of its {PREDICTION:,} test sentences, given as "
        f"words, each side at its fastest batch size of {PREDICTION_BATCH_SIZES}",
        f"medians of {options.repetitions} in turn after one each; {THREADS} threads",
        machine(),
    ]

    def measure(what: str, batch_sizes: dict[str, int], warm_up: int) -> None:
        seconds = alternate(
            {name: partial(jobs[what][name], batch_sizes[name]) for name in batch_sizes},
            options.repetitions,
            warm_up,
        )
        speeds = {
            name: [numbers[what][name] / second for second in taken]
            for name, taken in seconds.items()
        }
        for name, speed in speeds.items():
            batch_size = str(batch_sizes[name])
            report.rows.append([what, batch_size, name, spread(seconds[name]), spread(speed)])
            report.bars[f"{name}, {what}, batch {batch_size}"] = statistics.median(speed)
        # The project promises nothing here but to be no slower.
        label = f"{what}, batch {'/'.join(str(size) for size in batch_sizes.values())}"
        ratio = median_ratio(speeds["datnet_allennlp"], speeds["flair"])
        report.goals.append(at_least(f"ours : flair, sentences/s in {label}", 1, ratio))

    for batch_size in trainers:
        measure("training", dict.fromkeys(jobs["training"], batch_size), warm_up=1)
    best = {}
    for name, job in jobs["prediction"].items():
        trials = alternate(
            {size: partial(job, size) for size in PREDICTION_BATCH_SIZES}, repetitions=1
        )
        best[name] = min(trials, key=lambda size, trials=trials: trials[size][0])
    measure("prediction", best, warm_up=0)
    flair.end()
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
