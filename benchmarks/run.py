"""
Runs all benchmarks one after the other and writes results/benchmarks.{json,md} and
results/benchmarks_{speed,growth}.png. Goes on where an earlier run stopped: what its JSON file
holds is not measured again, unless --again asks for it or --only names it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pictures import draw_bars, draw_curves
from report import Report, digits, goals_table, to_markdown, write_whole
from timing import ROOT, machine, need, pin_threads
from tqdm import tqdm

HERE = Path(__file__).parent
PARTS = (
    "training_step",
    "lstm_floor",
    "characters",
    "step_profile",
    "fast_paths",
    "adversarial_step",
    "decoding",
    "prediction",
    "prediction_profile",
    "export",
    "flair_peer",
    "growth",
    "gpu_step",
    "transformer_step",
    "startup",
    "corpus_reading",
)
READING = (10_000, 100_000, 1_000_000)
DATA = [
    *(f"data/wnut2017/{split}.conll" for split in ("train", "dev", "test")),
    "data/conll2003/train.conll",
    "data/embeddings/en.50d.txt.gz",
]


def program(name: str, *arguments: str) -> str:
    """Runs a benchmark and returns what it prints."""
    command = [sys.executable, "-W", "ignore", str(HERE / f"{name}.py"), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    if done.returncode != 0:
        raise RuntimeError(f"{name} failed:\n{done.stderr[-3000:]}")
    return done.stdout


def corpus_reading() -> dict[str, Any]:
    """Time and memory of reading and indexing, by the size of the corpus."""
    report = Report(
        "Reading and indexing a corpus lazily",
        ["made-up sentences, one process for each size", machine(threads=1)],
        ["sentences", "s", "sentences/s", "peak RSS, MiB"],
    )
    for number in READING:
        # The last line, for the program may say other things before.
        found = json.loads(
            program("corpus_reading", "--sentences", str(number), "--json").splitlines()[-1]
        )
        values = (found["seconds"], found["sentences_per_second"], found["peak_rss_mib"])
        report.rows.append([f"{found['sentences']:,}", *map(digits, values)])
    return vars(report)


def measure(name: str) -> dict[str, Any]:
    if name == "corpus_reading":
        return corpus_reading()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        program(name, "--json", str(path))
        return json.loads(path.read_text(encoding="utf-8"))


def write_results(results: Path, parts: dict[str, dict[str, Any]]) -> None:
    """The Markdown file and the pictures, from whatever parts there are."""
    present = [parts[name] for name in PARTS if name in parts]
    goals = [goal for report in present for goal in report["goals"]]
    sections = [
        "# Speed",
        "Measured by `make bench`; each section says its sizes. Ratios are medians over rounds in "
        "which the sides ran in turn.",
        *(
            [goals_table([_named(goal, r) for r in present for goal in r["goals"]])]
            if goals
            else []
        ),
        "![speed](benchmarks_speed.png)",
        *(["![growth](benchmarks_growth.png)"] if "growth" in parts else []),
        *(to_markdown(report).strip() for report in present),
    ]
    missing = [name for name in PARTS if name not in parts]
    if missing:
        sections.append(f"Not measured yet: {', '.join(missing)}.")
    write_whole(results / "benchmarks.md", "\n\n".join(sections) + "\n")
    draw_bars(present, results / "benchmarks_speed.png")
    if "growth" in parts:
        draw_curves(parts["growth"], results / "benchmarks_growth.png")


def _named(goal: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    return {**goal, "what": f"{report['title'].split(':')[0]}: {goal['what']}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure these, even if again")
    parser.add_argument("--again", action="store_true", help="measure everything again")
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    options = parser.parse_args()
    need(*DATA)
    file = options.results / "benchmarks.json"
    parts: dict[str, dict[str, Any]] = {}
    if file.exists() and not (options.again and not options.only):
        parts = json.loads(file.read_text(encoding="utf-8"))
    # A part without figures could not be measured here; it may be possible now.
    wanted = options.only or [name for name in PARTS if not parts.get(name, {}).get("rows")]
    failed = []
    bar = tqdm(wanted, unit="part", disable=False)
    for name in bar:
        bar.set_description(name)
        start = time.perf_counter()
        try:
            parts[name] = measure(name)
        except (RuntimeError, ValueError, OSError) as error:
            failed.append(name)
            tqdm.write(f"error: {error}", file=sys.stderr)
            continue
        tqdm.write(f"{name}: {time.perf_counter() - start:.0f} s")
        write_whole(file, json.dumps(parts, indent=1) + "\n")
    write_results(options.results, parts)
    print(f"{os.path.relpath(options.results / 'benchmarks.md')} holds {len(parts)} parts.")
    if failed:
        sys.exit(f"error: failed: {', '.join(failed)}; `make bench` tries them again")


if __name__ == "__main__":
    pin_threads()
    main()
