"""Files that are not there."""

import copy

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.paths import check_files


@pytest.fixture
def config(small_config):
    config = copy.deepcopy(small_config("datnet_f"))
    check_files(config)
    return config


def test_vectors(config) -> None:
    words = config["model"]["text_field_embedder"]["per_resource"]["target"]
    for place in ("https://example.org/v.txt", "(https://example.org/v.zip)#v.txt", None):
        words["pretrained_file"] = place
        check_files(config)
    words["pretrained_file"] = "none.txt"
    with pytest.raises(ConfigurationError, match=r"per_resource.target.pretrained_file: .*'none.t"):
        check_files(config)


def test_an_exclamation_mark_in_the_name_of_a_folder(config, tmp_path) -> None:
    (tmp_path / "new!").mkdir()
    (tmp_path / "new!" / "train.conll").touch()
    config["train_data_path"]["target"] = str(tmp_path / "new!" / "train.conll")
    check_files(config)


def test_a_run_to_go_on_from(config) -> None:
    config["vocabulary"] = {"type": "from_files", "directory": "none/vocabulary"}
    with pytest.raises(ConfigurationError, match="^vocabulary.directory: found no folder 'none/v"):
        check_files(config)
    del config["vocabulary"]
    weights = {"type": "pretrained", "weights_file_path": "none/best.th"}
    config["model"]["initializer"] = {"regexes": [["", weights]]}
    message = "^model.initializer.regexes.0.1.weights_file_path: found no file 'none/best.th'"
    with pytest.raises(ConfigurationError, match=message):
        check_files(config)


@pytest.mark.parametrize(
    "path, message",
    [
        ("none.conll", "found no file 'none.conll', expected one to read"),
        (["none.conll"], "found no file 'none.conll'"),
        ({"path": "none.conll", "max_sentences": 3}, "found no file 'none.conll'"),
        ({"max_sentences": 3}, r"found the keys \['max_sentences'\], expected 'path' among them"),
        ({"path": "none.conll", "fraction": 1.5}, "fraction: found 1.5, expected above 0"),
        ([], "found an empty list, expected at least one file"),
    ],
)
@pytest.mark.parametrize("key", ["train_data_path", "validation_data_path", "test_data_path"])
def test_data(key, path, message, config) -> None:
    config[key] = {"target": path}
    with pytest.raises(ConfigurationError, match=f"^{key}.target: {message}"):
        check_files(config)


def test_data_of_another_reader_is_its_own_matter(config) -> None:
    check_files({"dataset_reader": "conll2003", "train_data_path": "none/*"})


@pytest.mark.parametrize("pattern", ["/etc/hosts", "../notes.txt", "a/../../b", ""])
def test_what_goes_into_the_archive_is_of_the_run(pattern, config) -> None:
    config["include_in_archive"] = ["metrics_epoch_*.json", "log/train"]
    check_files(config)
    config["include_in_archive"].append(pattern)
    message = f"^include_in_archive.2: found '{pattern}', expected a file that the run writes"
    with pytest.raises(ConfigurationError, match=message):
        check_files(config)


def test_a_file_to_score_after_each_epoch(config) -> None:
    config["trainer"]["callbacks"] = [{"type": "score_each_epoch", "path": __file__}]
    check_files(config)
    config["trainer"]["callbacks"].append({"type": "score_each_epoch", "path": "none.conll"})
    with pytest.raises(ConfigurationError, match="^trainer.callbacks.1.path: found no file 'none"):
        check_files(config)
