"""Training on the source alone, then on the target: the configurations as they are used."""

import json
from pathlib import Path

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params

from datnet_allennlp import Tagger

ROOT = Path(__file__).parents[1]


@pytest.fixture
def small(as_small, tmp_path):
    """A file of `training_config` on the fixtures, from and to folders of the test's own."""

    def small(name: str) -> dict:
        params = Params.from_file(str(ROOT / "training_config" / f"{name}.jsonnet"))
        text = json.dumps(params.as_dict(quiet=True))
        # The fixtures' target is tagged as WNUT-2017.
        types = json.dumps(
            ["corporation", "creative-work", "group", "location", "person", "product"]
        )
        config = as_small(text.replace("data/wnut2016", "data/wnut2017"))
        config["dataset_reader"]["readers"]["target"]["entity_types"] = json.loads(types)
        return json.loads(json.dumps(config).replace("data/models", str(tmp_path)))

    return small


@pytest.mark.long
def test_the_target_starts_where_the_source_ended(small, tmp_path):
    source = small("source_wnut16")
    train_model(Params(source), str(tmp_path / "source_wnut16"))
    metrics = json.loads((tmp_path / "source_wnut16" / "metrics.json").read_text())
    assert "training_tag_loss_source" in metrics and "training_tag_loss_target" not in metrics
    assert metrics["best_validation_source/f1-measure-overall"] > 0
    tagged = Tagger.load(tmp_path / "source_wnut16")("Mia Torres sails to Dublin")
    assert {entity.type for entity in tagged.entities} <= {"LOC", "MISC", "ORG", "PER"}

    target = small("fine_tuned_wnut16_100")
    target["trainer"]["optimizer"]["lr"] = 1e-30
    train_model(Params(target), str(tmp_path / "target"))
    metrics = json.loads((tmp_path / "target" / "metrics.json").read_text())
    assert "training_tag_loss_target" in metrics and "training_tag_loss_source" not in metrics
    before, after = (
        torch.load(tmp_path / name / "best.th") for name in ("source_wnut16", "target")
    )
    assert before.keys() == after.keys()
    assert all(torch.allclose(before[key], after[key], rtol=0, atol=1e-20) for key in before)
