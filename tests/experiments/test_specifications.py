"""The specifications of `training_config/experiments`, which need no corpora to be read."""

from pathlib import Path

import pytest

from datnet_allennlp.experiments.combinations import COMBINATIONS
from datnet_allennlp.experiments.report.plan import read_plans
from datnet_allennlp.experiments.report.settings import Settings

PATHS = sorted((Path(__file__).parents[2] / "training_config" / "experiments").glob("*.jsonnet"))


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of a transformer, for the specification that asks for one."""
    monkeypatch.setenv("MODEL", "a-model")


@pytest.mark.long
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_each_can_be_planned_and_reported(path: Path) -> None:
    ((name, plan),) = read_plans([path]).items()
    assert name == path.stem
    labels = [tuple(cell["factors"].items()) for cell in plan["cells"]]
    assert len(set(labels)) == len(labels) > 0
    for factor, levels in plan["factors"].items():
        assert {cell["factors"][factor] for cell in plan["cells"]} == set(levels)
    for factor, level in plan.get("baseline", {}).items():
        assert level in plan["factors"][factor]
    Settings.read(str(path), plan.get("report", {}), plan["factors"])


def test_the_fourteen_models_are_what_their_names_say() -> None:
    (path,) = (path for path in PATHS if path.stem == "quick_table3_wnut16")
    (plan,) = read_plans([path]).values()
    assert plan["factors"]["model"] == list(COMBINATIONS)
    discriminators = {"none": None, "AD": "cross_entropy", "GRAD": "grad"}
    encoders = {"base": "shared", "F": "shared", "P": "shared_private"}
    for cell in plan["cells"]:
        parts, config = COMBINATIONS[cell["factors"]["model"]], cell["config"]
        model = config["model"]
        assert model.get("discriminator", {}).get("type") == discriminators[parts["discriminator"]]
        assert model["encoder"]["type"] == encoders[parts["architecture"]]
        assert ("source" in config["train_data_path"]) == (parts["architecture"] != "base")
        callbacks = {callback["type"] for callback in config["trainer"]["callbacks"]}
        assert ("adversarial_training" in callbacks) == (parts["AT"] == "AT")
