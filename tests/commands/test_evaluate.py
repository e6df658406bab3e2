"""AllenNLP's `evaluate` on archives of this project."""

import errno
import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError
from allennlp.evaluation.serializers import SimpleSerializer

FIXTURES = Path(__file__).parents[2] / "fixtures"
BOTH = json.dumps({name: str(FIXTURES / name / "test.conll") for name in ("source", "target")})


@pytest.fixture
def evaluate(archive, monkeypatch, tmp_path):
    def evaluate(data: str, *options: str) -> dict:
        arguments = ["evaluate", str(archive), data, "--output-file", str(tmp_path / "m.json")]
        monkeypatch.setattr(sys, "argv", ["allennlp", *arguments, *options])
        main(prog="allennlp")
        return json.loads((tmp_path / "m.json").read_text())

    return evaluate


def test_both_resources_as_the_error_says(evaluate) -> None:
    with pytest.raises(ConfigurationError, match="found a batch of several resources") as error:
        evaluate(BOTH)
    said = re.search(r"-o '(.*)'", str(error.value))
    metrics = evaluate(BOTH, "-o", said[1])
    assert metrics["tag_loss_source"] > 0 and metrics["tag_loss_target"] > 0


def test_predictions_go_to_a_file(evaluate, tmp_path) -> None:
    predictions = tmp_path / "predictions.json"
    evaluate(str(FIXTURES / "target" / "test.conll"), "--predictions-output-file", str(predictions))
    lines = [json.loads(line) for line in predictions.read_text().splitlines()]
    assert lines and all("tags" in line for line in lines)


def test_predictions_on_a_full_disk(evaluate, tmp_path, monkeypatch) -> None:
    predictions = tmp_path / "predictions.json"
    predictions.write_text("those of before")

    def write(*_: object, **__: object) -> None:
        assert (tmp_path / ".predictions.json.unfinished").exists()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(SimpleSerializer, "__call__", write)
    with pytest.raises(ConfigurationError, match="predictions.json: No space left on device"):
        data = str(FIXTURES / "target" / "test.conll")
        evaluate(data, "--predictions-output-file", str(predictions))
    assert predictions.read_text() == "those of before"
    assert not (tmp_path / ".predictions.json.unfinished").exists()


def test_predictions_into_what_is_no_plain_file(evaluate, tmp_path) -> None:
    """Such as `/dev/stdout`, which is a link: it is written and not replaced."""
    (tmp_path / "link").symlink_to(tmp_path / "predictions.json")
    (tmp_path / "device").symlink_to("/dev/null")
    data = str(FIXTURES / "target" / "test.conll")
    for name in ("link", "device"):
        evaluate(data, "--predictions-output-file", str(tmp_path / name))
        assert (tmp_path / name).is_symlink()
    assert (tmp_path / "predictions.json").read_text()


@pytest.mark.parametrize("key, value", [("batches_per_epoch", 0), ("quiet", "yes")])
def test_a_loader_that_cannot_be(key, value, evaluate) -> None:
    """As any archive may have it."""
    options = ["-o", json.dumps({f"validation_data_loader.{key}": value})]
    with pytest.raises(ConfigurationError, match=r"found parts that cannot be evaluated \("):
        evaluate(str(FIXTURES / "target" / "test.conll"), *options)


def test_a_key_that_leads_nowhere(evaluate) -> None:
    with pytest.raises(ConfigurationError, match="--overrides: found the key 'modl.dropout'"):
        evaluate(BOTH, "-o", '{"modl.dropout": 0.1}')


def test_several_files_have_an_output_each(evaluate, tmp_path) -> None:
    parts = [str(FIXTURES / "target" / f"{part}.conll") for part in ("dev", "test")]
    both = ",".join(parts)
    message = r"^{}: found 1 file\(s\) for 2 to evaluate, expected one for each, with commas"
    with pytest.raises(ConfigurationError, match=message.format("--output-file")):
        evaluate(both)
    outputs = f"{tmp_path / 'm.json'},{tmp_path / 'test.json'}"
    of_dev = evaluate(both, "--output-file", outputs)
    of_test = json.loads((tmp_path / "test.json").read_text())
    assert of_dev["tag_loss_target"] != of_test["tag_loss_target"]
    with pytest.raises(ConfigurationError, match=message.format("--predictions-output-file")):
        evaluate(both, "--output-file", outputs, "--predictions-output-file", "p.json")


def test_no_names_are_made_for_data_that_is_no_file(evaluate) -> None:
    message = "^--auto-names: found 'ALL' for data that is no file, .* names in --output-file"
    with pytest.raises(ConfigurationError, match=message):
        evaluate(BOTH, "--auto-names", "ALL")


@pytest.mark.parametrize("option", ["--output-file", "--predictions-output-file"])
def test_no_output_is_the_data(evaluate, tmp_path, option) -> None:
    data = tmp_path / "test.conll"
    shutil.copy(FIXTURES / "target" / "test.conll", data)
    with pytest.raises(ConfigurationError, match="test.conll: found the input, expected another"):
        evaluate(str(data), option, str(data))
    assert data.read_bytes() == (FIXTURES / "target" / "test.conll").read_bytes()


@pytest.mark.parametrize("key", ["x", "tags", "logits"])
def test_a_weight_that_the_model_does_not_give(key, evaluate) -> None:
    message = f"^--batch-weight-key: found '{key}', .* one of .*'discriminator_loss', 'loss', 'tag_"
    with pytest.raises(ConfigurationError, match=message):
        evaluate(str(FIXTURES / "target" / "test.conll"), "--batch-weight-key", key)


def test_a_batch_of_no_sentences(evaluate) -> None:
    with pytest.raises(ConfigurationError, match="^--batch-size: found -1, expected at least 1"):
        evaluate(BOTH, "--batch-size", "-1")


@pytest.mark.parametrize(
    "given, message",
    [
        ("{", r"found '\{', expected an object as JSON"),
        ("[1]", r"found '\[1\]', expected an object as JSON"),
        ('{"a": 1}', "expected an object as JSON"),
        ('{"a": "none.txt"}', "found no file 'none.txt', expected vectors"),
        (json.dumps({"a": __file__}), "found 'a', expected an embedding .* one of .*characters"),
    ],
)
def test_sources_of_embeddings(given, message, evaluate) -> None:
    options = ["--embedding-sources-mapping", given]
    data = str(FIXTURES / "target" / "test.conll")
    with pytest.raises(ConfigurationError, match=f"^--embedding-sources-mapping: .*{message}"):
        evaluate(data, "--extend-vocab", *options)


def test_sources_of_embeddings_without_more_words(evaluate) -> None:
    options = ["--embedding-sources-mapping", json.dumps({"a": __file__})]
    with pytest.raises(ConfigurationError, match="found it alone, expected --extend-vocab as well"):
        evaluate(BOTH, *options)


def test_a_batch_size_where_a_sampler_has_it(evaluate) -> None:
    data = str(FIXTURES / "target" / "test.conll")
    with pytest.raises(ConfigurationError, match="^--batch-size: found 4 for a loader") as error:
        evaluate(data, "--batch-size", "4")
    said = re.search(r"-o '(.*)'", str(error.value))
    assert evaluate(data, "-o", said[1])["tag_loss_target"] > 0


@pytest.mark.parametrize("option", ["--output-file", "--predictions-output-file"])
def test_no_folder_for_an_output(evaluate, tmp_path, option) -> None:
    path = tmp_path / "none" / "a.json"
    with pytest.raises(ConfigurationError, match=f"^{option}: found no folder for '{path}'"):
        evaluate(BOTH, option, str(path))
