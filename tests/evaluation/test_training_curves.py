import json

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.evaluation.training_curves import training_curves


def test_in_the_order_of_the_epochs(tmp_path) -> None:
    for epoch in (0, 2, 10):
        metrics = {"training_loss": 1.0 / (1 + epoch), "duration": "0:01", "x": float("nan")}
        (tmp_path / f"metrics_epoch_{epoch}.json").write_text(json.dumps(metrics))
    (tmp_path / "metrics_epoch_x.json").write_text("{")
    expected = {"training_loss": [(0, 1.0), (2, 1 / 3), (10, 1 / 11)]}
    assert training_curves(tmp_path) == training_curves(tmp_path / "model.tar.gz") == expected


def test_without_metrics(tmp_path) -> None:
    assert training_curves(tmp_path / "model.tar.gz") == {}


@pytest.mark.parametrize("text, found", [("{", "no JSON"), ("[]", "no object")])
def test_broken_metrics(tmp_path, text, found) -> None:
    (tmp_path / "metrics_epoch_0.json").write_text(text)
    with pytest.raises(ConfigurationError, match=f"metrics_epoch_0.json: found {found}"):
        training_curves(tmp_path)
