"""Start-up: from the start of the process to the first trained batch, and `allennlp --help`."""

import json
import os
import tempfile
from pathlib import Path

from prediction import ALLENNLP, PEERS
from report import Report, arguments, at_most, spread
from timing import ROOT, THREADS, alternate, machine, median_ratio, need, pin_threads, run_process
from training_step import DATA


def main() -> None:
    options = arguments(__doc__, repetitions=3).parse_args()
    need(*DATA)
    os.environ["ROOT"] = str(ROOT)
    ours = str(ROOT / "training_config" / "base_wnut17.jsonnet")
    stock = str(PEERS / "stock_tagger.jsonnet")
    overrides = json.dumps({"trainer.callbacks": [{"type": "end_after_first_batch"}]})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def train(config: str, cwd: Path, package: str) -> None:
            command = [ALLENNLP, "train", config, "-s", str(folder / "run"), "--force"]
            command += ["-o", overrides, "--include-package", package]
            command += ["--include-package", "first_batch"]
            run_process(command, cwd, [PEERS])

        seconds = alternate(
            {
                "train to first batch, ours": lambda: train(ours, ROOT, "datnet_allennlp"),
                # Away from the checkout, where AllenNLP would import our package.
                "train to first batch, stock": lambda: train(stock, folder, "stock_tagger"),
                "--help, ours": lambda: run_process([ALLENNLP, "--help"]),
                "--help, stock": lambda: run_process([ALLENNLP, "--help"], folder),
            },
            options.repetitions,
        )
    report = Report(
        "Start-up",
        [
            "base model on WNUT-2017 with 64,167 word vectors, which ours keeps all and stock only "
            "for the words of the training set; the vectors and corpora lie in the file cache",
            f"medians of {options.repetitions} runs in turn after one each; {THREADS} threads",
            machine(),
        ],
        ["what", "s (lowest .. highest)"],
        [[name, spread(taken)] for name, taken in seconds.items()],
    )
    for what in ("train to first batch", "--help"):
        ratio = median_ratio(seconds[f"{what}, ours"], seconds[f"{what}, stock"])
        # No promise but that nobody waits noticeably longer than without this package.
        report.goals.append(at_most(f"ours : stock, {what}", 1.25, ratio))
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
