"""Mistakes in a configuration that are found before anything is built."""

import copy
import json
import re
from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration import check_configuration

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "training_config").glob("*.jsonnet"))


@pytest.fixture(params=["base", "datnet_f", "datnet_p"])
def config(request, small_config):
    return small_config(request.param)


def test_right_configurations_pass_and_stay_as_they_are(config) -> None:
    params = Params(copy.deepcopy(config))
    check_configuration(params)
    assert params.as_dict(quiet=True) == config
    check_configuration(config)


@pytest.mark.long
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_all_configurations_of_the_project_pass(path: Path, monkeypatch, tmp_path) -> None:
    config = Params.from_file(str(path), ext_vars={"MODEL": "m"}).as_dict(quiet=True)
    # Whether the files are there is not what is asked.
    monkeypatch.chdir(tmp_path)
    for name in re.findall(r'"((?:data|fixtures)/[^"]+)"', json.dumps(config)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    check_configuration(config)


TARGET = "dataset_reader.readers.target"


@pytest.mark.parametrize(
    "key, value, message",
    [
        (
            f"{TARGET}.tag_colum",
            1,
            "found an unknown key of 'conll_columns', expected 'tag_column'",
        ),
        ("trainer.num_epoch", 3, "found an unknown key of 'recoverable', expected 'num_epochs'"),
        ("trainer.zzz", 3, "found an unknown key of 'recoverable', expected one of \\['callbacks'"),
        ("random_sed", 3, "found an unknown key, expected 'random_seed'"),
        ("random_seed", "a", "found 'a', expected a whole number"),
        ("include_in_archive", "log", "found 'log', expected a list"),
        ("include_in_archive", [3], "0: found 3, expected a text"),
        ("evaluation", 3, "found 3, expected an object or a name"),
        ("evaluation", "nosuch", "found 'nosuch', expected one of"),
        ("distributed", 2, "found 2, expected an object or a name"),
        ("distributed.cuda_device", [-1, -1], "found an unknown key.*, expected 'cuda_devices'"),
        ("distributed.cuda_devices", [-1, "a"], "1: found 'a', expected a whole number"),
        ("distributed.ddp_accelerator", "torhc", "found 'torhc', expected 'torch'"),
        ("train_data_path.target", 3, "found 3, expected a text or a list"),
        ("train_data_path.target", None, "found null, expected a file"),
        ("train_data_path.target", [3], "0: found 3, expected a text"),
        (
            "train_data_path.target",
            {"path": "a", "max_sentence": 3},
            "max_sentence: found an unknown key .*, expected 'max_sentences'",
        ),
        ("model.discriminator", "gradd", "found 'gradd', expected 'grad'"),
        ("model.discriminator.type", "gradd", "found 'gradd', expected 'grad'"),
        (
            "model.discriminator",
            "zzz",
            "found 'zzz', expected one of \\['cross_entropy', 'grad'\\]",
        ),
        ("model.discriminator", 3, "found 3, expected an object or a name"),
        ("model.discriminator", "no.such.Thing", "found 'no.such.Thing', expected one of"),
        ("model.type", None, "found no 'type', expected one of"),
        ("model.dropout", "much", "found 'much', expected a number"),
        ("model.encoder.shared.hidden_size", "200", "found '200', expected a whole number"),
        ("model.encoder.shared.hidden_size", True, "found true, expected a whole number"),
        ("trainer.use_amp", 0, "found 0, expected true or false"),
        ("model.encoder.shared.hidden_size", 2.5, "found 2.5, expected a whole number"),
        ("model.tag_namespaces", None, "found null, expected a value"),
        ("model.tag_namespaces.target", None, "found null, expected a value"),
        ("dataset_reader.readers.target.tag_namespace", None, "found null, expected a value"),
        ("vocabulary", {"non_padded_namespaces": [None]}, "non_.*0: found null, expected a value"),
        ("model.tag_namespaces", ["a"], "found the list \\['a'\\], expected an object"),
        ("model.tag_namespaces.target", 3, "found 3, expected a text"),
        ("trainer.optimizer.lr", "0.001", "found '0.001', expected a number"),
        ("trainer.callbacks", {"type": "finite_loss"}, "found an object .*, expected a list"),
        ("trainer.callbacks.0.type", "x", "found 'x', expected one of"),
        (
            "trainer.callbacks.0.epsilon",
            {"words": "x"},
            "words: found 'x', expected a number or one of \\['absolute', 'relative'\\]",
        ),
        (
            "trainer.callbacks.0.epsilon",
            {"words": {"type": "relative", "epsilon": "x"}},
            "words.epsilon: found 'x', expected a number",
        ),
    ],
)
def test_a_mistake_is_named_with_its_key(key, value, message, small_config, changed) -> None:
    with pytest.raises(ConfigurationError, match=f"{key}[.:] ?{message}"):
        check_configuration(changed(small_config("datnet_f"), key, value))


def test_a_class_by_its_full_name_and_what_it_takes(small_config, changed) -> None:
    name = "datnet_allennlp.modules.discriminators.Grad"
    right = changed(small_config("datnet_f"), "model.discriminator", {"type": name, "gamma": 1})
    check_configuration(right)
    with pytest.raises(ConfigurationError, match="discriminator.gama: .*, expected 'gamma'"):
        check_configuration(changed(right, "model.discriminator", {"type": name, "gama": 1}))


@pytest.mark.parametrize("given, found", [([1], r"the list \[1\]"), (3, "3"), (None, "null")])
def test_a_configuration_that_is_no_object(given, found) -> None:
    with pytest.raises(ConfigurationError, match=f"^the configuration: found {found}, expected an"):
        check_configuration(Params(given))


def test_a_reader_of_resources_without_their_readers(small_config) -> None:
    config = copy.deepcopy(small_config("datnet_f"))
    del config["dataset_reader"]["readers"]
    with pytest.raises(ConfigurationError, match="^dataset_reader: found no 'readers', expected"):
        check_configuration(config)
