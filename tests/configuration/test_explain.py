"""What constructors find wrong is said with the key, seen from `train_model` of the command."""

import copy
from typing import Any

import pytest
import requests
from allennlp.commands import train
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from datnet_allennlp.configuration.explain import explained
from datnet_allennlp.data.dataset_readers import ConllColumnsReader

EMBEDDER = "model.text_field_embedder"
SHARED = "model.encoder.shared"
CNN = f"{EMBEDDER}.shared.characters.encoder"
VECTORS = f"{EMBEDDER}.per_resource.target.pretrained_file"


@pytest.mark.parametrize(
    "key, value, message",
    [
        (f"{CNN}.kernel_sizes", [], rf"{CNN}.kernel_sizes: found \[\], expected one size or more"),
        (SHARED, {"type": "bilstm"}, f"{SHARED}: found no 'hidden_size', expected that key"),
        (SHARED, "bilstm", f"{SHARED}: found no 'hidden_size', expected that key"),
        (
            "model.discriminator.attention_dim",
            10**38,
            "model.discriminator.*Overflow when unpacking long( long)?$",
        ),
        (f"{CNN}.embedding_dim", 17, f"{CNN}: found an encoder of vectors of 17 .*, expected 30"),
        (VECTORS, None, f"{VECTORS}: found no file for the words of 'target_tokens'"),
        ("dataset_reader.coding", "BIOX", "dataset_reader.coding: found 'BIOX', expected one of"),
        (
            "data_loader.batch_sampler.rates",
            {"target": -1.0},
            "data_loader.batch_sampler.rates.target: found -1.0, expected 0 or more",
        ),
        (
            "validation_data_loader.batch_sampler",
            {"type": "resource_bucket", "batch_size": 2, "tail": {"target": 2}},
            "validation_data_loader.batch_sampler.tail.target: found 2, expected 0 to 1",
        ),
    ],
)
def test_the_model_and_the_data(key, value, message, small_config, changed, tmp_path) -> None:
    config = changed(small_config("datnet_f"), key, value)
    with pytest.raises(ConfigurationError, match=f"^{message}"):
        train.train_model(Params(config), str(tmp_path / "run"), dry_run=True)


def test_a_schedule_of_what_the_optimizer_lacks(small_config, changed, tmp_path) -> None:
    schedule = {"type": "inverted_triangular", "cool_down": 1, "warm_up": 1}
    config = changed(small_config("base"), "trainer.momentum_scheduler", schedule)
    message = "^trainer.momentum_scheduler: momentum missing from param_groups"
    with pytest.raises(ConfigurationError, match=message):
        train.train_model(Params(config), str(tmp_path / "run"), dry_run=True)


@pytest.mark.parametrize("tokenizer", ["spacy", {"type": "spacy", "language": "en_core_web_sm"}])
def test_what_cannot_be_downloaded(tokenizer, small_config, tmp_path, monkeypatch) -> None:
    def refuse(url: str, **kwargs: Any) -> None:
        raise requests.ConnectionError("none", request=requests.Request("GET", url).prepare())

    monkeypatch.setattr(requests, "get", refuse)
    config = small_config("datnet_f")
    config["dataset_reader"]["readers"]["target"]["tokenizer"] = tokenizer
    message = "dataset_reader.readers.target.tokenizer: found no connection to raw.githubusercont"
    with pytest.raises(ConfigurationError, match=f"^{message}"):
        train.train_model(Params(config), str(tmp_path / "run"), dry_run=True)


def test_an_empty_loader(small_config, tmp_path) -> None:
    config = {**small_config("datnet_f"), "data_loader": {}}
    with pytest.raises(ConfigurationError, match="^'?a data loader: batch_size is required when"):
        train.train_model(Params(config), str(tmp_path / "run"), dry_run=True)


@pytest.mark.parametrize(
    "key, message",
    [
        ("model", "found no 'model', expected that key"),
        ("model.tag_namespaces", "model: found no 'tag_namespaces', expected that key"),
        ("data_loader.batch_sampler", "data_loader: batch_size is required when"),
    ],
)
def test_a_key_that_is_gone(key, message, small_config, tmp_path) -> None:
    config = small_config("datnet_f")
    parent, _, last = key.rpartition(".")
    del (config[parent] if parent else config)[last]
    with pytest.raises(ConfigurationError, match=f"^'?{message}"):
        train.train_model(Params(config), str(tmp_path / "run"), dry_run=True)


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("trainer.optimizer.betas", [2.0, 0.9], "trainer.optimizer: Invalid beta parameter"),
        ("trainer.optimizer.weight_decay", -1.0, "trainer.optimizer.weight_decay: Invalid"),
        ("trainer.use_amp", True, "trainer: Using AMP requires a cuda device"),
        (
            "model.encoder.shared",
            {"type": "gated-cnn-encoder", "layers": [[[3, 4]]]},
            "model.encoder.shared.input_dim: found values that do not fit together, exp",
        ),
        (
            "trainer.learning_rate_scheduler",
            {"type": "slanted_triangular", "gradual_unfreezing": True},
            "trainer.learning_rate_scheduler: .*default group should be empty",
        ),
        ("trainer.optimizer", "huggingface_adafactor", "trainer.optimizer.lr: found none, exp"),
        ("trainer.callbacks", ["wandb"], "found no package 'wandb', expected it .* install wandb"),
        (
            "trainer.callbacks.0.epsilon",
            {f"{EMBEDDER[6:]}.per_resource.target": {"type": "relative", "epsilon": -1.0}},
            "trainer.callbacks.0.epsilon.text_field_embedder.per_resource.target.epsilon: found -1",
        ),
        (
            "trainer.callbacks.0.epsilon",
            {"a": -2.0},
            "trainer.callbacks.0.epsilon: found -2.0, exp",
        ),
    ],
)
def test_the_trainer(key, value, message, small_config, changed, tmp_path) -> None:
    config = changed(small_config("datnet_f"), key, value)
    with pytest.raises(ConfigurationError, match=f"^{message}"):
        train.train_model(Params(config), str(tmp_path / "run"))


@pytest.mark.parametrize(
    "content, message",
    [(b"\xff\xfe\x00\x01" * 9, ":.*found"), (b"in\t1\t2\n", ":1: found values apart by tabs")],
    ids=["binary", "tabs"],
)
def test_vectors_of_another_kind(content, message, small_config, changed, tmp_path) -> None:
    (tmp_path / "v.txt").write_bytes(content)
    config = changed(small_config("base"), VECTORS, str(tmp_path / "v.txt"))
    with pytest.raises(ConfigurationError, match=f"^{tmp_path}/v.txt{message}"):
        train.train_model(Params(config), str(tmp_path / "run"), dry_run=True)


def test_tags_of_another_coding_name_the_key(small_config, changed, tmp_path) -> None:
    (tmp_path / "a.conll").write_text("in O\nOslo I-location\n\n")
    config = changed(small_config("base"), "train_data_path.target", str(tmp_path / "a.conll"))
    message = "a.conll:2: .*the reader's file_coding is IOB2; 'IOB1' fits this sentence"
    with pytest.raises(ConfigurationError, match=message):
        train.train_model(Params(config), str(tmp_path / "run"), dry_run=True)


def test_nothing_is_written_for_a_mistake_that_is_found_first(
    small_config, changed, tmp_path
) -> None:
    config = changed(small_config("base"), "trainer.num_epoch", 3)
    with pytest.raises(ConfigurationError, match="trainer.num_epoch: found an unknown key"):
        train.train_model(Params(config), str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_an_error_in_reading_stays_what_it_is(small_config, tmp_path, monkeypatch) -> None:
    def fail(self, sentence):
        raise TypeError("a mistake in the code")

    monkeypatch.setattr(ConllColumnsReader, "_instance", fail)
    with pytest.raises(TypeError, match="a mistake in the code"):
        config = copy.deepcopy(small_config("base"))
        train.train_model(Params(config), str(tmp_path / "run"), dry_run=True)


def test_errors_from_elsewhere_are_not_explained() -> None:
    try:
        int("x")
    except ValueError as error:
        assert explained(error) is None
    try:
        DatasetReader.from_params(Params({"type": "conll_columns", "coding": "x"}))
    except ConfigurationError as error:
        # The outermost object of all has no key.
        found = explained(error)
        assert found is not None and found.message == error.message


def test_a_configuration_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError, match="^none.jsonnet: found no such file"):
        train.train_model_from_file("none.jsonnet", "run")
