"""The folder of `allennlp export` against `allennlp predict`: start-up, and 20,000 tweets."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from prediction import ALLENNLP, CORPORA, NUMBER, train_ours, write_tweets
from report import Report, arguments, at_least, at_most, digits, spread
from timing import THREADS, alternate, machine, median_ratio, need, pin_threads, run_process

VECTOR_TYPES = ("float32", "float16", "int8")


def entities(path: Path) -> set[tuple]:
    """Of all texts: the number of the text, the tokens and the type."""
    with path.open(encoding="utf-8") as lines:
        return {
            (number, entity["first_token"], entity["end_token"], entity["type"])
            for number, line in enumerate(lines)
            for entity in json.loads(line)["entities"]
        }


def measure(folder: Path, options: argparse.Namespace) -> Report:
    number = options.tweets
    write_tweets(folder, sorted({1, number}))
    archive = str(options.archive.resolve() if options.archive else train_ours(folder))
    sides = {"allennlp predict": [ALLENNLP, "predict", archive, "--silent", "--output-file"]}
    sizes = {"allennlp predict": Path(archive).stat().st_size}
    for kind in VECTOR_TYPES:
        exported = folder / kind
        run_process([ALLENNLP, "export", archive, str(exported), "--vectors", kind])
        sides[kind] = [sys.executable, str(exported / "tag.py"), "--processes", str(THREADS), "-o"]
        files = [path for path in exported.rglob("*") if path.is_file()]
        sizes[kind] = sum(path.stat().st_size for path in files)
    peaks: dict[str, float] = {}

    def side(name: str, count: int) -> None:
        output = folder / f"{name}.jsonl"
        command = [*sides[name], str(output), str(folder / f"ours{count}.jsonl")]
        if name == "allennlp predict":
            # Its own order: archive, input, options.
            command = [*command[:3], command[-1], *command[3:-1]]
        peaks[name] = max(peaks.get(name, 0.0), run_process(command).peak_rss_mib)

    start_up = alternate(
        {name: lambda name=name: side(name, 1) for name in sides}, options.repetitions
    )
    seconds = alternate(
        {name: lambda name=name: side(name, number) for name in sides}, options.repetitions, 0
    )
    expected = entities(folder / "allennlp predict.jsonl")
    report = Report(
        f"Export: against allennlp predict, {number:,} tweets",
        [
            "base model on WNUT-2017; whole processes from start to end; a start-up is one tweet",
            f"medians of {options.repetitions} runs in turn; {THREADS} processes of one thread",
            "entities that differ are those of either side alone, of all of both",
            "the peak RSS is that of the largest process; both have workers beside it",
            machine(),
        ],
        ["side", "start-up, s", "all, s", "tweets/s", "peak RSS, MiB", "MiB on disk", "differ"],
        bars_unit="tweets/s, whole process",
    )
    for name in sides:
        found = entities(folder / f"{name}.jsonl")
        differ = len(found ^ expected) / max(1, len(found | expected))
        speed = number / sorted(seconds[name])[options.repetitions // 2]
        report.rows.append(
            [
                name,
                spread(start_up[name]),
                spread(seconds[name]),
                f"{speed:,.0f}",
                digits(peaks[name]),
                digits(sizes[name] / 2**20),
                f"{100 * differ:.2f} %",
            ]
        )
        report.bars[name] = speed
    exported_start = sorted(start_up["float32"])[options.repetitions // 2]
    ratio = median_ratio(seconds["allennlp predict"], seconds["float32"])
    report.goals.append(at_most("start-up of the export, s", 1, exported_start))
    report.goals.append(at_least("allennlp predict : export, all tweets", 2, ratio))
    return report


def main() -> None:
    parser = arguments(__doc__, repetitions=3)
    parser.add_argument("--archive", type=Path, help="a model.tar.gz, in place of a new one")
    parser.add_argument("--tweets", type=int, default=NUMBER)
    options = parser.parse_args()
    need(*CORPORA, "data/embeddings/en.50d.txt.gz")
    with tempfile.TemporaryDirectory() as folder:
        report = measure(Path(folder).resolve(), options)
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
