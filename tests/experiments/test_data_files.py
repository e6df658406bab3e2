import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.data_files import checksum, map_paths


def paths(config):
    found = {}
    map_paths(config, lambda key, path: found.setdefault(key, path))
    return found


def test_paths_are_found_by_their_keys():
    config = {
        "train_data_path": {"target": "a", "source": ["b", "c"]},
        "vocabulary": {"pretrained_files": {"tokens": "d"}},
        "model": {"embedder": {"pretrained_file": "e", "archive": "f", "profile": "no"}},
    }
    assert paths(config) == {
        "train_data_path.target": "a",
        "train_data_path.source.0": "b",
        "train_data_path.source.1": "c",
        "vocabulary.pretrained_files.tokens": "d",
        "model.embedder.pretrained_file": "e",
        "model.embedder.archive": "f",
    }


def test_what_else_a_part_of_a_corpus_says_is_no_path():
    part = {"path": ["a", "b"], "max_sentences": 9, "part": {"take": "rest", "share": 0.2}}
    assert paths({"train_data_path": {"target": part}}) == {
        "train_data_path.target.path.0": "a",
        "train_data_path.target.path.1": "b",
    }


def test_elsewhere_a_path_is_what_exists(tmp_path):
    (tmp_path / "weights").touch()
    config = {"model_name": str(tmp_path), "type": "weights", "url": "/no/such/place"}
    assert paths(config) == {"model_name": str(tmp_path)}


def test_only_paths_are_changed():
    config = {"data_path": "a", "other": ["a", 1, None, True]}
    changed = map_paths(config, lambda key, path: path.upper())
    assert changed == {"data_path": "A", "other": ["a", 1, None, True]}
    assert config["data_path"] == "a"


def test_a_folder_is_its_names_and_what_they_hold(tmp_path):
    def folder(name, files):
        for file, text in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return checksum("key", str(tmp_path / name))

    first = folder("first", {"a": "1", "deep/b": "2"})
    assert folder("same", {"deep/b": "2", "a": "1"}) == first
    assert folder("content", {"a": "1", "deep/b": "3"}) != first
    assert folder("name", {"a": "1", "deep/c": "2"}) != first
    assert folder("fewer", {"a": "1"}) != first


def test_what_does_not_exist():
    with pytest.raises(ConfigurationError, match="model.file: found 'none', which does not exist"):
        checksum("model.file", "none")
