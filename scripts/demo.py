"""
Trains, scores and uses a small DATNet on the fixtures: what `make demo` runs.

Every command is printed before it runs, so that it can be repeated by hand.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUTPUT = Path("results/demo")
ALLENNLP = str(Path(sys.executable).parent.relative_to(ROOT) / "allennlp")


def run(*arguments: str) -> None:
    """Runs an `allennlp` command; if it fails, ends with its exit status."""
    print("\n$", shlex.join([ALLENNLP, *arguments]), flush=True)
    # The progress bars leave no line behind (tqdm reads an empty string as false) and need a
    # terminal. Training is quiet by itself; what the others log at INFO tells nobody anything.
    # The demo's matrices are small: more threads gain little, and lose much beside other programs.
    calm = {"TQDM_LEAVE": "", "OMP_NUM_THREADS": "1"}
    if arguments[0] != "train":
        calm["ALLENNLP_LOG_LEVEL"] = "WARNING"
    if not sys.stderr.isatty():
        calm["TQDM_DISABLE"] = "1"
    status = subprocess.run([ALLENNLP, *arguments], env={**calm, **os.environ}).returncode
    if status != 0:
        sys.exit(status)


def show_scores(metrics: dict[str, float], split: str, prefix: str = "") -> None:
    names = ("precision", "recall", "f1-measure")
    scores = [f"{name} {metrics[f'{prefix}{name}-overall']:.3f}" for name in names]
    print(f"Target {split}: {', '.join(scores)}")


def main() -> None:
    os.chdir(ROOT)
    archive = str(OUTPUT / "model.tar.gz")
    run("train", "training_config/demo.jsonnet", "-s", str(OUTPUT), "--force")
    show_scores(json.loads((OUTPUT / "metrics.json").read_text()), "dev", "best_validation_")

    scores = OUTPUT / "test_metrics.json"
    run("evaluate", archive, "fixtures/target/test.conll", "--output-file", str(scores))
    show_scores(json.loads(scores.read_text()), "test")

    tagged = OUTPUT / "tagged.jsonl"
    run("tag", archive, "fixtures/tweets.jsonl", "-o", str(tagged))
    for line in tagged.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        print(f"\n{record['text']}")
        for entity in record["entities"]:
            print(f"    {entity['confidence']:4.0%}  {entity['type']:<14} {entity['text']}")

    page = OUTPUT / "page.html"
    corpora = ("fixtures/target/test.conll", "source=fixtures/source/test.conll")
    run("report-tagger", archive, "--data", *corpora, "-o", str(page))
    print(f"\nOpen {page} in a browser: scores, errors, calibration.")


if __name__ == "__main__":
    main()
