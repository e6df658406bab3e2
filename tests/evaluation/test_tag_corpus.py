import copy
import random
from pathlib import Path

import numpy
import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.training.util import evaluate

from datnet_allennlp.data.column_file import read_column_file
from datnet_allennlp.data.dataset_readers import ConllColumnsReader
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.tag_corpus import tag_corpus, tag_instances

CASES = [("base", "target"), ("datnet_f", "target"), ("datnet_p", "source")]


@pytest.fixture
def untrained(small_config, build):
    """Makes a model, whose random tags hold many entities, and the configuration's reader."""

    def make(variant: str):
        config = small_config(variant)
        return build(config), reader_of(config["dataset_reader"]), config

    return make


def dev_path(config, resource: str) -> str:
    return str(Path(config["train_data_path"][resource]["path"]).with_name("dev.conll"))


def reader_of(config) -> DatasetReader:
    return DatasetReader.from_params(Params(copy.deepcopy(config)))


@pytest.mark.parametrize(("variant", "resource"), CASES)
def test_tags_each_sentence_of_the_file_in_order(
    variant, resource, untrained, small_config
) -> None:
    built, reader, config = untrained(variant)
    path = dev_path(config, resource)
    tagged = tag_corpus(built.model, reader, path, resource)

    in_file = list(read_column_file(path))
    assert [each.tokens for each in tagged] == [each.tokens for each in in_file]
    assert [each.gold for each in tagged] == [each.tags for each in in_file]
    assert len({len(each.tokens) for each in tagged}) > 5
    # One by one, by AllenNLP, and from BIOUL to IOB2 letter by letter.
    whole_reader = reader_of(small_config(variant)["dataset_reader"])
    built.model.eval()
    for instance, each in zip(whole_reader.read({resource: path}), tagged, strict=True):
        tags = built.model.forward_on_instance(instance)["tags"]
        letters = {"U": "B", "L": "I"}
        assert each.predicted == [letters.get(tag[0], tag[0]) + tag[1:] for tag in tags]
    assert any(tag != "O" for each in tagged for tag in each.predicted)


def test_scores_as_the_metric_of_training(untrained) -> None:
    built, reader, config = untrained("datnet_f")
    tagged = tag_corpus(built.model, reader, dev_path(config, "target"))
    metrics = evaluate(built.model, built.trainer._validation_data_loader)
    values = score(tagged)["conlleval"]
    for key, name in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-measure")):
        assert values[key] == pytest.approx(metrics[f"{name}-overall"])
    assert 0 < values["predicted"]


@pytest.mark.parametrize("training", [False, True])
def test_leaves_no_trace(training: bool, untrained) -> None:
    built, reader, config = untrained("datnet_f")
    model = built.model.train(training)
    states = random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state()
    tag_corpus(model, reader, dev_path(config, "target"))
    assert random.getstate() == states[0]
    assert numpy.random.get_state()[1].tolist() == states[1]
    assert torch.equal(torch.get_rng_state(), states[2])
    assert model.training == training
    assert model.get_metrics() == {}
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_type_that_the_model_does_not_know(untrained, tmp_path) -> None:
    built, _, config = untrained("base")
    config["dataset_reader"]["readers"]["target"]["entity_types"].append("planet")
    reader = reader_of(config["dataset_reader"])
    path = tmp_path / "new.conll"
    path.write_text("Mars\tB-planet\nshines\tO\n")
    [tagged] = tag_corpus(built.model, reader, str(path))
    assert tagged.gold == ["B-planet", "O"]


@pytest.fixture(params=["BIO", "BIOUL", "none"])
def crf_tagger(request, small_config):
    """AllenNLP's own tagger, with a reader of one resource."""
    coding = "BIO" if request.param == "none" else request.param
    reader = ConllColumnsReader(coding=coding)
    path = small_config("base")["train_data_path"]["target"]["path"]
    instances = list(reader.read(path))
    labels = None if request.param == "none" else coding
    config = {
        "type": "crf_tagger",
        "text_field_embedder": {
            "token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 4}}
        },
        "encoder": {"type": "lstm", "input_size": 4, "hidden_size": 4},
        "label_namespace": "tags",
        "label_encoding": labels,
        # So that forbidden sequences come up.
        "constrain_crf_decoding": False,
    }
    vocab = Vocabulary.from_instances(instances)
    torch.manual_seed(1)
    return Model.from_params(Params(config), vocab=vocab), reader, path


def test_another_model(crf_tagger) -> None:
    model, reader, path = crf_tagger
    if model.label_encoding is None:
        with pytest.raises(ConfigurationError, match=r"model\.label_encoding: found none"):
            tag_corpus(model, reader, path)
        return
    tagged = tag_corpus(model, reader, path)
    assert [each.tokens for each in tagged] == [each.tokens for each in read_column_file(path)]
    letters = {tag[0] for each in tagged for tag in each.predicted}
    assert letters <= set("BIO") and len(letters) > 1
    scores = score(tagged)
    assert scores["strict"]["predicted"] < scores["conlleval"]["predicted"]


def test_nothing_to_tag(untrained) -> None:
    built, _, _ = untrained("base")
    assert tag_instances(built.model, []) == []
