"""Where the time of `allennlp predict` goes, for 20,000 tweets given as words."""

import gc
import tempfile
import time
from pathlib import Path

from prediction import CORPORA, NUMBER, Side, train_ours, write_tweets
from report import Report, arguments, digits, spread
from timing import machine, need, pin_threads


def time_stages(archive: Path, tweets: Path) -> dict[str, float]:
    """Seconds of each stage on one thread, by name, for all of the tweets."""
    import torch
    from torch.profiler import profile

    from datnet_allennlp.standalone.windows import windows
    from datnet_allennlp.tagging import Tagger
    from datnet_allennlp.tagging.formats import input_format, output_format

    torch.set_num_threads(1)
    # As the workers of allennlp predict do, which look for garbage between two windows only.
    gc.disable()
    tagger = Tagger.load(archive)
    reader, writer = input_format("jsonl", ""), output_format("jsonl", "")
    spent = dict.fromkeys(("reading", "indexing and batching", "model", "output"), 0.0)

    def tag(lines: list[str]) -> None:
        clock = [time.perf_counter()]
        records = [tagger.read_record(reader.record(line)) for line in lines]
        clock.append(time.perf_counter())
        window = tagger.prepare(records)
        clock.append(time.perf_counter())
        answers = tagger.answer(window)
        clock.append(time.perf_counter())
        for answer in answers:
            writer.render(answer)
        clock.append(time.perf_counter())
        for i, stage in enumerate(spent):
            spent[stage] += clock[i + 1] - clock[i]

    groups = list(windows(tweets.read_text().splitlines(), len))
    tag(groups[0])
    spent.update(dict.fromkeys(spent, 0.0))
    for group in groups:
        tag(group)
    found = dict(spent)
    with profile() as profiler:
        for group in groups:
            tag(group)
    lstm = sum(
        event.self_cpu_time_total / 1e6
        for event in profiler.key_averages()
        if "mkldnn_rnn_layer" in event.key
    )
    found["of the model: the BiLSTM"] = lstm
    return found


def measure(folder: Path, repetitions: int) -> Report:
    write_tweets(folder, [1, NUMBER])
    archive = train_ours(folder)
    side = Side("ours", folder, archive, None)
    report = Report(
        f"Where the time of allennlp predict goes, {NUMBER:,} tweets",
        [
            "base model; the process with one tweet, and with all, from start to end",
            "the stages of all tweets in one process, on one thread; allennlp predict shares them "
            "out among worker processes",
            f"{repetitions} runs in turn; {machine()}",
        ],
        ["what", "s (lowest .. highest)"],
    )
    one, all_of_them = [], []
    for _ in range(repetitions):
        one.append(side(1))
        all_of_them.append(side(NUMBER))
    report.rows.append(["whole process, one tweet", spread(one)])
    report.rows.append(["whole process, all tweets", spread(all_of_them)])
    stages = time_stages(archive, folder / f"ours{NUMBER}.jsonl")
    report.rows.extend([name, digits(seconds)] for name, seconds in stages.items())
    return report


def main() -> None:
    options = arguments(__doc__, repetitions=3).parse_args()
    need(*CORPORA, "data/embeddings/en.50d.txt.gz")
    with tempfile.TemporaryDirectory() as folder:
        report = measure(Path(folder).resolve(), options.repetitions)
    report.finish(options.json)


if __name__ == "__main__":
    pin_threads()
    main()
