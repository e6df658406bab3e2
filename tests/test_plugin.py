"""What importing the package changes in a process, and what its plugin does."""

import gc
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from datnet_allennlp import plugin

# The libraries that the package imports come first, for some change the filters of warnings.
STATE = """
import gc, logging, sys, warnings
import allennlp.commands, allennlp_models.tagging, filelock, nltk.tokenize, numba, numpy
import scipy.stats, seqeval.metrics, sklearn.metrics, torch, tqdm
sys.argv[0] = "/usr/bin/allennlp"

def state():
    root = logging.getLogger()
    return {
        "warnings": list(warnings.filters),
        "excepthook": sys.excepthook,
        "frozen": gc.get_freeze_count(),
        "collects": gc.isenabled(),
        "logging": (list(root.filters), list(root.handlers), root.level),
        "threads": torch.get_num_threads(),
    }

before = state()
import datnet_allennlp
changed = [key for key, value in state().items() if value != before[key]]
print("package:", *changed)
from allennlp.models import Model
assert Model.by_name("datnet_tagger")
import datnet_allennlp.plugin
changed = [key for key, value in state().items() if value != before[key]]
print("plugin:", *changed)
"""


@pytest.mark.process
def test_importing_the_package_registers_its_classes_and_does_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STATE],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "package:",
        "plugin: warnings excepthook frozen",
    ]


@pytest.mark.parametrize("program", ["notebook", "/usr/bin/pytest", "/home/me/__main__.py", ""])
def test_other_programs_are_left_alone(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [program])
    gc.unfreeze()
    before = sys.excepthook, list(warnings.filters)
    plugin.install()
    assert (sys.excepthook, list(warnings.filters)) == before
    assert gc.get_freeze_count() == 0
