"""Lines for people: what they say in a real training, and what the advice rests on."""

import copy
import logging
import re

import pytest
from allennlp.training.metric_tracker import MetricTracker

from datnet_allennlp.training.progress_lines import ProgressLines, _duration

LOGGER = "datnet_allennlp.training.progress_lines"


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, logger=LOGGER)
    return lambda: [each.getMessage() for each in caplog.records if each.name == LOGGER]


def test_a_training_of_two_resources(small_config, build, lines, tmp_path) -> None:
    metrics = build(small_config("datnet_f"), "run").run()
    first, second, done, score, use, calibrate = lines()
    number = r"\d+\.\d+"
    assert re.fullmatch(
        rf"epoch 1 of 2 \| loss source {number}, target {number} \| discriminator right on \d+%"
        rf" \(dev \d+%\) \| dev F1 {number} \(best {number} in epoch 1\) \| at most \d+ s left",
        first,
    )
    loss = metrics["training_tag_loss_target"]
    assert f"target {loss:.2f} |" in second and "left" not in second
    assert f"{100 * metrics['validation_f1-measure-overall']:.1f} (best" in second
    best = 100 * metrics["best_validation_f1-measure-overall"]
    assert done == (
        f"Trained for 2 epochs; the best dev F1 was {best:.1f}, in epoch "
        f"{metrics['best_epoch'] + 1}, whose weights are kept."
    )
    assert f"allennlp evaluate {tmp_path}/run/model.tar.gz" in score
    assert "allennlp tag " in use and "allennlp calibrate " in calibrate


def test_without_a_dev_set(small_config, build, lines) -> None:
    config = copy.deepcopy(small_config("base"))
    config["validation_data_path"] = None
    config["trainer"].update(num_epochs=1, patience=None)
    build(config).run()
    epoch, done, *rest = lines()
    assert "dev" not in epoch and "there was no dev set" in done
    assert not any("calibrate" in line for line in rest)


def test_says_nothing_of_results_when_training_fails(lines) -> None:
    callback = ProgressLines("run")
    callback.on_end(None, metrics=None, epoch=None)
    assert lines() == []


class Trainer:
    """As much of a trainer as the callback asks for."""

    _num_epochs = 20
    _metric_tracker = MetricTracker("+f1-measure-overall")


def warnings_of(caplog, losses, dev_losses, f1) -> list[str]:
    callback = ProgressLines("run")
    callback.on_start(Trainer())
    caplog.clear()
    for epoch, (loss, dev_loss) in enumerate(zip(losses, dev_losses, strict=True)):
        metrics = {
            "training_loss": loss,
            "training_tag_loss_target": loss,
            "validation_tag_loss_target": dev_loss,
            "validation_f1-measure-overall": f1,
            "best_validation_f1-measure-overall": f1,
        }
        callback.on_epoch(Trainer(), metrics, epoch)
    return [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]


@pytest.mark.parametrize(
    "losses, dev_losses, f1, advice",
    [
        ([9.0] * 8, [9.0] * 8, 0.0, "it does not learn"),
        ([9.0, 8.9, 8.95, 9.1, 9.0], [9.0] * 5, 0.3, "it does not learn"),
        ([9.0, 8.0, 7.0, 6.0, 5.0, 4.0], [9.0] * 6, 0.0, "No entity of dev was found in 5 epochs"),
        ([9.0, 5.0, 3.0, 1.0, 0.5, 0.4], [9.0] * 6, 0.3, "Dev is far behind training"),
    ],
)
def test_advice_comes_once(losses, dev_losses, f1, advice, caplog) -> None:
    [warning] = warnings_of(caplog, losses, dev_losses, f1)
    assert advice in warning


@pytest.mark.parametrize("losses", [[9.0, 9.0, 9.0, 9.0], [9.0, 8.0, 7.0, 6.0, 5.0]])
def test_no_advice_early_or_where_it_learns(losses, caplog) -> None:
    assert warnings_of(caplog, losses, losses, 0.3) == []


def test_advice_comes_once_in_spite_of_a_recovery(caplog) -> None:
    losses = [9.0, 8.0, 7.0, 6.0, 5.0]
    first, second = ProgressLines("run"), ProgressLines("run")
    for callback in (first, second):
        callback.on_start(Trainer())
        for epoch, loss in enumerate(losses):
            metrics = {
                "training_loss": loss,
                "training_tag_loss_target": loss,
                "validation_f1-measure-overall": 0.0,
                "best_validation_f1-measure-overall": 0.0,
            }
            callback.on_epoch(Trainer(), metrics, epoch)
        second.load_state_dict(first.state_dict())
    [warning] = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "No entity of dev was found" in warning.getMessage()


@pytest.mark.parametrize(
    "metric, line, done",
    [
        (
            "+source/f1-measure-overall",
            r"\| dev F1 of source {n} \(best {n} in epoch \d\)",
            r"; the best dev F1 of source was {n}, in epoch \d, whose weights are kept\.",
        ),
        (
            "-loss",
            r"\| dev F1 {n} \(kept {n} in epoch \d\)",
            r"; the weights of epoch \d \(dev F1 {n}\) are kept, the best by loss on dev\.",
        ),
    ],
)
def test_what_is_kept_is_what_the_trainer_follows(
    metric, line, done, small_config, build, lines
) -> None:
    config = copy.deepcopy(small_config("datnet_f"))
    config["validation_data_path"]["source"] = config["train_data_path"]["source"]
    config["validation_data_loader"] = {
        "batch_sampler": {"type": "resource_bucket", "batch_size": 16}
    }
    config["trainer"]["validation_metric"] = metric
    metrics = build(config, "run").run()
    first, second, last, *_ = lines()
    number = r"\d+\.\d"
    for each in (first, second):
        assert re.search(line.format(n=number), each), each
    assert re.search(done.format(n=number), last), last
    assert f"epoch {metrics['best_epoch'] + 1}" in last


@pytest.mark.parametrize(
    "seconds, text",
    [(0.2, "1 s"), (89, "89 s"), (91, "2 min"), (5399, "1 h 30 min"), (7260, "2 h 1 min")],
)
def test_durations(seconds, text) -> None:
    assert _duration(seconds) == text
