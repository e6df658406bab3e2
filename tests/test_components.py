"""Each line of docs/components.md is run, and what the README shows of a configuration."""

import json
import re
import shlex
import sys
from pathlib import Path

import _jsonnet
import pytest
from allennlp.commands import main
from allennlp.common import Params
from allennlp.common.params import with_overrides

ROOT = Path(__file__).parents[1]
LINES = re.findall(r"^\|.*\| `(.*)` \|$", (ROOT / "docs" / "components.md").read_text(), re.M)
OF_TRANSFORMER = [
    line for line in LINES if re.search(r"shared\.words|transformer|max_tokens", line)
]
OVERRIDES = [line for line in LINES if line.startswith("{") and line not in OF_TRANSFORMER]
MIXINS = [line for line in LINES if line.startswith("+")]
CONFIGURATIONS = [line for line in LINES if line.startswith("datnet.")]
# Blocks of code of the README that begin like a configuration.
BLOCKS = re.findall(r"```\n(local datnet = .*?)```", (ROOT / "README.md").read_text(), re.S)
ARGUMENTS = [line for line in LINES if line.startswith(("'{", "data/"))]


def on_fixtures(config, tmp_path, as_small):
    text = json.dumps(config)
    (tmp_path / "tweets.txt").write_text("Nora lands in Oslo\nrain in Lisbon today\n")
    return as_small(text.replace("tweets.txt", str(tmp_path / "tweets.txt")))


def evaluate(expression):
    text = expression
    if not text.startswith("local datnet = "):
        text = f"local datnet = import 'datnet.libsonnet';\n{expression}"
    path = str(ROOT / "training_config" / "snippet.jsonnet")
    return json.loads(_jsonnet.evaluate_snippet(path, text))


def first_losses(run):
    """A step of training on the first batch of each kind."""
    losses = {}
    for batch in run.trainer.data_loader:
        [resource] = set(batch["resource"])
        if resource not in losses:
            losses[resource] = run.model.train()(**batch)["loss"]
            losses[resource].backward()
    return losses


def test_there_is_a_line_of_each_kind():
    kinds = (OVERRIDES, OF_TRANSFORMER, MIXINS, CONFIGURATIONS, ARGUMENTS)
    assert len(LINES) == sum(map(len, kinds))
    assert min(map(len, kinds)) >= 3
    assert BLOCKS


@pytest.mark.long
@pytest.mark.parametrize("line", OVERRIDES)
def test_an_override(line, tmp_path, as_small, build):
    file = ROOT / "training_config" / "datnet_f_wnut17.jsonnet"
    plain = Params.from_file(str(file)).as_dict(quiet=True)
    changed = with_overrides(plain, json.loads(line))
    if "conll_columns" not in line:  # which it is already
        assert changed != plain
    run = build(on_fixtures(changed, tmp_path, as_small))
    assert all(loss.isfinite() for loss in first_losses(run).values())


@pytest.mark.long
@pytest.mark.parametrize("line", OF_TRANSFORMER)
def test_an_override_of_a_transformer(line, tmp_path, as_small, build, tiny_transformer):
    file = ROOT / "training_config" / "datnet_f_wnut17_transformer.jsonnet"
    variables = {"MODEL": tiny_transformer("bert")}
    plain = Params.from_file(str(file), ext_vars=variables).as_dict(quiet=True)
    changed = with_overrides(plain, json.loads(line))
    assert changed != plain
    run = build(on_fixtures(changed, tmp_path, as_small))
    for callback in run.trainer._callbacks:  # adversarial training looks up its modules then
        callback.on_start(run.trainer)
    assert all(loss.isfinite() for loss in first_losses(run).values())


@pytest.mark.long
@pytest.mark.parametrize("line", MIXINS)
def test_a_mixin(line, tmp_path, as_small, build):
    plain = evaluate("datnet.datnet_f(datnet.wnut17)")
    changed = evaluate(f"datnet.datnet_f(datnet.wnut17) {line}")
    assert changed != plain
    run = build(on_fixtures(changed, tmp_path, as_small))
    losses = first_losses(run)
    assert ("unlabelled" in losses) == ("unlabelled" in line)
    assert all(loss.isfinite() for loss in losses.values())


@pytest.mark.parametrize("line", CONFIGURATIONS + BLOCKS)
def test_a_configuration(line, tmp_path, as_small, build):
    run = build(on_fixtures(evaluate(line), tmp_path, as_small))
    losses = first_losses(run)
    assert set(losses) == set(run.model.decoders)
    assert all(loss.isfinite() for loss in losses.values())


@pytest.mark.long
@pytest.mark.parametrize("line", ARGUMENTS)
def test_evaluate(line, archive, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "conll2003").symlink_to(ROOT / "fixtures" / "source")
    (tmp_path / "data" / "wnut2017").symlink_to(ROOT / "fixtures" / "target")
    monkeypatch.chdir(tmp_path)
    options = [] if "--output-file" in line else ["--output-file", "scores.json"]
    arguments = ["allennlp", "evaluate", str(archive), *shlex.split(line), *options]
    monkeypatch.setattr(sys, "argv", arguments)
    main(prog="allennlp")
    scores = {path.name: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    if not options:
        assert scores["dev.json"] != scores["test.json"]
        return
    for resource in ("source", "target"):
        assert (f"tag_loss_{resource}" in scores["scores.json"]) == (f'"{resource}"' in line)
