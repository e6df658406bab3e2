"""Components that AllenNLP registers train and go on, with the versions that are installed."""

import copy
import json

import pytest
from allennlp.commands import train
from allennlp.common import Params

SCHEDULER = ("trainer", "learning_rate_scheduler")
PLATEAU = {"type": "reduce_on_plateau", "mode": "max", "patience": 0, "threshold": 10.0}


@pytest.mark.long
@pytest.mark.parametrize(
    "place, value",
    [
        (SCHEDULER, PLATEAU),
        (SCHEDULER, {"type": "cosine", "t_initial": 4}),
        (("model", "encoder"), {"type": "augmented_lstm", "hidden_size": 6}),
        (
            ("trainer", "optimizer"),
            {
                "type": "multi",
                "optimizers": {"default": "adam", "slow": {"type": "sgd", "lr": 0.1}},
                "parameter_groups": [[["encoder"], {"optimizer_name": "slow"}]],
            },
        ),
    ],
    ids=["reduce_on_plateau", "cosine", "augmented_lstm", "multi"],
)
def test_it_trains_and_goes_on(place, value, small_config, tmp_path) -> None:
    config = copy.deepcopy(small_config("base"))
    config[place[0]][place[1]] = value
    folder = tmp_path / "run"
    train.train_model(Params(copy.deepcopy(config)), str(folder))
    config["trainer"]["num_epochs"] = 3
    (folder / "config.json").write_text(json.dumps(config))
    model = train.train_model(Params(copy.deepcopy(config)), str(folder), recover=True)
    assert all(parameter.isfinite().all() for parameter in model.parameters())


def test_the_learning_rate_falls_where_dev_gets_no_better(small_config, build) -> None:
    config = copy.deepcopy(small_config("base"))
    config["trainer"]["learning_rate_scheduler"] = PLATEAU
    run = build(config)
    rate = run.trainer.optimizer.param_groups[0]["lr"]
    for metric in (0.1, 0.2, 0.1):  # better by less than the threshold
        run.trainer._learning_rate_scheduler.step(metric)
    assert run.trainer.optimizer.param_groups[0]["lr"] == pytest.approx(rate / 100)
