import copy
import json
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.spec import load_spec

CONFIG = {
    "train_data_path": {"target": "train.conll"},
    "model": {"type": "datnet_tagger", "embedder": {"pretrained_file": "vectors.txt"}},
    "trainer": {"num_epochs": 2, "callbacks": [{"type": "adversarial_training"}]},
}
SPEC = {
    "factors": {"model": ["Base", "DATNet-F"], "size": [10, 50]},
    "baseline": {"model": "Base"},
    "cells": [
        {"factors": {"size": 10, "model": "Base"}, "config": CONFIG},
        {
            "factors": {"model": "DATNet-F", "size": 10},
            "config": "config.jsonnet",
            "overrides": {"trainer.num_epochs": 3, "trainer.callbacks.0.type": "other"},
            "seed": 7,
            "evaluate": {
                "test": {"path": "test.conll"},
                "source": {"resource": "source", "path": "train.conll"},
            },
            "record_test_each_epoch": True,
        },
    ],
}


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    """The configuration lies beside the specification, the data in the working folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("train.conll", "test.conll", "vectors.txt"):
        Path(name).write_text(name)
    Path("specs").mkdir()
    Path("specs/config.jsonnet").write_text(f"{json.dumps(CONFIG)} + {{ more: 1 + 1 }}")


def load(content, name="grid.jsonnet"):
    path = Path("specs") / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return load_spec(path)


def test_a_specification():
    spec = load(SPEC)
    assert spec.name == "grid"
    assert spec.factors == SPEC["factors"]
    assert spec.baseline == {"model": "Base"}
    first, second = spec.cells
    assert first.label == "model=Base,size=10"
    assert first.config == CONFIG
    assert (first.seed, first.evaluate, first.keep_model) == (None, {}, False)
    assert set(first.data) == {"train.conll", "vectors.txt"}
    assert second.config == {
        **CONFIG,
        "trainer": {
            "num_epochs": 3,
            "callbacks": [
                {"type": "other"},
                {"type": "score_each_epoch", "resource": "target", "path": "test.conll"},
            ],
        },
        "more": 2,
        "random_seed": 7,
        "numpy_seed": 7,
        "pytorch_seed": 7,
    }
    assert second.evaluate["test"] == {"resource": "target", "path": "test.conll"}
    assert set(second.data) == {"train.conll", "vectors.txt", "test.conll"}


def test_a_name_of_its_own():
    assert load({**SPEC, "name": "table_3"}).name == "table_3"


DELETE = object()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("name", "a/b", r"name: found 'a/b', expected letters"),
        ("grid", {}, r"found the key 'grid', expected one of .*'factors'"),
        ("cells", [], r"cells: found none"),
        ("cells", DELETE, r"found no key 'cells'"),
        ("factors.size", [10, 10], r"factors: found .*\[10, 10\].*expected .* different"),
        ("factors.size", [[10]], r"factors: found .*\[\[10\]\]"),
        ("baseline.model", "base", r'baseline: model: found "base", expected one of \["Base"'),
        ("baseline.kind", "Base", r"baseline: found the factor 'kind', expected .*'model', 'size'"),
        ("cells.0.model", {}, r"cell 1: found the key 'model', expected one of .*'config'"),
        ("cells.0.config", DELETE, r"cell 1: found no key 'config'"),
        ("cells.0.factors.size", DELETE, r"cell 1: factors: found no 'size'"),
        ("cells.0.factors.size", 20, r"cell 1: factors: size: found 20, expected one of \[10, 50"),
        ("cells.0.factors.size", True, r"cell 1: factors: size: found true"),
        ("cells.0.factors.pair", 1, r"cell 1: factors: found the factor 'pair', expected one of"),
        ("cells.0.config", 3, r"cell 1 \(model=Base,size=10\): config: found 3"),
        ("cells.0.config", "no.jsonnet", r"cell 1 .*: config: found no file 'specs/no.jsonnet'"),
        ("cells.1.overrides", {"trainer.optimizer.lr": 1}, r"cell 2 .*overrides: .*optimizer"),
        ("cells.1.overrides", {"modle.type": 1}, r"cell 2 .*: overrides: .*unused .*'modle.type'"),
        ("cells.1.overrides", {"model.type.x": 1}, r"cell 2 .*: overrides: .*'model.type"),
        ("cells.1.overrides", {"trainer.callbacks.1.type": "x"}, r"overrides: .*callbacks.1.type"),
        ("cells.1.overrides", 1, r"cell 2 .*: overrides: found 1, expected an object"),
        ("cells.1.seed", 1.5, r"cell 2 .*: seed: found 1.5, expected a whole number"),
        ("cells.1.evaluate.test.path", "no", r"cell 2 .*: evaluate.test.path: found 'no'"),
        ("cells.1.evaluate.test.path", 1, r"cell 2 .*: evaluate.test: found .*1.*expected texts"),
        ("cells.1.evaluate.test.file", "no", r"cell 2 .*: evaluate.test: found the key 'file'"),
        ("cells.1.evaluate.test", DELETE, r"record_test_each_epoch: found no evaluate.test"),
        ("cells.1.record_test_each_epoch", 1, r"record_test_each_epoch: found 1, expected true"),
        ("cells.0.config.train_data_path.target", "no.conll", r"target: found 'no.conll', which"),
        ("cells.0.config.model.embedder.pretrained_file", "no.gz", r"pretrained_file: found 'no"),
        ("cells.1.factors.model", "Base", r"found two cells model=Base,size=10, expected one"),
        (
            "cells.1",
            {"factors": {"model": "Base", "size": 50}, "config": CONFIG},
            r"cells model=Base,size=10 and model=Base,size=50 are the same training",
        ),
    ],
)
def test_mistakes(key, value, message):
    content = copy.deepcopy(SPEC)
    *parents, last = [int(part) if part.isdigit() else part for part in key.split(".")]
    place = content
    for part in parents:
        place = place[part]
    if value is DELETE:
        del place[last]
    else:
        place[last] = value
    with pytest.raises(ConfigurationError, match=r"^specs/grid\.jsonnet: .*" + message):
        load(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{ a: ", "STATIC ERROR"),
        ("[]", r"found \[\], expected an object"),
        ("{ a: error 'missing' }", "RUNTIME ERROR: missing"),
    ],
)
def test_no_jsonnet(content, message):
    with pytest.raises(ConfigurationError, match=f"grid.jsonnet.* {message}"):
        load(content)


def test_no_file():
    with pytest.raises(ConfigurationError, match="found no file 'none.jsonnet'"):
        load_spec(Path("none.jsonnet"))


def test_the_demo(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    spec = load_spec(Path("training_config/experiments/demo.jsonnet"))
    assert [cell.label for cell in spec.cells] == [
        "model=Base,seed=1",
        "model=Base,seed=2",
        "model=DATNet-F,seed=1",
        "model=DATNet-F,seed=2",
    ]
    assert [list(cell.evaluate) for cell in spec.cells[1:3]] == [
        ["dev", "test"],
        ["dev", "source", "test"],
    ]
    assert all(cell.config["trainer"]["num_epochs"] == 3 for cell in spec.cells)
    assert [cell.config["pytorch_seed"] for cell in spec.cells] == [1, 2, 1, 2]
