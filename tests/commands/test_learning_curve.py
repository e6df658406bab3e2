"""The `learning-curve` command, in a process of its own, for it forks one for each training."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.process
def test_from_two_corpora_to_a_page(prepared_allennlp, tmp_path):
    # As MultiCoNER is handed out, and without a dev set.
    target = tmp_path / "target"
    target.mkdir()
    for split in ("train", "test"):
        sentences = (ROOT / "fixtures" / "target" / f"{split}.conll").read_text().strip("\n")
        marked = re.sub(r"(^|\n\n)", r"\1# id 7\tdomain=en\n", sentences)
        (target / f"{split}.conll").write_text(marked + "\n")
    arguments = ["--source", "fixtures/source", "--target", str(target)]
    arguments += ["--vectors", "fixtures/embeddings/en.50d.txt.gz", "--sizes", "5,10"]
    overrides = {"trainer.num_epochs": 1, "data_loader.batch_sampler.rates.target": 1.0}
    arguments += ["--samples", "1", "--overrides", json.dumps(overrides)]
    done = subprocess.run(
        [*prepared_allennlp, "learning-curve", *arguments, "-o", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "report.md").read_text()
    assert "4 of 4 cells are there." in page
    assert "| DATNet-F | 5 to 10" in page
    assert (tmp_path / "learning_curve_curves.png").stat().st_size > 10_000
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 4
