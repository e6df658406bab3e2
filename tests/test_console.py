"""What the `allennlp` command prints about a mistake, seen from outside."""

import io
import logging
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from allennlp.common import Tqdm
from allennlp.common import logging as common_logging
from allennlp.common.checks import ConfigurationError
from allennlp.training import util as training_util

from datnet_allennlp import console

ROOT = Path(__file__).parents[1]


@pytest.fixture
def train(prepared_allennlp: list[str], tmp_path: Path):
    def train(config: Path, overrides: str) -> subprocess.CompletedProcess:
        arguments = [config, "--serialization-dir", tmp_path / "run", "--overrides", overrides]
        return subprocess.run(
            [*prepared_allennlp, "train", *arguments],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            encoding="utf-8",
        )

    return train


@pytest.mark.process
def test_a_mistake_in_the_data_ends_with_its_message_alone(train, tmp_path: Path) -> None:
    bad = tmp_path / "bad.conll"
    bad.write_text("Lisbon\tB-location\nis\n")
    overrides = f'{{"train_data_path.target": "{bad}"}}'
    finished = train(ROOT / "training_config" / "demo.jsonnet", overrides)
    assert finished.returncode == 1
    assert f"error: {bad}:2: found 1 column" in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr


@pytest.mark.process
def test_a_mistake_in_the_configuration_ends_with_its_message_alone(train, tmp_path: Path) -> None:
    config = tmp_path / "bad.jsonnet"
    config.write_text("{ model: ")
    finished = train(config, "{}")
    assert finished.returncode == 1
    assert finished.stderr.splitlines()[-1].startswith(f"error: STATIC ERROR: {config}:1:")
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    "error, message",
    [
        (
            RuntimeError("RUNTIME ERROR: undefined external variable: MODEL\n\ta.jsonnet:3:5\tx\n"),
            "found no environment variable MODEL, expected it .*: MODEL=VALUE allennlp",
        ),
        (
            RuntimeError("RUNTIME ERROR: Field does not exist: x\n\ta.jsonnet:(3:5)-(4:6)\tx\n"),
            r"RUNTIME ERROR: Field does not exist: x \(a.jsonnet:\(3:5\)-\(4:6\)\)$",
        ),
        (ModuleNotFoundError("No module", name="mine"), "--include-package: found no package 'mi"),
        (FileNotFoundError("file none.th not found"), "file none.th not found$"),
        (PermissionError(13, "Permission denied", "/a/m.json"), "/a/m.json: Permission denied$"),
        (OSError(28, "No space left on device", "x_data/a.conll"), "x_data/a.conll: No space left"),
        (OSError(28, "No space left on device"), "No space left on device$"),
        (ConfigurationError("a: found 'b\nerror: c\x1b[2J'"), r"a: found 'b error: c\\x1b\[2J'$"),
    ],
)
def test_errors_of_others_that_are_mistakes(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["allennlp", "a", "/a/m.json", "mine"])
    assert console._is_mistake(error)
    assert re.match(message, console._message(error))
    assert not console._is_mistake(ModuleNotFoundError("No module", name="other"))
    assert not console._is_mistake(FileNotFoundError(2, "No such file", "a.txt"))


@pytest.mark.parametrize(
    "program, is_command",
    [
        ("/usr/bin/allennlp", True),
        ("C:/Scripts/allennlp.exe", True),
        ("/lib/python3.11/site-packages/allennlp/__main__.py", True),
        ("notebook", False),
        ("/home/me/__main__.py", False),
        ("allennlp/train.py", False),
    ],
)
def test_which_processes_run_the_command(
    program: str, is_command: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [program])
    assert console.is_command() == is_command


@pytest.mark.parametrize(
    "level, name, message, is_shown",
    [
        (logging.WARNING, "allennlp.x", "The discriminator has collapsed", True),
        (logging.INFO, "allennlp.x", "Beginning training.", False),
        (logging.INFO, "datnet_allennlp.training.progress_lines", "epoch 1 of 2", True),
        (logging.WARNING, "allennlp.x", "Worker 0 completed its entire epoch (validation).", False),
        (logging.WARNING, "allennlp.x", "Parameter local_rank for class T was found in", False),
    ],
)
def test_the_screen_shows_what_a_person_can_act_on(level, name, message, is_shown) -> None:
    record = logging.LogRecord(name, level, __file__, 1, message, None, None)
    assert console._is_for_a_person(record) == is_shown


def test_hides_only_what_allennlp_provokes() -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        console.hide_warnings()
        warnings.warn(
            "`torch.cuda.amp.autocast(args...)` is deprecated.", FutureWarning, stacklevel=1
        )
        warnings.warn("`torch.cuda.amp.autocast(args...)` is broken.", UserWarning, stacklevel=1)
        warnings.warn("something else is deprecated", FutureWarning, stacklevel=1)
    assert [str(warning.message) for warning in shown] == [
        "`torch.cuda.amp.autocast(args...)` is broken.",
        "something else is deprecated",
    ]


@pytest.mark.parametrize(
    "command, is_calm",
    [("train", True), ("predict", True), ("tag", True), ("evaluate", False), ("nothing", False)],
)
def test_which_commands_say_what_they_have_to_say_by_themselves(
    command: str, is_calm: bool
) -> None:
    assert console._is_calm(command) is is_calm


@pytest.mark.parametrize("is_screen", [True, False])
def test_bars_only_on_a_screen(is_screen: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLENNLP_LOG_LEVEL", "WARNING")  # which changes nothing of it
    screen = io.StringIO()
    screen.isatty = lambda: is_screen
    monkeypatch.setattr(sys, "argv", ["allennlp", "train"])
    monkeypatch.setattr(sys, "stderr", screen)
    # To be put back.
    monkeypatch.setattr(common_logging, "prepare_global_logging", None)
    monkeypatch.setattr(training_util, "description_from_metrics", None)
    monkeypatch.setattr(Tqdm, "tqdm", staticmethod(Tqdm.tqdm))
    console.calm_screen()
    assert list(Tqdm.tqdm(range(2), disable=False)) == [0, 1]
    assert bool(screen.getvalue()) == is_screen
