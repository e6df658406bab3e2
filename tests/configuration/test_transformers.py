"""Pretrained transformers that are not there, or not those of the indexers."""

import re

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.transformers import check_transformers


def test_names_and_folders(small_config, tiny_transformer) -> None:
    check_transformers(small_config("datnet_f"))
    for model in ("bert-base-cased", "owner/model", tiny_transformer("bert")):
        check_transformers(small_config("datnet_f", model))


@pytest.mark.parametrize("model", ["/none", "./none", "~/none", "a/b/c", __file__])
def test_a_folder_that_is_not_there(model, small_config) -> None:
    message = (
        r"^dataset_reader\.readers\.\w+\.token_indexers\.words\.model_name: "
        f"found no folder '{re.escape(model)}', expected that of a transformer, or a name on a hub"
    )
    with pytest.raises(ConfigurationError, match=message):
        check_transformers(small_config("datnet_f", model))


def test_a_folder_of_something_else(small_config, tmp_path) -> None:
    message = f"model_name: found no config.json in the folder '{tmp_path}', expected what `save"
    with pytest.raises(ConfigurationError, match=message):
        check_transformers(small_config("datnet_f", str(tmp_path)))


def test_the_embedder_alone(small_config, tiny_transformer, changed) -> None:
    key = "model.text_field_embedder.shared.words.model_name"
    for name in ("./none", ""):
        config = changed(small_config("base", tiny_transformer("bert")), key, name)
        with pytest.raises(ConfigurationError, match=f"^{key}: found no folder '{name}'"):
            check_transformers(config)


@pytest.mark.parametrize(
    "name, value",
    [("type", "pretrained_transformer"), ("model_name", "bert-base-cased"), ("max_length", 128)],
)
@pytest.mark.parametrize("place", ["shared.words", "per_resource.target"])
def test_an_embedder_of_other_word_pieces(
    place, name, value, small_config, tiny_transformer, changed
) -> None:
    config = small_config("base", tiny_transformer("bert"))
    key = f"model.text_field_embedder.{place}"
    if place != "shared.words":
        part = config["model"]["text_field_embedder"]["shared"].pop("words")
        config["model"]["text_field_embedder"]["per_resource"]["target"] = part
    check_transformers(config)
    expected = "as in dataset_reader.readers.target.token_indexers.words"
    message = f"^{key}.{name}: found {value!r}, expected .*, {expected}$"
    with pytest.raises(ConfigurationError, match=message):
        check_transformers(changed(config, f"{key}.{name}", value))


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_window_that_is_longer_than_the_transformer(
    kind, small_config, tiny_transformer, changed
) -> None:
    config = small_config("base", tiny_transformer(kind))
    of_indexer = "dataset_reader.readers.target.token_indexers.words.max_length"
    key = "model.text_field_embedder.shared.words.max_length"
    check_transformers(changed(changed(config, key, 512), of_indexer, 512))
    with pytest.raises(ConfigurationError, match=f"^{key}: found 513, expected at most 512, which"):
        check_transformers(changed(changed(config, key, 513), of_indexer, 513))
