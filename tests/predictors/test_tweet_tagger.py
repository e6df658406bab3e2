import importlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.plugins import import_plugins
from allennlp.data import Instance
from allennlp.interpret.attackers import InputReduction
from allennlp.interpret.saliency_interpreters import (
    IntegratedGradient,
    SimpleGradient,
    SmoothGradient,
)
from allennlp.models import load_archive
from allennlp.predictors import Predictor
from hypothesis import given, settings
from hypothesis import strategies as st

from datnet_allennlp.predictors import TweetTaggerPredictor
from datnet_allennlp.tagging import tagger as tagger_module

ROOT = Path(__file__).parents[2]
READER = """
from typing import List, Optional

from allennlp.data import DatasetReader, Instance, Token, Tokenizer
from allennlp.data.fields import MetadataField, SequenceLabelField, TextField
from allennlp.data.token_indexers import SingleIdTokenIndexer


@DatasetReader.register("invented")
class InventedReader(DatasetReader):
    def __init__(self, tokenizer: Optional[Tokenizer] = None, **kwargs) -> None:
        super().__init__(**kwargs)
        self.tokenizer = tokenizer
        self.resources = []

    def _read(self, file_path):
        with open(file_path) as lines:
            for line in lines:
                pairs = [pair.rsplit("|", 1) for pair in line.split()]
                tokens = [Token(word) for word, _ in pairs]
                yield self.text_to_instance(tokens, [tag for _, tag in pairs])

    def text_to_instance(self, tokens: List[Token], tags=None, resource="here") -> Instance:
        assert tokens
        self.resources.append(resource)
        indexers = {"tokens": SingleIdTokenIndexer()}
        field = TextField(tokens, indexers)
        fields = {"tokens": field, "metadata": MetadataField({"words": [t.text for t in tokens]})}
        if tags:
            fields["tags"] = SequenceLabelField(tags, field)
        return Instance(fields)
"""
TRAIN = """\
Ada|B-PER Bloom|L-PER sails|O to|O Tallinn|U-geo-loc !|O
@skipper|O RT|O :|O Ada|B-PER Bloom|L-PER &|O Zoë|U-PER in|O Tallinn|U-geo-loc
Zoë|U-PER 's|O boat|O sails|O 😂|O
the|O boat|O is|O in|O Tallinn|U-geo-loc .|O
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the module `invented_reader` and the archive of a trained `crf_tagger`."""
    folder = tmp_path_factory.mktemp("tagger")
    (folder / "invented_reader.py").write_text(READER)
    (folder / "train.txt").write_text(TRAIN)
    sys.path.insert(0, str(folder))
    importlib.import_module("invented_reader")
    sys.path.remove(str(folder))
    import_plugins()
    config = {
        "dataset_reader": {"type": "invented", "tokenizer": {"type": "tweet"}},
        "train_data_path": str(folder / "train.txt"),
        "model": {
            "type": "crf_tagger",
            "label_encoding": "BIOUL",
            "constrain_crf_decoding": True,
            "text_field_embedder": {
                "token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 12}}
            },
            "encoder": {"type": "lstm", "input_size": 12, "hidden_size": 12, "bidirectional": True},
        },
        "data_loader": {"batch_size": 4},
        "trainer": {"optimizer": {"type": "adam", "lr": 0.05}, "num_epochs": 40, "cuda_device": -1},
    }
    train_model(Params(config), str(folder / "run"))
    return folder


@pytest.fixture(scope="module")
def predictor(folder: Path) -> Predictor:
    archive = load_archive(folder / "run" / "model.tar.gz")
    return Predictor.from_archive(archive, "tweet_tagger")


def entities(output: dict) -> list[tuple[str, str]]:
    for entity in output["entities"]:
        assert set(entity) == {"type", "text", "start", "end", "first_token", "end_token"}
        assert output["text"][entity["start"] : entity["end"]] == entity["text"] != ""
    return [(entity["type"], entity["text"]) for entity in output["entities"]]


def place(*values: object) -> dict:
    names = ("type", "text", "start", "end", "first_token", "end_token")
    return dict(zip(names, values, strict=True))


def test_text(predictor: Predictor) -> None:
    assert isinstance(predictor, TweetTaggerPredictor)
    text = "  RT: Ada  Bloom &amp; Zoë's boat in Tallinn!!!!!!"
    output = predictor.predict_json({"text": text})
    assert output == {
        "text": text,
        "tokens": ["RT", ":", "Ada", "Bloom", "&", "Zoë", "'s", "boat", "in", "Tallinn", *"!!!"],
        "tags": ["O", "O", "B-PER", "L-PER", "O", "U-PER", *"OOO", "U-geo-loc", *"OOO"],
        "entities": [
            place("PER", "Ada  Bloom", 6, 16, 2, 4),
            place("PER", "Zoë", 23, 26, 5, 6),
            place("geo-loc", "Tallinn", 37, 44, 9, 10),
        ],
    }
    assert predictor.predict_json({"sentence": text}) == output


def test_tokens(predictor: Predictor) -> None:
    output = predictor.predict_json({"tokens": ["Ada", "Bloom", "sails", "to", "Tallinn", "!"]})
    assert output["text"] == "Ada Bloom sails to Tallinn !"
    assert output["tokens"] == ["Ada", "Bloom", "sails", "to", "Tallinn", "!"]
    assert entities(output) == [("PER", "Ada Bloom"), ("geo-loc", "Tallinn")]


def test_an_entity_covers_raw_characters(predictor: Predictor, monkeypatch) -> None:
    # Of the padding, which some models tag too, nothing is left.
    tags = {"tags": [["O", "B-ORG", "I-ORG", "L-ORG", "U-ORG", "U-ORG"]]}
    monkeypatch.setattr(predictor._model, "make_output_human_readable", lambda output: tags)
    output = predictor.predict_json({"text": "buy AT&amp;T &lt;3"})
    assert entities(output) == [("ORG", "AT&amp;T"), ("ORG", "&lt;3")]


def test_forbidden_tags_are_read_as_conlleval_does(predictor: Predictor, monkeypatch) -> None:
    tags = {"tags": [["I-PER", "I-PER", "O", "B-LOC"]]}
    monkeypatch.setattr(predictor._model, "make_output_human_readable", lambda output: tags)
    output = predictor.predict_json({"text": "Ada Bloom in Tallinn"})
    assert entities(output) == [("PER", "Ada Bloom"), ("LOC", "Tallinn")]
    assert output["tags"] == tags["tags"][0]


@pytest.mark.parametrize(
    "record", [{"text": ""}, {"text": " \n\u3000"}, {"text": "&nbsp;"}, {"tokens": []}]
)
def test_without_tokens_the_model_is_not_called(predictor, record, monkeypatch) -> None:
    monkeypatch.delattr(type(predictor._model), "forward")
    output = predictor.predict_json({"id": 7, **record})
    assert output == {
        "id": 7,
        "text": record.get("text", ""),
        "tokens": [],
        "tags": [],
        "entities": [],
    }


def test_unusual_texts(predictor: Predictor) -> None:
    assert predictor.predict_json({"text": "😂👍🏽"})["tokens"] == ["😂", "👍🏽"]
    output = predictor.predict_json({"text": "Ada Bloom sails to Tallinn " * 1000})
    assert len(output["tokens"]) == len(output["tags"]) == 5000
    assert len(entities(output)) == 2000
    assert output["entities"][-1]["end"] == 26 + 27 * 999


@settings(max_examples=60)
@given(text=st.text(st.characters(), max_size=40))
def test_any_text(predictor: Predictor, text: str) -> None:
    output = json.loads(predictor.dump_line(predictor.predict_json({"text": text})))
    assert output["text"] == text
    assert len(output["tokens"]) == len(output["tags"])
    entities(output)


def test_a_batch_keeps_order_and_other_keys(predictor: Predictor) -> None:
    records = [
        {"text": "Zoë sails", "id": 1},
        {"text": " ", "id": 2},
        {"tokens": ["in", "Tallinn"], "id": [3], "meta": {"lang": "en"}},
        {"text": "", "id": None},
        {"sentence": "Ada Bloom is in the boat in Tallinn ."},
    ]
    outputs = predictor.predict_batch_json(records)
    assert [output.get("id", "none") for output in outputs] == [1, 2, [3], None, "none"]
    assert outputs[2]["meta"] == {"lang": "en"}
    assert "sentence" not in outputs[4]
    assert [output["text"] for output in outputs[:4]] == ["Zoë sails", " ", "in Tallinn", ""]
    assert outputs == [predictor.predict_json(record) for record in records]
    assert predictor.predict_batch_json(records[1:2]) == outputs[1:2]


def batch_sizes(predictor: Predictor, monkeypatch) -> list[tuple[int, int]]:
    """A list that gets the shape of each batch that the model is given."""
    shapes: list[tuple[int, int]] = []
    forward = predictor._model.forward

    def record(tokens, **fields):
        shapes.append(tuple(tokens["tokens"]["tokens"].shape))
        return forward(tokens=tokens, **fields)

    monkeypatch.setattr(predictor._model, "forward", record)
    return shapes


def test_batches_hold_a_bounded_number_of_tokens(predictor: Predictor, monkeypatch) -> None:
    monkeypatch.setattr(tagger_module, "_BATCH_TOKENS", 100)
    shapes = batch_sizes(predictor, monkeypatch)
    lengths = [3, 5000, 1, 40, 2, 0, 41, *[7] * 30]
    records = [{"tokens": ["Zoë"] * length, "id": i} for i, length in enumerate(lengths)]
    outputs = predictor.predict_batch_json(records)
    assert [output["id"] for output in outputs] == list(range(len(lengths)))
    assert [len(output["tags"]) for output in outputs] == lengths
    assert [(n, width) for n, width in shapes if n * width > 100] == [(1, 5000)]
    assert sum(n for n, _ in shapes) == len(lengths) - 1  # all but the empty one
    assert sum(n * width for n, width in shapes) <= sum(lengths) + 40
    assert len(shapes) <= 6


def test_a_window_in_parts(predictor: Predictor, monkeypatch) -> None:
    """Read, prepared, sent to another process and answered."""
    monkeypatch.setattr(tagger_module, "_BATCH_TOKENS", 4)
    records = [{"text": text} for text in ("Zoë sails", "", "in Tallinn", "Zoë")]
    tagger = predictor.tagger  # type: ignore[attr-defined]
    window = tagger.prepare([tagger.read(record) for record in records])
    assert len(window.batches) == 2
    outputs = [each.to_dict() for each in tagger.answer(pickle.loads(pickle.dumps(window)))]
    assert outputs == predictor.predict_batch_json(records)
    assert entities(outputs[0]) == [("PER", "Zoë")]


def test_resource_reaches_the_reader(predictor: Predictor) -> None:
    resources = predictor._dataset_reader.resources  # type: ignore[attr-defined]
    resources.clear()
    output = predictor.predict_json({"text": "in Tallinn", "resource": "there"})
    predictor.predict_json({"text": "in Tallinn"})
    assert resources == ["there", "here"]
    assert output["resource"] == "there"


def test_instances_of_the_reader(predictor: Predictor, folder: Path) -> None:
    instances: list[Instance] = list(predictor._dataset_reader.read(folder / "train.txt"))
    outputs = predictor.predict_batch_instance(instances)
    assert entities(outputs[0]) == [("PER", "Ada Bloom"), ("geo-loc", "Tallinn")]
    assert set(outputs[0]) == {"text", "tokens", "tags", "entities"}
    assert predictor.predict_instance(instances[3]) == outputs[3]


@pytest.mark.parametrize(
    "line, expected",
    [
        ('{"text": "a"', 'cannot read the line {"text": "a": found Expecting \',\' delimiter'),
        ("hello", "cannot read the line hello: found Expecting value.*expected one JSON object"),
        ("[" * 100_000, r"cannot read the line \[\[.* \.\.\.: found .*expected one JSON object"),
        ('["text"]', r'record \["text"\]: found a list, expected a JSON object'),
        ("3", "record 3: found a number, expected a JSON object"),
    ],
)
def test_bad_lines(predictor: Predictor, line: str, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected) as caught:
        predictor.load_line(line + "\n")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "record, expected",
    [
        ({}, 'record {}: found no keys, expected exactly one of "text", "sentence" and "tokens"'),
        ({"Text": "a", "id": 1}, 'found "Text" and "id", expected exactly one of "text"'),
        ({"text": "a", "tokens": ["a"]}, 'found "text" and "tokens", expected exactly one'),
        ({"text": None}, 'found null under "text", expected a string'),
        ({"sentence": ["a"]}, 'found a list under "sentence", expected a string'),
        ({"tokens": "a b"}, 'found a string under "tokens", expected a list of strings'),
        ({"tokens": ["a", 3]}, "found 3 as token 1, expected a word"),
        ({"tokens": ["a", ""]}, "found '' as token 1, expected a word"),
        ({"text": "a", "resource": 1}, 'found a number under "resource", expected a string'),
        ({"text": "a", "tags": []}, 'found the key "tags", which the output would overwrite'),
        ({"text": 5, "id": "x" * 9999}, r'record {"text": 5, "id": "xxx.* \.\.\.: found a number'),
        (["a"], "found a list, expected a JSON object"),
    ],
)
def test_bad_records(predictor: Predictor, record, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected) as caught:
        predictor.predict_json(record)
    assert len(str(caught.value)) < 300
    with pytest.raises(ConfigurationError, match=expected):
        predictor.predict_batch_json([{"text": "fine"}, record])


def test_reader_without_a_tokenizer(predictor: Predictor, monkeypatch) -> None:
    monkeypatch.setattr(predictor._dataset_reader, "tokenizer", None)
    with pytest.raises(ConfigurationError, match=r'InventedReader.*"dataset_reader.tokenizer"'):
        predictor.predict_json({"text": "Zoë sails"})
    assert entities(predictor.predict_json({"tokens": ["Zoë", "sails"]})) == [("PER", "Zoë")]


@pytest.fixture(scope="module")
def of_two_resources(archive: Path) -> Predictor:
    return Predictor.from_path(archive)


def test_a_sentence(of_two_resources: Predictor) -> None:
    text = "Zoë in Tallinn"
    expected = of_two_resources.predict_json({"text": text})
    assert of_two_resources.predict(sentence=text) == expected


@pytest.mark.parametrize("resource", ["source", "target"])
def test_an_instance_for_each_entity(of_two_resources: Predictor, resource: str) -> None:
    record = {"text": "Zoë Bloom is back in Tallinn with Mia Torres", "resource": resource}
    predicted = of_two_resources.predict_json(record)
    labelled = of_two_resources.json_to_labeled_instances(record)
    assert len(labelled) == len(predicted["entities"]) > 0
    assert [
        [(i, tag) for i, tag in enumerate(instance["tags"].labels) if tag != "O"]
        for instance in labelled
    ] == [
        list(enumerate(predicted["tags"]))[each["first_token"] : each["end_token"]]
        for each in predicted["entities"]
    ]
    model = of_two_resources._model
    model.get_metrics(reset=True)
    gradients, outputs = of_two_resources.get_gradients(labelled[:1])
    # Neither the discriminator nor any metric has a part in it.
    assert model.get_metrics() == {} and "discriminator_loss" not in outputs
    assert gradients["grad_input_1"].shape[:2] == (1, len(predicted["tokens"]))
    assert abs(gradients["grad_input_1"]).sum() > 0


@pytest.mark.long
@pytest.mark.parametrize("interpreter", [SimpleGradient, IntegratedGradient, SmoothGradient])
def test_what_each_entity_rests_on(
    of_two_resources: Predictor, predictor: Predictor, interpreter
) -> None:
    for each in (of_two_resources, predictor):
        record = {"tokens": ["Ada", "Bloom", "sails", "to", "Tallinn", "!"]}
        number = len(each.predict_json(record)["entities"])
        found = interpreter(each).saliency_interpret_from_json(record)
        assert len(found) == number > 0
        for saliency in found.values():
            assert sum(saliency["grad_input_1"]) == pytest.approx(1.0)


@pytest.mark.long
def test_words_that_an_entity_does_not_need(predictor: Predictor) -> None:
    record = {"tokens": ["Ada", "Bloom", "sails", "to", "Tallinn", "!"]}
    found = InputReduction(predictor).attack_from_json(record, "tokens", "grad_input_1")
    assert found["original"] == record["tokens"] and len(found["final"]) == 2
    assert {"Ada", "Bloom"} <= set(found["final"][0]) and "Tallinn" in found["final"][1]


@pytest.mark.process
def test_command(folder: Path, prepared_allennlp) -> None:
    records = [{"text": "Zoë in Tallinn", "id": 1}, {"text": ""}, {"tokens": ["Ada", "Bloom"]}]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "in.jsonl").write_text(lines, encoding="utf-8")
    done = subprocess.run(
        [
            *(*prepared_allennlp, "predict", "run/model.tar.gz", "in.jsonl"),
            *("--predictor", "tweet_tagger", "--output-file", "out.jsonl", "--silent"),
            *("--batch-size", "2", "--include-package", "invented_reader"),
            *("--include-package", "datnet_allennlp.data.tokenizers"),
            *("--include-package", "datnet_allennlp.predictors"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    outputs = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [entities(output) for output in outputs] == [
        [("PER", "Zoë"), ("geo-loc", "Tallinn")],
        [],
        [("PER", "Ada Bloom")],
    ]
    assert outputs[0]["id"] == 1
