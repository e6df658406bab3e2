"""A process that is forked from a prepared one is like one that was started."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.process
ROOT = Path(__file__).parents[2]
ALLENNLP = Path(sys.executable).parent / "allennlp"

# A command that shows what a process knows of itself, waits, or ends in one of several ways.
PLUGIN = """
import atexit, gc, json, logging, os, signal, sys, tempfile, time, warnings
import torch
from allennlp.commands.subcommand import Subcommand
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError


def state():
    import datnet_allennlp

    root = logging.getLogger()
    return {
        "argv": sys.argv,
        "environment": dict(os.environ),
        "executable": sys.executable,
        "excepthook": sys.excepthook.__qualname__,
        "filters": sorted(map(str, warnings.filters)),
        "folder": os.getcwd(),
        "frozen": gc.get_freeze_count() > 0,
        "handlers": [(type(h).__name__, h.level, len(h.filters)) for h in root.handlers],
        "level": root.level,
        "modules": sorted(name for name in sys.modules if name.startswith(("allennlp", "datnet"))),
        "names": sorted(str(c) + n for c, names in Registrable._registry.items() for n in names),
        "package": datnet_allennlp.__file__,
        "path": sorted(set(sys.path)),
        "signals": [str(signal.getsignal(n)).split(" at ")[0] for n in (2, 13, 15)],
        "streams": [
            (s.encoding, s.errors, s.fileno(), s.isatty(), s.line_buffering, s.write_through)
            + (type(s.buffer).__name__,)
            for s in (sys.stdin, sys.stdout, sys.stderr)
        ],
        "temporary": tempfile.gettempdir(),
        "threads": torch.get_num_threads(),
    }


@Subcommand.register("show")
class Show(Subcommand):
    def add_subparser(self, parser):
        parser = parser.add_parser(self.name)
        parser.add_argument("way")
        parser.set_defaults(func=self.run)
        return parser

    def run(self, args):
        atexit.register(print, "the end")
        if args.way == "state":
            print(json.dumps({**state(), "input": sys.stdin.read()}))
        elif args.way == "mark":
            print(getattr(torch, "marked", None), os.environ.get("MARK"))
            torch.marked, os.environ["MARK"] = True, "1"
        elif args.way == "wait":
            print(os.getpid(), flush=True)
            time.sleep(60)
        elif args.way == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            raise eval(args.way)
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "show.py").write_text(PLUGIN)
    (tmp_path / ".allennlp_plugins").write_text("show\ndatnet_allennlp.plugin\n")
    (tmp_path / "temporary").mkdir()
    return tmp_path


@pytest.fixture
def start(folder):
    def start(command, way: str, **environment: str) -> subprocess.Popen:
        return subprocess.Popen(
            [*command, "show", way],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{folder}", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    return start


def test_it_knows_of_itself_what_a_started_process_knows(start, prepared_allennlp, folder) -> None:
    given = {"DATNET_KERNELS": "0", "OMP_NUM_THREADS": "2", "PYTHONUNBUFFERED": "1"}
    given["TMPDIR"] = str(folder / "temporary")
    found = []
    for command in ([str(ALLENNLP)], prepared_allennlp):
        process = start(command, "state", **given)
        output, errors = process.communicate("Zoë")
        assert process.returncode == 0, errors
        known, end = output.splitlines()
        assert end == "the end"
        found.append(json.loads(known))
        found[-1]["path"] = list(dict.fromkeys(found[-1]["path"]))
    assert found[1] == found[0]
    assert found[0]["input"] == "Zoë" and found[0]["threads"] == 2


@pytest.mark.parametrize(
    ("way", "status", "said", "error"),
    [
        ("SystemExit", 0, ["the end"], ""),
        ("SystemExit(7)", 7, ["the end"], ""),
        ("SystemExit('no boat')", 1, ["the end"], "no boat\n"),
        ("ConfigurationError('no boat')", 1, ["the end"], "error: no boat\n"),
        ("KeyError('no boat')", 1, ["the end"], "KeyError: 'no boat'\n"),
        ("KeyboardInterrupt", -signal.SIGINT, ["the end"], "stopped\n"),
        ("killed", -signal.SIGKILL, [], ""),
    ],
)
def test_it_ends_as_a_started_process_does(
    way: str, status: int, said: list[str], error: str, start, prepared_allennlp
) -> None:
    process = start(prepared_allennlp, way)
    output, errors = process.communicate()
    assert (process.returncode, output.splitlines()) == (status, said)
    assert errors.endswith(error)
    assert ("Traceback" in errors) == way.startswith("KeyError")


def test_it_sees_nothing_of_one_before(start, prepared_allennlp) -> None:
    for _ in range(2):
        assert start(prepared_allennlp, "mark").communicate()[0].splitlines()[0] == "None None"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_reaches_it(number: signal.Signals, start, prepared_allennlp) -> None:
    process = start(prepared_allennlp, "wait")
    other = start(prepared_allennlp, "wait")
    pid, pid_of_other = int(process.stdout.readline()), int(other.stdout.readline())
    process.send_signal(number)
    process.communicate(timeout=60)
    # The command makes an error of SIGTERM.
    assert process.returncode == (128 + number if number == signal.SIGTERM else -number)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.01)
    assert Path(f"/proc/{pid_of_other}").exists()
    other.kill()
    other.communicate()


def test_what_is_read_at_the_start_is_refused(start, prepared_allennlp) -> None:
    process = start(prepared_allennlp, "state", PYTHONHASHSEED="7")
    assert "PYTHONHASHSEED: is read at the start" in process.communicate()[1]
    assert process.returncode == 1
