"""
The commands of AllenNLP on the fixtures. `allennlp(...)` is a process of its own; `command(...)`
runs the same entry point with the same arguments in this one.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from allennlp.commands import main
from allennlp.commands.subcommand import Subcommand
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.models import Model, load_archive
from allennlp.predictors import Predictor
from allennlp.training.metrics import Metric

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
VECTORS = FIXTURES / "embeddings" / "en.50d.txt.gz"
DEV = FIXTURES / "target" / "dev.conll"
TWEETS = FIXTURES / "tweets.jsonl"

STOP_ONCE = '''
"""Ends the process without warning in the second epoch, the first time it gets there."""

import os
from pathlib import Path

from allennlp.training.callbacks import TrainerCallback


@TrainerCallback.register("stop_once")
class StopOnce(TrainerCallback):
    def on_batch(self, trainer, batch_inputs, batch_outputs, batch_metrics, epoch, *args, **kwargs):
        been_here = Path(self.serialization_dir) / "stopped"
        if epoch == 1 and not been_here.exists():
            been_here.touch()
            os._exit(9)
'''


@pytest.fixture(scope="module")
def allennlp(prepared_allennlp):
    def allennlp(*arguments, pythonpath=""):
        return subprocess.run(
            [*prepared_allennlp, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(pythonpath)},
            capture_output=True,
            encoding="utf-8",
        )

    return allennlp


@pytest.fixture
def command(monkeypatch):
    def run(*arguments):
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["allennlp", *map(str, arguments)])
        main(prog="allennlp")

    return run


def scores(metrics_file):
    """All that does not depend on the time or the machine."""
    metrics = json.loads(metrics_file.read_text())
    return {k: v for k, v in metrics.items() if "duration" not in k and "memory" not in k}


OVERRIDES = ("-o", json.dumps({"trainer.num_epochs": 4}))


@pytest.fixture(scope="module")
def config(small_config):
    """DATNet-F with adversarial training, to the last bit the same in each run."""
    config = small_config("datnet_f")
    assert config["trainer"]["callbacks"][0]["type"] == "adversarial_training"
    config["trainer"]["callbacks"][0]["warmup_steps"] = 150
    config["trainer"]["optimizer"]["lr"] = 0.02
    config["data_loader"]["batch_sampler"].update(batch_size=8, rates={"target": 3.0})
    for path in config["train_data_path"].values():
        del path["max_sentences"]
    config["model"]["encoder"]["shared"]["hidden_size"] = 20
    config["model"]["gradient_reversal"] = {"type": "dann", "num_steps": 150}
    return config


@pytest.fixture(scope="module")
def trained(config, allennlp, tmp_path_factory):
    """A finished run, the vector file of which is gone."""
    folder = tmp_path_factory.mktemp("command_line")
    vectors = folder / VECTORS.name
    shutil.copy(VECTORS, vectors)
    config_file = folder / "config.json"
    config_file.write_text(json.dumps(config).replace(str(VECTORS), str(vectors)))
    run = allennlp("train", config_file, "-s", folder / "run", *OVERRIDES)
    assert run.returncode == 0, run.stderr
    vectors.unlink()
    return folder / "run"


@pytest.mark.process
class TestRealCommandLine:
    def test_train(self, trained):
        metrics = scores(trained / "metrics.json")
        assert metrics["epoch"] == 3
        assert metrics["best_validation_f1-measure-overall"] > 0
        assert "training_discriminator_accuracy" in metrics
        first = scores(trained / "metrics_epoch_0.json")
        assert metrics["training_tag_loss_target"] < first["training_tag_loss_target"]
        assert metrics["training_tag_loss_source"] < first["training_tag_loss_source"]

    def test_evaluate_a_plain_file(self, allennlp, trained, tmp_path):
        output = tmp_path / "metrics.json"
        run = allennlp("evaluate", trained / "model.tar.gz", DEV, "--output-file", output)
        assert run.returncode == 0, run.stderr
        found = json.loads(output.read_text())
        best = scores(trained / "metrics.json")
        for name in ("precision", "recall", "f1-measure"):
            key = f"{name}-overall"
            assert found[key] == pytest.approx(best[f"best_validation_{key}"])

    def test_predict(self, allennlp, trained, tmp_path):
        output = tmp_path / "predictions.jsonl"
        arguments = ("predict", trained / "model.tar.gz", TWEETS, "--output-file", output)
        run = allennlp(*arguments, "--batch-size", 3, "--silent")
        assert run.returncode == 0, run.stderr
        tweets = [json.loads(line) for line in TWEETS.read_text(encoding="utf-8").splitlines()]
        records = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
        assert [record["text"] for record in records] == [tweet["text"] for tweet in tweets]
        for record in records:
            assert len(record["tags"]) == len(record["tokens"]) > 0
            for entity in record["entities"]:
                assert record["text"][entity["start"] : entity["end"]] == entity["text"]
        assert any(record["entities"] for record in records)

    def test_recover(self, allennlp, config, trained, tmp_path):
        """A run that was killed in its second epoch ends where one without a stop does."""
        (tmp_path / "stop_once.py").write_text(STOP_ONCE)
        config = {**config, "trainer": {**config["trainer"]}}
        config["trainer"]["callbacks"] = [*config["trainer"]["callbacks"], {"type": "stop_once"}]
        config_file = tmp_path / "config.json"
        config_file.write_text(json.dumps(config))
        run = tmp_path / "run"
        arguments = (config_file, "-s", run, *OVERRIDES, "--include-package", "stop_once")

        assert allennlp("train", *arguments, pythonpath=tmp_path).returncode == 9
        assert (run / "metrics_epoch_0.json").exists()
        assert not (run / "metrics_epoch_1.json").exists()
        recovered = allennlp("train", *arguments, "-r", pythonpath=tmp_path)
        assert recovered.returncode == 0, recovered.stderr
        for name in ("metrics_epoch_0.json", "metrics_epoch_1.json", "metrics.json"):
            assert scores(run / name) == scores(trained / name), name


def put(config, key, value):
    *parents, last = key.split(".")
    for parent in parents:
        config = config[parent]
    config[last] = value


def lstm(kind):
    options = {"bidirectional": True} if kind in ("lstm", "gru") else {}
    return {"type": kind, "hidden_size": 5, **options}


def in_both_readers(key, make):
    return {
        f"dataset_reader.readers.{resource}.{key}": make(resource)
        for resource in ("source", "target")
    }


TARGET_WORDS = "text_field_embedder.per_resource.target"
FILE = "conll_columns"
INDEXERS = {
    "words": {"type": "word_vectors", "namespace": "target_tokens"},
    "characters": {"type": "characters", "namespace": "characters", "min_padding_length": 1},
}
PLAIN_READER = {"type": FILE, "tag_namespace": "target_tags", "token_indexers": INDEXERS}
PLAIN_LOADER = {"batch_size": 8, "shuffle": True}
CHARACTERS = "model.text_field_embedder.shared.characters.encoder"

# What is put in place of what, in the configuration of which variant: each registered name in its
# own place, and what stock AllenNLP has instead.
SWAPS = {
    "virtual_adversarial_training": (
        "datnet_f",
        {
            "trainer.callbacks.0": {
                "type": "virtual_adversarial_training",
                "epsilon": {"text_field_embedder.per_resource.target": 0.1},
            }
        },
    ),
    "cross_entropy and dann": (
        "datnet_f",
        {
            "model.discriminator": {"type": "cross_entropy"},
            "model.gradient_reversal": {"type": "dann", "num_steps": 9},
        },
    ),
    "grad and constant": (
        "datnet_p",
        {
            "model.discriminator": {"type": "grad", "alpha": 0.5, "gamma": 0.0},
            "model.gradient_reversal": {"type": "constant", "rate": 0.1},
        },
    ),
    "shared": ("p_transfer", {"model.encoder": {"type": "shared", "shared": lstm("bilstm")}}),
    "shared_private": (
        "datnet_f",
        {
            "model.encoder": {
                "type": "shared_private",
                "shared": lstm("lstm"),
                "private": {"source": lstm("bilstm"), "target": lstm("gru")},
            }
        },
    ),
    "stock encoder": ("datnet_f", {"model.encoder": lstm("gru")}),
    "stock character encoder": (
        "datnet_p",
        {CHARACTERS: {"type": "lstm", "hidden_size": 60}},
    ),
    "stock token embedder": (
        "datnet_f",
        {
            f"model.{TARGET_WORDS}": {
                "type": "embedding",
                "embedding_dim": 50,
                "vocab_namespace": "target_tokens",
            },
            "dataset_reader.readers.target.token_indexers.words": {
                "type": "single_id",
                "namespace": "target_tokens",
            },
        },
    ),
    "stock text field embedder": (
        "base",
        {
            "model.text_field_embedder": {
                "type": "basic",
                "token_embedders": {
                    "words": {
                        "type": "word_vectors",
                        "vocab_namespace": "target_tokens",
                        "embedding_dim": 50,
                        "pretrained_file": str(VECTORS),
                    },
                    "characters": {
                        "type": "character_encoding",
                        "embedding": {"embedding_dim": 30, "vocab_namespace": "characters"},
                        "encoder": {
                            "type": "character_cnn",
                            "embedding_dim": 30,
                            "num_filters": 20,
                        },
                    },
                },
            }
        },
    ),
    "stock indexer": (
        "datnet_f",
        in_both_readers(
            "token_indexers.words",
            lambda name: {"type": "single_id", "namespace": f"{name}_tokens"},
        ),
    ),
    "character_cnn, fallback and tweet": (
        "f_transfer",
        {
            CHARACTERS: {"type": "character_cnn", "num_filters": 60, "kernel_sizes": [3]},
            **in_both_readers(
                "token_indexers.words.lookup",
                lambda _: {"type": "fallback", "order": ["lowercase"]},
            ),
            **in_both_readers("tokenizer", lambda _: {"type": "tweet"}),
        },
    ),
    "stock tokenizer": (
        "f_transfer",
        in_both_readers("tokenizer", lambda _: {"type": "just_spaces"}),
    ),
    "conll_columns alone": (
        "base_at",
        {
            "dataset_reader": PLAIN_READER,
            "train_data_path": str(FIXTURES / "target" / "train.conll"),
            "validation_data_path": str(DEV),
            "data_loader": PLAIN_LOADER,
        },
    ),
    "resource_bucket": (
        "datnet_p",
        {
            "data_loader.batch_sampler": {
                "type": "resource_bucket",
                "batch_size": 5,
                "rates": {"source": 0.5, "target": 2.0},
                "tail": {"target": 0.3},
            }
        },
    ),
    "random and relative": (
        "base_at",
        {
            "trainer.callbacks.0.perturbation": "random",
            "trainer.callbacks.0.epsilon": {TARGET_WORDS: {"type": "relative", "epsilon": 0.3}},
        },
    ),
    "gradient and absolute": (
        "datnet_p",
        {
            "trainer.callbacks.0.perturbation": {"type": "gradient"},
            "trainer.callbacks.0.epsilon": {TARGET_WORDS: {"type": "absolute", "epsilon": 5.0}},
        },
    ),
    "score_each_epoch and inverse_time_decay": (
        "base",
        {
            "trainer.callbacks": [{"type": "score_each_epoch", "path": str(DEV)}],
            "trainer.learning_rate_scheduler": {"type": "inverse_time_decay", "rho": 0.5},
        },
    ),
    "moments_per_resource and a stock schedule": (
        "datnet_f",
        {
            "trainer.callbacks": [{"type": "moments_per_resource"}],
            "trainer.learning_rate_scheduler": {"type": "step", "step_size": 1},
        },
    ),
    "procrustes": (
        "f_transfer",
        {
            "model.text_field_embedder.alignment": {
                "target": {"type": "procrustes", "towards": "source"}
            }
        },
    ),
    "raw_text": (
        "datnet_f",
        {
            "dataset_reader.readers.raw": {"type": "raw_text", "token_indexers": INDEXERS},
            "train_data_path.raw": str(FIXTURES / "README.md"),  # any text
            "model.unlabelled": {"raw": "target"},
        },
    ),
    "several loaders": ("datnet_f", {"data_loader.num_workers": 1}),
}


def swapped(small_config, name):
    variant, changes = SWAPS[name]
    config = small_config(variant)
    for key, value in changes.items():
        if key == "trainer.callbacks.0":
            config["trainer"]["callbacks"][0] = value
        elif ".callbacks.0." in key:
            config["trainer"]["callbacks"][0][key.rsplit(".", 1)[1]] = value
        else:
            put(config, key, value)
    return config


@pytest.mark.long
@pytest.mark.parametrize("name", SWAPS)
def test_a_component_is_swapped_in_through_the_configuration(name, small_config, command, tmp_path):
    config_file = tmp_path / "config.json"
    config = swapped(small_config, name)
    config["trainer"]["num_epochs"] = 9
    config_file.write_text(json.dumps(config))
    config["trainer"]["num_epochs"] = 2
    run = tmp_path / "run"
    command("train", config_file, "-s", run, "-o", json.dumps({"trainer.num_epochs": 2}))

    assert json.loads((run / "config.json").read_text()) == config
    metrics = scores(run / "metrics.json")
    assert metrics["epoch"] == 1
    first = scores(run / "metrics_epoch_0.json")
    assert metrics["training_tag_loss_target"] < first["training_tag_loss_target"]
    predictor = Predictor.from_archive(load_archive(run / "model.tar.gz"), "tweet_tagger")
    record = predictor.predict_json({"text": "Nora landed in Lisbon today"})
    assert len(record["tags"]) == len(record["tokens"]) == 5


def names_in(config):
    """All strings in a configuration: values of `type`, and names that stand for a component."""
    if isinstance(config, dict):
        for value in config.values():
            if isinstance(value, str):
                yield value
            else:
                yield from names_in(value)
    elif isinstance(config, list):
        for value in config:
            yield from names_in(value)


def test_no_registered_name_is_left_out(small_config):
    used = {name for swap in SWAPS for name in names_in(swapped(small_config, swap))}
    used.add(Model.by_name("datnet_tagger").default_predictor)
    registered = {
        name
        for kind, subclasses in Registrable._registry.items()
        if kind not in (Subcommand, Metric)
        for name, (subclass, _) in subclasses.items()
        if subclass.__module__.startswith("datnet_allennlp.")
    }
    assert {"datnet_tagger", "grad", "adversarial_training"} <= registered
    assert registered <= used


class TestMistakes:
    @pytest.fixture
    def train(self, command, tmp_path):
        def train(config):
            config_file = tmp_path / "config.json"
            config_file.write_text(json.dumps(config))
            command("train", config_file, "-s", tmp_path / "run")

        return train

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"train_data_path.tweets": str(DEV)},
                r"train_data_path: found the resource\(s\) \['tweets'\], .*\['source', 'target'\]",
            ),
            (
                {"data_loader.batch_sampler.rates": {"tweets": 1.0}},
                r"batch_sampler\.rates: found resource 'tweets', expected .*\['source', 'target'\]",
            ),
            (
                {"model.tag_namespaces": {"source": "source_tags", "target": "news_tags"}},
                r"model\.tag_namespaces\.target: found 'news_tags', expected 'target_tags'",
            ),
            (
                {"model.target": "tweets"},
                r"model\.target: found 'tweets', expected .*\['source', 'target'\]",
            ),
            (
                {"trainer.callbacks": [{"type": "adversarial_training", "epsilon": {"words": 5}}]},
                r"adversarial_training\.epsilon: found module 'words', .*expected one of .*target",
            ),
            (
                {"data_loader": {"batch_size": 100}},
                r"several resources \['source', 'target'\], expected one: .*resource_bucket",
            ),
            (
                {"dataset_reader.readers.target.entity_types": ["person"]},
                r"target/train\.conll:\d+: found entity type '[a-z-]+', expected .*\['person'\]",
            ),
        ],
    )
    def test_in_a_configuration(self, changes, message, small_config, train):
        config = small_config("datnet_f")
        for key, value in changes.items():
            put(config, key, value)
        with pytest.raises(ConfigurationError, match=message):
            train(config)

    def test_sentences_without_a_resource(self, small_config, train):
        config = small_config("base")
        config["dataset_reader"] = PLAIN_READER
        config["train_data_path"] = config["validation_data_path"] = str(DEV)
        with pytest.raises(ConfigurationError, match="without a resource, expected .*multi_reso"):
            train(config)
