"""`allennlp predict`, end to end, on 20,000 tweets given as words, against the stock predictor."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from report import Report, arguments, at_least, digits, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads, run_process

# This program stays small, without torch: see `run_process`.
CORPORA = [f"data/wnut2017/{split}.conll" for split in ("train", "dev", "test")]
NUMBER = 20_000
PEERS = Path(__file__).parent / "peers"
ALLENNLP = str(Path(sys.executable).with_name("allennlp"))


def write_tweets(folder: Path, numbers: list[int]) -> None:
    """Our records and the stock predictor's for the same words, cut off at each of the numbers."""
    blocks = [
        block.splitlines()
        for corpus in CORPORA
        for block in (ROOT / corpus).read_text(encoding="utf-8").strip().split("\n\n")
    ]
    tweets = [[line.split("\t")[0] for line in block] for block in blocks]
    for number in numbers:
        chosen = [tweets[i % len(tweets)] for i in range(number)]
        ours = "".join(json.dumps({"tokens": words}) + "\n" for words in chosen)
        stock = "".join(json.dumps({"sentence": " ".join(words)}) + "\n" for words in chosen)
        (folder / f"ours{number}.jsonl").write_text(ours)
        (folder / f"stock{number}.jsonl").write_text(stock)


class Side:
    """`allennlp predict` with one archive; notes the seconds and peak memory of each run."""

    def __init__(self, name: str, folder: Path, archive: Path, batch_size: int | None) -> None:
        self.name, self.folder, self.archive, self.batch_size = name, folder, archive, batch_size
        self.peaks: list[float] = []

    def __call__(self, number: int) -> float:
        output = self.folder / "output.jsonl"
        command = [ALLENNLP, "predict", str(self.archive)]
        command += [str(self.folder / f"{self.name}{number}.jsonl")]
        command += ["--output-file", str(output), "--silent"]
        if self.batch_size:
            command += ["--batch-size", str(self.batch_size)]
        if self.name == "stock":
            # Away from the checkout, where AllenNLP would import our package.
            command += ["--include-package", "stock_tagger"]
            command += ["--predictor", "whitespace_sentence_tagger"]
            finished = run_process(command, cwd=self.folder, python_path=[PEERS])
        else:
            finished = run_process(command)
        with output.open() as file:
            lines = sum(1 for _ in file)
        if lines != number:
            sys.exit(f"error: {self.name} tagged {lines} of {number} tweets")
        self.peaks.append(finished.peak_rss_mib)
        return finished.seconds


def train_ours(folder: Path) -> Path:
    """The archive of one epoch of our base model."""
    config = str(ROOT / "training_config" / "base_wnut17.jsonnet")
    one_epoch = '{"trainer.num_epochs": 1}'
    run_process([ALLENNLP, "train", config, "-s", str(folder / "ours"), "-o", one_epoch])
    return folder / "ours" / "model.tar.gz"


def train_stock(folder: Path) -> Path:
    """The archive of one epoch of stock `crf_tagger`."""
    os.environ["ROOT"] = str(ROOT)
    command = [ALLENNLP, "train", str(PEERS / "stock_tagger.jsonnet"), "-s", str(folder / "stock")]
    run_process([*command, "--include-package", "stock_tagger"], cwd=folder, python_path=[PEERS])
    return folder / "stock" / "model.tar.gz"


def measure(folder: Path, options: argparse.Namespace) -> Report:
    number, sample = options.tweets, options.stock_tweets
    write_tweets(folder, sorted({1, number, sample}))
    archive = options.archive.resolve() if options.archive else train_ours(folder)
    stock_archive = train_stock(folder)
    report = Report(
        f"allennlp predict, end to end, {number:,} tweets",
        [
            f"WNUT-2017 as words, repeated up to {number:,} tweets; whole process from start to "
            "end, base model",
            f"the stock predictor at a batch size of 1 was run on {sample:,} tweets and on one, "
            f"and the difference scaled to {number:,}; it is AllenNLP's sentence_tagger with a "
            "tokeniser that splits at spaces in place of spaCy's",
            f"medians of {options.repetitions} runs in turn; {THREADS} threads, which for ours are "
            "two worker processes of one thread",
            "the peak RSS is that of the largest process; ours has workers beside it, which share "
            "the model and most of what was imported with it",
            machine(),
        ],
        ["side", "batch size", "s (lowest .. highest)", "tweets/s", "peak RSS, MiB"],
        bars_unit="tweets/s, whole process",
    )
    sides = {
        "ours": Side("ours", folder, archive, None),
        "ours, 64": Side("ours", folder, archive, 64),
        "stock": Side("stock", folder, stock_archive, None),
        "stock, 64": Side("stock", folder, stock_archive, 64),
    }
    seconds = alternate(
        {
            key: lambda key=key, side=side: side(sample if key == "stock" else number)
            for key, side in sides.items()
        },
        options.repetitions,
        warm_up=0,
    )
    if sample != number:
        peaks = sides["stock"].peaks[:]
        start = sides["stock"](1)
        scale = (number - 1) / (sample - 1)
        seconds["stock"] = [start + (taken - start) * scale for taken in seconds["stock"]]
        sides["stock"].peaks = peaks
    for key, taken in seconds.items():
        side = sides[key]
        label = "datnet_allennlp" if side.name == "ours" else "stock"
        size = str(side.batch_size or "not given")
        speed = number / sorted(taken)[len(taken) // 2]
        report.rows.append([label, size, spread(taken), f"{speed:,.0f}", digits(max(side.peaks))])
        report.bars[f"{label}, batch size {size}"] = speed
    for key, what in (
        ("ours", "stock : ours, no batch size given to either"),
        ("ours, 64", "stock with no batch size : ours at 64"),
    ):
        report.goals.append(at_least(what, 10, median_ratio(seconds["stock"], seconds[key])))
    return report


def main() -> None:
    parser = arguments(__doc__, repetitions=3)
    parser.add_argument("--archive", type=Path, help="our model.tar.gz, in place of a new one")
    parser.add_argument("--tweets", type=int, default=NUMBER)
    parser.add_argument("--stock-tweets", type=int, default=2_000)
    options = parser.parse_args()
    need(*CORPORA, "data/embeddings/en.50d.txt.gz")
    with tempfile.TemporaryDirectory() as folder:
        report = measure(Path(folder).resolve(), options)
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
