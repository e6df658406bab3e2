"""
Training is killed somewhere, recovered, and compared, bit for bit, with the run that was not. Each
run is a fork of this process, which saves its start-up.

    pytest -m slow tests/training/test_kill_anywhere.py    # every write, 60 random moments
"""

import copy
import hashlib
import json
import os
import random
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allennlp.commands import main
from allennlp.commands.train import TrainModel
from allennlp.common import Params
from allennlp.common.util import prepare_environment

WRITES = {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir"}
NUM_MOMENTS = 60


class WriteCounter:
    """
    An audit hook and a replacement of `os.fsync` that kill the process before the given one of its
    writes in the folder, counted from 1.
    """

    def __init__(self, folder: Path, fatal: int = 0) -> None:
        self.folder = str(folder)
        self.fatal = fatal
        self.count = 0

    def install(self) -> None:
        sys.addaudithook(self.on_event)
        fsync = os.fsync

        def counted(descriptor: int) -> None:
            self.on_write()
            fsync(descriptor)

        os.fsync = counted

    def on_event(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in WRITES or not str(args[0]).startswith(self.folder):
            return
        if event != "open" or args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self.on_write()

    def on_write(self) -> None:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


class Training:
    """A configuration, the run of it that was not killed, and runs that are."""

    def __init__(self, config: dict[str, Any], folder: Path) -> None:
        self.folder = folder
        self._config_file = folder / "config.json"
        self._config_file.write_text(json.dumps(config))
        start = time.monotonic()
        self.whole = self.run("whole")
        self.duration = time.monotonic() - start
        self.num_writes = int((folder / "whole.writes").read_text())

    def run(
        self, name: str, *options: str, fatal_write: int = 0, fatal_size: int = 0, fatal_time=None
    ) -> Path:
        """Trains in a fork, which ends by a signal if it is to be killed and lives so long."""
        run = self.folder / name
        child = os.fork()
        if not child:
            status = 1
            try:
                # AllenNLP's own messages.
                log = os.open(self.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                os.dup2(log, 1)
                os.dup2(log, 2)
                sys.stdout = sys.stderr = open(log, "w")
                sys.argv = ["allennlp", "train", str(self._config_file), "-s", str(run), *options]
                writes = WriteCounter(run, fatal_write)
                writes.install()
                if fatal_size:
                    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
                    resource.setrlimit(resource.RLIMIT_FSIZE, (fatal_size, fatal_size))
                    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                main(prog="allennlp")
                (self.folder / f"{name}.writes").write_text(str(writes.count))
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                os._exit(status)
        if fatal_time is not None:
            time.sleep(fatal_time)
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        killed = fatal_write or fatal_size or fatal_time is not None
        assert status <= 0 if killed else status == 0, self.log(name)
        return run

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def check(self, name: str) -> None:
        """Goes on with a run to its end and compares it, but for old checkpoints."""
        run = self.folder / name
        # Before it has made its folder, nothing has begun.
        self.run(name, *(["--recover"] if run.exists() else []))
        found, expected = state_of(run), state_of(self.whole)
        assert {key: found.get(key) for key in expected} == expected, self.log(name)


def state_of(run: Path) -> dict[str, Any]:
    """All that a run leaves, but for times, memory and AllenNLP's log."""
    state: dict[str, Any] = {}
    for path in sorted(run.rglob("*")):
        name = str(path.relative_to(run))
        if path.suffix == ".json":
            values = json.loads(path.read_text()).items()
            state[name] = {k: v for k, v in values if not re.search("duration|memory", k)}
        elif name.startswith("training_state"):
            state[name] = None  # holds the metrics with their times
        elif path.is_file() and path.suffix != ".log":
            state[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return state


@pytest.fixture(scope="module")
def train(small_config, tmp_path_factory) -> Callable[..., Training]:
    """Trains a variant of the paper's configuration with all that draws random numbers."""

    def train(variant: str, num_workers: int = 0, **trainer: Any) -> Training:
        text = json.dumps(small_config(variant))
        config = json.loads(re.sub(r'"dropout": [\d.]+', '"dropout": 0.3', text))
        config["trainer"].update(num_epochs=3, **trainer)
        config["trainer"]["optimizer"]["lr"] = 0.02
        config["data_loader"]["num_workers"] = num_workers
        if "gradient_reversal" in config["model"]:
            config["model"]["gradient_reversal"] = {"type": "dann", "num_steps": 9}
        # Here, so that the forks find all kernels loaded.
        params = Params(copy.deepcopy(config))
        prepare_environment(params)
        folder = str(tmp_path_factory.mktemp("warm"))
        TrainModel.from_params(params=params, serialization_dir=folder, local_rank=0).run()
        return Training(config, tmp_path_factory.mktemp(variant))

    return train


@pytest.mark.process
def test_a_run_that_is_killed_six_times_ends_like_one_that_was_not(train) -> None:
    training = train("datnet_f")
    draw = random.Random("datnet_f")
    for _ in range(6):
        fatal = draw.randint(1, training.num_writes)
        recover = ["--recover"] if (training.folder / "killed").exists() else []
        training.run("killed", *recover, fatal_write=fatal)
    training.check("killed")


# What differs from the configuration of the paper, and in how many processes it is read.
SETTINGS = {
    "base": ("base", 0, {}),
    "base_at in workers": ("base_at", 2, {"patience": 1}),
    "datnet_f": ("datnet_f", 0, {}),
    "datnet_f accumulating": ("datnet_f", 2, {"num_gradient_accumulation_steps": 2}),
    "datnet_p": ("datnet_p", 0, {}),
    "datnet_p within epochs": (
        "datnet_p",
        0,
        {"checkpointer": {"type": "durable", "save_every_num_batches": 2}},
    ),
    "datnet_f averaging": (
        "datnet_f",
        0,
        {
            "moving_average": {"type": "exponential", "decay": 0.9},
            "num_gradient_accumulation_steps": 2,
            "checkpointer": {"type": "durable", "save_every_num_batches": 1},
        },
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_each_write_may_be_the_last(setting, train) -> None:
    variant, num_workers, trainer = SETTINGS[setting]
    training = train(variant, num_workers, **trainer)
    for write in range(1, training.num_writes + 1):
        training.run(f"write_{write}", fatal_write=write)
        training.check(f"write_{write}")


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
def test_random_moments(setting, train) -> None:
    variant, num_workers, trainer = SETTINGS[setting]
    training = train(variant, num_workers, **trainer)
    draw = random.Random(setting)
    for moment in range(NUM_MOMENTS):
        training.run(f"moment_{moment}", fatal_time=draw.uniform(0, training.duration))
        training.check(f"moment_{moment}")


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["base", "datnet_p"])
def test_files_are_cut_off_in_the_middle(variant, train) -> None:
    training = train(variant)
    largest = max(path.stat().st_size for path in training.whole.iterdir())
    draw = random.Random(variant)
    for size in sorted(draw.sample(range(1, largest), 20)):
        training.run(f"size_{size}", fatal_size=size)
        training.check(f"size_{size}")
