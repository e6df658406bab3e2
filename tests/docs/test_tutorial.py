"""The tutorial is run from its first command to its last, as a reader would."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Commands on something that the reader has, and `demo`, which ends with the reader's Ctrl-C.
PLACEHOLDER = re.compile(r"\b(ARCHIVE|DIR|FILE)\b")


@pytest.mark.slow
@pytest.mark.process
def test_the_tutorial_runs(tmp_path) -> None:
    for name in ("fixtures", "training_config", ".allennlp_plugins"):
        (tmp_path / name).symlink_to(ROOT / name)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = os.environ | {
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "TQDM_DISABLE": "1",
    }
    said: dict[str, str] = {}
    for kind, block in BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")):
        for command in block.splitlines() if kind == "sh" else [block]:
            if kind == "sh" and PLACEHOLDER.search(command):
                continue
            start = ["bash", "-c"] if kind == "sh" else [sys.executable, "-c"]
            done = subprocess.run(
                [*start, command], cwd=tmp_path, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, f"{command}\n{done.stderr[-3000:]}"
            said[command] = done.stdout

    metrics = json.loads((tmp_path / "runs/tutorial/metrics.json").read_text())
    assert metrics["best_validation_f1-measure-overall"] > 0.3
    [tagged] = [
        out
        for command, out in said.items()
        if command.endswith("tweets.txt") and "tag " in command and "allennlp" in command
    ]
    [exported] = [out for command, out in said.items() if command.startswith("python ")]
    assert_alike(json.loads(tagged), json.loads(exported))
    for written in ("tutorial.html", "tweets.html", "card.md", "exported/requirements.txt"):
        assert (tmp_path / "runs" / written).stat().st_size > 0


def assert_alike(record: dict, other: dict) -> None:
    assert record["tags"] == other["tags"]
    confidences = [[each["confidence"] for each in one["entities"]] for one in (record, other)]
    assert confidences[1] == pytest.approx(confidences[0], abs=1e-4)
