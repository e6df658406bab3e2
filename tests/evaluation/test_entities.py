import random
import re

import pytest
from allennlp.common import Params
from allennlp.data import DatasetReader

from datnet_allennlp.data.column_file import read_column_file
from datnet_allennlp.evaluation.entities import Entity, entities_of_training, read_entities


def test_read_entities() -> None:
    tokens = "Ann saw New York City".split()
    [ann, city] = read_entities(4, tokens, "U-P O B-L I-L L-L".split())
    assert ann == Entity(4, 0, 1, "P", "Ann")
    assert city == (4, 2, 5, "L", "New York City")
    assert city.form == ("New York City", "L")


@pytest.mark.parametrize("resource", ["source", "target"])
def test_entities_of_training_are_those_of_the_sample(resource: str, small_config) -> None:
    config = small_config("datnet_f")
    path = config["train_data_path"]
    sentences = list(read_column_file(path[resource]["path"]))
    path[resource].update(max_sentences=12, sample_seed=5)
    chosen = sorted(random.Random(5).sample(range(len(sentences)), 12))

    expected = set()
    for sentence in (sentences[index] for index in chosen):
        rows = zip(sentence.tokens, sentence.tags, strict=True)
        text = "".join(f"{word}\t{tag}\n" for word, tag in rows)
        for first, entity_type, rest in re.findall(r"(\S+)\tB-(.+)\n((?:\S+\tI-.+\n)*)", text):
            following = [line.split("\t")[0] for line in rest.splitlines()]
            expected.add((" ".join([first, *following]), entity_type))
    reader = DatasetReader.from_params(Params(config["dataset_reader"]))
    assert entities_of_training(reader, path, resource) == expected
    assert len(expected) > 3


def test_a_plain_path(small_config) -> None:
    config = small_config("base")
    reader = DatasetReader.from_params(Params(config["dataset_reader"]))
    path = config["train_data_path"]["target"]
    found = entities_of_training(reader, path)
    assert found == entities_of_training(reader, {"target": path}, "target")
    assert ("Nora Whitfield", "person") in found
