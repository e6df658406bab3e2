"""
The command on the fixtures. It runs in this process, or in forks of it, so that it can be killed
and need not import everything anew.
"""

import argparse
import json
import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import install_sigterm_handler

from datnet_allennlp.commands.experiment import Experiment

FIXTURES = Path(__file__).parents[2] / "fixtures"
FORK = multiprocessing.get_context("fork")


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def command(*arguments):
    parser = argparse.ArgumentParser()
    Experiment().add_subparser(parser.add_subparsers())
    args = parser.parse_args(["experiment", *map(str, arguments)])
    args.func(args)


@pytest.fixture
def start():
    """Starts the command in a process of its own, which writes what it says to a file."""
    started = []

    def start(output, *arguments):
        def run():
            descriptor = os.open(output, os.O_WRONLY | os.O_CREAT)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            sys.stdout = sys.stderr = os.fdopen(1, "w")
            command(*arguments)

        process = FORK.Process(target=run)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()


@pytest.fixture
def spec(small_config, tmp_path):
    """Writes a specification: `spec({seed: overrides})`; each cell trains for a second."""

    def write(seeds, name="small"):
        config = small_config("base")
        config["train_data_path"]["target"]["max_sentences"] = 10
        config["trainer"].update(num_epochs=1, patience=None)
        cells = [
            {
                "factors": {"seed": seed},
                "config": config,
                "seed": seed,
                "overrides": overrides,
                "evaluate": {"test": {"path": str(FIXTURES / "target" / "test.conll")}},
            }
            for seed, overrides in seeds.items()
        ]
        path = tmp_path / f"{name}.jsonnet"
        path.write_text(json.dumps({"factors": {"seed": list(seeds)}, "cells": cells}))
        return path

    return write


def lines(name="small"):
    path = Path("results") / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def seeds_done(name="small"):
    return [line["factors"]["seed"] for line in lines(name)]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def runs_in(folder):
    """The processes that have an open file in a folder."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link).startswith(str(folder.resolve())):
                found.add(int(link.parts[2]))
        except OSError:
            continue
    return found - {os.getpid()}


@pytest.mark.long
def test_failures_do_not_stop_the_rest(spec, capfd):
    path = spec({1: {"trainer.optimizer.type": "none"}, 2: {}})
    with pytest.raises(SystemExit) as exit:
        command(path, "-s", "runs")
    assert exit.value.code == 1
    assert seeds_done() == [2]
    (failure,) = map(json.loads, Path("runs/failures.jsonl").read_text().splitlines())
    assert failure["factors"] == {"seed": 1}
    assert failure["reason"].startswith(
        "ConfigurationError: trainer.optimizer.type: found 'none', expected one of"
    )
    captured = capfd.readouterr()
    assert "done  seed=2: test F1" in captured.out
    assert "1 of 2 done, 1 failed" in captured.out
    assert (
        "1 of 2 cells failed:\n  seed=1: ConfigurationError: trainer.optimizer.type" in captured.err
    )
    log = Path("runs/cells") / failure["cell"][:16] / "log.txt"
    assert f"    {log}\n" in captured.err
    assert "Traceback" in log.read_text()

    # The next call tries the failed cell again, and no other.
    with pytest.raises(SystemExit):
        command(path, "-s", "runs")
    captured = capfd.readouterr()
    assert captured.out.startswith("small: 2 cells, 1 done, 1 at a time\nrun   seed=1\n")
    assert "run   seed=2" not in captured.out


@pytest.mark.long
def test_what_is_done_is_not_run_again(spec, capsys):
    command(spec({1: {}, 2: {}}), "-s", "runs", "--only", "seed=1")
    assert seeds_done() == [1]
    capsys.readouterr()

    # By another specification, with its folder elsewhere.
    other = spec({1: {}, 2: {"trainer.num_epochs": 2}}, name="other")
    command(other, "-s", "elsewhere", "--dry-run")
    (identity,) = [line["cell"][:16] for line in lines()]
    output = capsys.readouterr().out.splitlines()
    assert output[0] == f"done    {identity}  seed=1"
    assert output[1].startswith("to run  ")
    assert output[2] == "other: 2 cells, 1 done, 1 to run"
    assert lines("other") == []
    assert not Path("elsewhere").exists()

    command(other, "-s", "elsewhere", "--only", "s*=1")
    (line,) = lines("other")
    assert line == {**lines()[0], "spec": "other"}
    assert not Path("elsewhere").exists()


@pytest.mark.long
def test_a_torn_line_is_run_again(spec, capsys):
    path = spec({1: {}})
    command(path, "-s", "first")
    file = Path("results/small.jsonl")
    whole = file.read_text()
    file.write_text(whole[:100])
    command(path, "-s", "second")
    assert "small.jsonl, line 1: cut off while it was written; removed" in capsys.readouterr().out
    (line,) = lines()
    assert line["scores"] == json.loads(whole)["scores"]


def test_a_finished_cell_whose_line_is_missing(spec, capsys):
    """Its runner was killed between the two."""
    path = spec({1: {}})
    command(path, "-s", "runs")
    before = lines()
    Path("results/small.jsonl").unlink()
    capsys.readouterr()
    command(path, "-s", "runs")
    assert lines() == before
    assert "run " not in capsys.readouterr().out


@pytest.mark.process
def test_killed_and_gone_on_with_by_two_at_once(spec, start):
    cells = Path("runs/cells")
    long = {"trainer.num_epochs": 20}
    path = spec({1: {}, 2: long, 3: long, 4: {}})
    first = start("first", path, "-s", "runs")
    wait_for(lambda: len(lines()) == 1 and len(list(cells.glob("*/run/metrics_epoch_2.json"))) == 1)
    first.kill()
    first.join()
    assert seeds_done() == [1]
    done = lines()[0]
    (half,) = [each for each in cells.iterdir() if not (each / "cell.json").exists()]
    (half / "left over").touch()
    log = cells / done["cell"][:16] / "log.txt"
    written = log.stat().st_mtime_ns
    wait_for(lambda: not runs_in(half), 5)

    both = [start(name, path, "-s", "runs") for name in ("second", "third")]
    for process in both:
        process.join(60)
        assert process.exitcode == 0
    assert sorted(seeds_done()) == [1, 2, 3, 4]
    assert lines()[0] == done
    assert log.stat().st_mtime_ns == written
    assert not (half / "left over").exists()
    said = Path("second").read_text() + Path("third").read_text()
    for seed in (2, 3, 4):
        assert said.count(f"run   seed={seed}") == 1
    assert "run   seed=1" not in said
    for name in ("second", "third"):
        assert "4 of 4 done" in Path(name).read_text() or "by another" in Path(name).read_text()


@pytest.mark.process
def test_a_cell_that_fails_in_one_of_two_runners_is_not_run_by_the_other(spec, start):
    diverging = {"trainer.optimizer.lr": 1e38, "trainer.num_epochs": 4}
    path = spec({1: diverging})
    both = [start(name, path, "-s", "runs") for name in ("first", "second")]
    for process in both:
        process.join(60)
        assert process.exitcode == 1
    said = [Path(name).read_text() for name in ("first", "second")]
    assert "".join(said).count("run   seed=1") == 1
    (failure,) = map(json.loads, Path("runs/failures.jsonl").read_text().splitlines())
    assert "NaN" in failure["reason"] or "nan" in failure["reason"]
    assert all(failure["reason"] in text for text in said)


@pytest.mark.process
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal(number, exit_code, spec, start):
    path = spec({1: {"trainer.num_epochs": 500}})
    before = signal.getsignal(signal.SIGTERM)
    install_sigterm_handler()  # as AllenNLP's entry point does
    process = start("output", path, "-s", "runs")
    signal.signal(signal.SIGTERM, before)
    wait_for(lambda: list(Path("runs/cells").glob("*/run/metrics_epoch_0.json")))
    (cell,) = Path("runs/cells").iterdir()
    os.kill(process.pid, number)
    process.join(2)
    assert process.exitcode == exit_code
    wait_for(lambda: not runs_in(cell), 2)
    assert lines() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--workers", 0), "--workers: found 0, expected at least 1"),
        (("--only", "model=x"), "--only: found no cell like 'model=x', expected some as 'seed=1'"),
    ],
)
def test_bad_options(arguments, message, spec):
    with pytest.raises(ConfigurationError, match=message):
        command(spec({1: {}}), "-s", "runs", *arguments)
    assert not Path("runs").exists()
