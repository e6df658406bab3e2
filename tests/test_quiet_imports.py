"""`scripts/quiet_imports.pth`, which Python runs at its start."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"


@pytest.mark.process
@pytest.mark.parametrize(("given", "expected"), [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_waiting_threads_do_not_spin_for_long(given: dict[str, str], expected: str) -> None:
    code = (
        f"import os, site; site.addsitedir({str(SCRIPTS)!r}); print(os.environ['GOMP_SPINCOUNT'])"
    )
    environment = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"} | given
    # -S: without the copy that the virtual environment holds.
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    assert done.stdout.split() == [expected], done.stderr


@pytest.mark.process
def test_plugins_that_are_there_are_not_announced() -> None:
    code = (
        f"import site; site.addsitedir({str(SCRIPTS)!r})\n"
        "import logging; logging.basicConfig(level='INFO')\n"
        "for name in ('allennlp.common.plugins', 'allennlp.other'):\n"
        "    logging.getLogger(name).info('said by %s', name)"
    )
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert "said by allennlp.other" in done.stderr
    assert "said by allennlp.common.plugins" not in done.stderr


@pytest.mark.process
@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        ("KeyboardInterrupt", -signal.SIGINT, "\nstopped\n"),
        ("SigTermReceived", 143, "\nstopped\n"),
        ("ZeroDivisionError", 1, "Traceback"),
    ],
)
def test_the_command_is_stopped_while_it_imports(
    raised: str, status: int, said: str, tmp_path: Path
) -> None:
    program = tmp_path / "allennlp"
    program.write_text(
        f"import site; site.addsitedir({str(SCRIPTS)!r})\n"
        "class SigTermReceived(Exception): pass\n"
        f"raise {raised}"
    )
    done = subprocess.run([sys.executable, "-S", program], capture_output=True, encoding="utf-8")
    assert done.returncode == status
    assert done.stderr.startswith(said) and ("Traceback" in done.stderr) == (said == "Traceback")
