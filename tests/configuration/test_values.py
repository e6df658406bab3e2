"""Values that do not fit together, or not into this machine."""

import copy

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.values import check_values


@pytest.fixture
def config(small_config):
    return copy.deepcopy(small_config("datnet_f"))


@pytest.mark.parametrize(
    "key, paths, message",
    [
        ("train_data_path", "a.conll", r"found data of \['target'\], expected an object"),
        ("train_data_path", {"path": "a.conll"}, r"found data of \['target'\]"),
        (
            "train_data_path",
            {"source": "a", "other": "b"},
            r"found the resource\(s\) \['other'\], exp",
        ),
        ("validation_data_path", {}, r"found no resource, expected some of \['source', 'target'\]"),
        ("validation_data_path", {"source": "a", "target": "b"}, "each batch must be of one"),
        ("test_data_path", {"tarket": "b"}, r"found the resource\(s\) \['tarket'\]"),
    ],
)
def test_data_of_other_resources(key, paths, message, config) -> None:
    config[key] = paths
    with pytest.raises(ConfigurationError, match=f"^{key}: .*{message}"):
        check_values(config)


def test_a_dev_set_of_both_in_batches_of_one(config) -> None:
    config["validation_data_path"] = {"source": "a", "target": "b"}
    config["validation_data_loader"]["batch_sampler"] = {"type": "resource_bucket"}
    check_values(config)


def test_each_resource_has_its_private_encoder(small_config) -> None:
    config = copy.deepcopy(small_config("datnet_p"))
    check_values(config)
    private = config["model"]["encoder"]["private"]
    private["tarket"] = private.pop("target")
    message = r"^model.encoder.private: found encoders of \['source', 'tarket'\], expected one for"
    with pytest.raises(ConfigurationError, match=message):
        check_values(config)


def test_text_without_tags_is_data_of_the_model(config) -> None:
    config["train_data_path"]["tweets"] = "tweets.txt"
    config["dataset_reader"]["readers"]["tweets"] = {"type": "raw_text"}
    with pytest.raises(ConfigurationError, match="found data of"):
        check_values(config)
    config["model"]["unlabelled"] = {"tweets": "target"}
    check_values(config)


def test_an_embedder_of_other_words_than_the_indexers(config) -> None:
    embedder = config["model"]["text_field_embedder"]
    embedder["shared"]["characters"]["embedding"]["vocab_namespace"] = "chars"
    message = r"characters.embedding.vocab_namespace: found 'chars', expected .*'characters', "
    with pytest.raises(ConfigurationError, match=message):
        check_values(config)


def test_text_without_tags_that_nothing_learns_from(config) -> None:
    config["train_data_path"]["tweets"] = "tweets.txt"
    config["dataset_reader"]["readers"]["tweets"] = {"type": "raw_text"}
    config["model"]["unlabelled"] = {"tweets": "target"}
    check_values(config)
    del config["model"]["discriminator"], config["model"]["gradient_reversal"]
    virtual = {"type": "virtual_adversarial_training", "epsilon": {}, "resources": ["target"]}
    message = "^model.unlabelled: found 'tweets', which nothing learns from, expected"
    for callbacks in ([], ["finite_loss", virtual]):
        config["trainer"]["callbacks"] = callbacks
        with pytest.raises(ConfigurationError, match=message):
            check_values(config)
    for resources in (None, ["target", "tweets"]):
        virtual["resources"] = resources
        check_values(config)


@pytest.mark.parametrize("name", ["a.b", "a/b", "of news", "", "keys", "training"])
def test_a_resource_that_no_module_can_have_for_a_name(name, config) -> None:
    readers = config["dataset_reader"]["readers"]
    readers[name] = readers["source"]
    message = f"^dataset_reader.readers: found a resource named '{name}', expected a name of"
    with pytest.raises(ConfigurationError, match=message):
        check_values(config)


def test_tags_of_another_reader(config) -> None:
    namespaces = config["model"]["tag_namespaces"]
    namespaces["source"], namespaces["target"] = "target_tags", "source_tags"
    message = "^model.tag_namespaces.source: found 'target_tags', expected 'source_tags' as in"
    with pytest.raises(ConfigurationError, match=message):
        check_values(config)


def test_a_reader_without_tags(config) -> None:
    config["dataset_reader"]["readers"]["source"]["type"] = "raw_text"
    message = "^model.tag_namespaces: found 'source', whose reader 'raw_text' gives no tags"
    with pytest.raises(ConfigurationError, match=message):
        check_values(config)


def test_scores_of_no_test_data(config) -> None:
    config["evaluate_on_test"] = True
    with pytest.raises(ConfigurationError, match="^evaluate_on_test: found true without test data"):
        check_values(config)
    config["test_data_path"] = {"target": "test.conll"}
    check_values(config)


@pytest.mark.parametrize("key", ["initializer", "regularizer"])
def test_a_pattern_that_is_none(key, config) -> None:
    config["model"][key] = {"regexes": [["a", {"type": "l2"}], ["(", {"type": "l2"}]]}
    message = rf"^model.{key}.regexes.1.0: found '\(' \(missing .*, expected a regular expression"
    with pytest.raises(ConfigurationError, match=message):
        check_values(config)


def test_a_pattern_of_what_is_not_trained(config) -> None:
    config["trainer"]["no_grad"] = ["encoder", "*a"]
    with pytest.raises(ConfigurationError, match=r"^trainer.no_grad.1: found '\*a' \(nothing to"):
        check_values(config)


def test_a_vocabulary_whose_tags_are_cut(config) -> None:
    config["vocabulary"] = {"max_vocab_size": 5}
    message = "^vocabulary.max_vocab_size: found 5, expected an object with a size"
    with pytest.raises(ConfigurationError, match=message):
        check_values(config)
    config["vocabulary"] = {"max_vocab_size": {"characters": 5}}
    check_values(config)
