"""
What all tests need. The fixtures are in `shared_fixtures.py`, whose imports take seconds: with
pytest-xdist, the process that hands out the tests runs none and does without.
"""

import os

import hypothesis
import pytest

# How long an example takes says nothing where other processes run.
hypothesis.settings.register_profile("all", deadline=None)
# For `make test-quick`; a test that says how many examples it needs has as many.
hypothesis.settings.register_profile("quick", deadline=None, max_examples=25)
hypothesis.settings.load_profile("all")


def pytest_configure(config: pytest.Config) -> None:
    # Read when tqdm is imported: nobody sees the bars, and drawing them takes time.
    os.environ.setdefault("TQDM_DISABLE", "1")
    # In a worker, and without pytest-xdist, there is no such number; `-n 0` gives 0.
    if not config.getoption("numprocesses", default=None):
        config.pluginmanager.import_plugin("tests.shared_fixtures")
