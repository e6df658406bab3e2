"""An archive of an earlier release still loads, and says the same."""

import importlib.util
import json
from pathlib import Path

import pytest

from datnet_allennlp.archive import load

FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_golden_archive() -> None:
    specification = importlib.util.spec_from_file_location("golden", FIXTURES / "make_golden.py")
    make_golden = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(make_golden)
    path = FIXTURES / "golden" / "model.tar.gz"
    assert path.stat().st_size < 300_000
    expected = json.loads((path.parent / "expected.json").read_text(encoding="utf-8"))
    found = make_golden.answers(load(path))
    assert {tag for answer in expected for tag in answer["tags"]} > {"O"}  # it says something
    for answer, other in zip(found, expected, strict=True):
        assert answer["tags"] == other["tags"]
        for scores, others in zip(answer["scores"], other["scores"], strict=True):
            assert scores == pytest.approx(others, abs=1e-5)
