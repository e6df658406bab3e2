import gzip
import json
from pathlib import Path

import pytest

from datnet_allennlp.evaluation.counts import decode
from datnet_allennlp.experiments.run_cell import run_cell
from datnet_allennlp.experiments.spec import load_spec
from datnet_allennlp.metrics import EntityF1

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def run(spec_file, tmp_path, monkeypatch):
    """Runs the only cell of a specification: `run(**cell)` returns its line and its folder."""
    monkeypatch.chdir(tmp_path)

    def run(**content):
        (cell,) = load_spec(spec_file([1], **content)).cells
        folder = tmp_path / "cell"
        folder.mkdir()
        return run_cell(cell, folder), folder

    return run


def columns(path):
    blocks = gzip.decompress(path.read_bytes()).decode().strip("\n").split("\n\n")
    return [[row.split("\t") for row in block.split("\n")] for block in blocks]


@pytest.mark.long
def test_a_cell(run, small_config):
    overrides = {
        "train_data_path.target.max_sentences": 1000,  # all
        "data_loader.batch_sampler.batch_size": 8,
        "trainer.num_epochs": 6,
        "trainer.optimizer.lr": 0.02,
    }
    line, folder = run(overrides=overrides, record_test_each_epoch=True)

    assert line == json.loads((folder / "cell.json").read_text())
    assert (line["spec"], line["factors"], line["seed"]) == ("small", {"seed": 1}, 1)
    assert line["epochs"] == 6
    assert line["versions"]["allennlp"] == "2.10.1"
    assert line["losses"]["training_loss"] == line["losses"]["training_tag_loss_target"] > 0

    # The weights are those of the best epoch, so they score as the trainer found then.
    of_best = json.loads((folder / "run" / f"metrics_epoch_{line['best_epoch']}.json").read_text())
    assert line["best_dev_f1"] == of_best["validation_f1-measure-overall"] > 0
    dev = line["scores"]["dev"]["conlleval"]
    assert dev["f1"] == pytest.approx(line["best_dev_f1"])
    assert dev["precision"] == pytest.approx(of_best["validation_precision-overall"])

    # So did the callback after each epoch; the best of these is no score.
    of_epochs = line["test_f1_of_epochs"]
    assert len(of_epochs) == 6
    assert line["best_test_f1_of_epochs"] == max(of_epochs)
    assert line["scores"]["test"]["conlleval"]["f1"] == pytest.approx(of_epochs[line["best_epoch"]])

    # The predictions give the same scores.
    metric = EntityF1()
    sentences = columns(folder / "predictions" / "test.tsv.gz")
    assert len(sentences) > 20
    assert sentences[0][0][0]
    tags = [[[row[i] for row in sentence] for sentence in sentences] for i in (1, 2)]
    metric(tags[1], tags[0])
    f1 = metric.get_metric()["f1-measure-overall"]
    assert f1 == pytest.approx(line["scores"]["test"]["conlleval"]["f1"])

    # And so do the counts, and the entities that training held or did not.
    scores = line["scores"]["test"]
    totals = decode(line["counts"]["test"]).sum(axis=0).tolist()
    assert totals == [scores["conlleval"][key] for key in ("correct", "predicted", "gold")]
    parts = [scores["seen"]["gold"], scores["unseen"]["gold"]]
    assert sum(parts) == scores["conlleval"]["gold"] and all(parts)
    assert line["distance"] == {}

    # What is large is gone.
    assert {path.suffix for path in (folder / "run").iterdir()} == {".json"}


@pytest.mark.long
def test_recording_the_test_set_changes_nothing_else(run, tmp_path):
    overrides = {"trainer.num_epochs": 2, "trainer.optimizer.lr": 0.02, "model.dropout": 0.3}
    recorded, folder = run(overrides=overrides, record_test_each_epoch=True)
    folder.rename(tmp_path / "recorded")
    plain, _ = run(overrides=overrides)
    for key in ("losses", "training", "scores", "best_epoch"):
        assert plain[key] == recorded[key]
    assert "best_test_f1_of_epochs" not in plain


@pytest.mark.long
def test_two_resources(run, small_config):
    place = str(FIXTURES / "source" / "dev.conll")
    sets = {
        "dev": {"path": str(FIXTURES / "target" / "dev.conll")},
        "source": {"resource": "source", "path": place},
    }
    config = small_config("datnet_f")
    config["trainer"]["num_epochs"] = 1
    line, _ = run(config=config, evaluate=sets, draw_encodings=True)
    assert set(line["scores"]["source"]["per_type"]) <= {"LOC", "MISC", "ORG", "PER"}
    points = line["encoding_map"]
    assert points.keys() == {"source", "target"} and len(points["source"]) == len(points["target"])
    assert line["scores"]["source"]["seen"]["gold"] > 0
    assert set(line["distance"]) == {
        "discriminator_accuracy",
        "discriminator_accuracy_source",
        "discriminator_accuracy_target",
        "proxy_a_distance_source",
    }


def test_without_a_dev_set(run, small_config):
    """Then the last epoch is the best one."""
    config = small_config("base")
    for key in ("validation_data_path", "validation_dataset_reader", "validation_data_loader"):
        config.pop(key, None)
    line, _ = run(config=config)
    assert (line["epochs"], line["best_epoch"], line["best_dev_f1"]) == (2, 1, None)
    assert "test" in line["scores"]


def test_stock_allennlp(run, small_config):
    """A model and a reader that know no resources."""
    base = small_config("base")
    reader = {"type": "conll_columns", "tag_namespace": "labels"}
    config = {
        "dataset_reader": reader,
        "train_data_path": base["train_data_path"]["target"],
        "validation_data_path": base["validation_data_path"]["target"],
        "model": {
            "type": "crf_tagger",
            "label_encoding": "BIOUL",
            "text_field_embedder": {
                "token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 4}}
            },
            "encoder": {"type": "lstm", "input_size": 4, "hidden_size": 4},
        },
        "data_loader": {"batch_size": 8},
        "trainer": {"num_epochs": 2, "optimizer": "adam", "validation_metric": "+accuracy"},
    }
    line, _ = run(config=config, record_test_each_epoch=True)
    assert line["scores"]["test"]["seen"]["gold"] > 0
    assert len(line["test_f1_of_epochs"]) == 2


def test_a_model_that_is_kept(run):
    _, folder = run(keep_model=True)
    names = {path.name for path in (folder / "run").iterdir()}
    assert {"model.tar.gz", "metrics.json", "config.json"} <= names
    assert not any(name.endswith(".th") for name in names)


def test_a_loss_that_is_no_number(run, tmp_path):
    with pytest.raises(Exception, match="nan|NaN"):
        run(overrides={"trainer.optimizer.lr": 1e38, "trainer.num_epochs": 4})
    assert not (tmp_path / "cell" / "cell.json").exists()
