"""Commands that are AllenNLP's own, and the mistakes that people make with them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "fixtures" / "golden" / "model.tar.gz"


@pytest.fixture
def command(monkeypatch, capsys):
    def command(*arguments: object) -> str:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["allennlp", *map(str, arguments)])
        main(prog="allennlp")
        return capsys.readouterr().out

    return command


@pytest.fixture
def config(small_config, tmp_path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(small_config("base")))
    return path


def test_results_of_runs(command, archive, tmp_path) -> None:
    folder = archive.parent
    metrics = json.loads((folder / "metrics.json").read_text())
    printed = command("print-results", folder.parent, "--keys", "epoch", "nothing").splitlines()
    assert f"{folder}/metrics.json, {metrics['epoch']}, N/A" in printed
    (tmp_path / "empty").mkdir()
    for place, message in (
        (folder, "^--keys: found none, expected names of metrics, for example --keys best_epoch"),
        (tmp_path / "none", "none: found no such folder, expected that of a run"),
        (tmp_path / "empty", "empty: found no metrics.json in it, expected the folder of a run"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            command("print-results", place)


def test_overrides_are_applied(command, config, tmp_path) -> None:
    few = json.dumps({"train_data_path.target.max_sentences": 3})
    assert "contains 40 instances" in command("count-instances", config)
    assert "contains 3 instances" in command("count-instances", config, "-o", few)
    for name, overrides in (("all", ""), ("few", few)):
        command("build-vocab", config, tmp_path / f"{name}.tar.gz", "-o", overrides)
    sizes = [(tmp_path / f"{name}.tar.gz").stat().st_size for name in ("few", "all")]
    assert 0 < sizes[0] < sizes[1]


@pytest.mark.parametrize("name", ["count-instances", "build-vocab"])
def test_a_mistake_in_the_configuration_is_named(name, command, config, tmp_path) -> None:
    rest = [tmp_path / "vocabulary.tar.gz"] if name == "build-vocab" else []
    for overrides, message in (
        ({"train_data_path.target": "none.conll"}, "train_data_path.*none.conll"),
        ({"dataset_reader.coding": "XYZ"}, "dataset_reader.coding: found 'XYZ', expected"),
        ({"nothing.below": 1}, "--overrides: found the key 'nothing.below'"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            command(name, config, *rest, "-o", json.dumps(overrides))


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments, said",
    [
        (["diff", GOLDEN, "none.tar.gz"], "none.tar.gz: found no such file, expected the archive"),
        (["print-results", GOLDEN.parent], "found no metrics.json in it, expected the folder"),
        (["cached-path", "none.txt"], "file none.txt not found"),
        (["cached-path", "--remove"], "Missing positional argument"),
        (["build-vocab", "training_config/demo.jsonnet", "a.zip"], "should end with '.tar.gz'"),
        (["push-to-hf", "-n", "name", "-s", "none"], "none: found no"),
    ],
    ids=lambda each: each[0] if isinstance(each, list) else "",
)
def test_mistakes_as_they_are_shown(arguments: list[object], said: str) -> None:
    """From the start of Python on, which imports the plugin for some."""
    program = Path(sys.executable).parent / "allennlp"
    done = subprocess.run(
        [program, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert re.match(f"error: .*{re.escape(said)}", done.stderr.splitlines()[-1])
