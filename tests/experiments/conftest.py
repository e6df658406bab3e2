"""Small specifications on the fixtures."""

import json
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def cell_content(small_config):
    """What a specification says of a cell that trains the base model for one epoch, in a second."""

    def make(**factors):
        config = small_config("base")
        config["train_data_path"]["target"]["max_sentences"] = 10
        config["trainer"].update(num_epochs=1, patience=None)
        return {
            "factors": factors,
            "config": config,
            "evaluate": {
                name: {"path": str(FIXTURES / "target" / f"{name}.conll")}
                for name in ("dev", "test")
            },
        }

    return make


@pytest.fixture
def spec_file(cell_content, tmp_path):
    """Writes a specification of the base model with some seeds: `spec_file([1, 2], **cell)`."""

    def write(seeds, name="small", **content):
        cells = [{**cell_content(seed=seed), "seed": seed, **content} for seed in seeds]
        path = tmp_path / f"{name}.jsonnet"
        path.write_text(json.dumps({"factors": {"seed": seeds}, "cells": cells}))
        return path

    return write
