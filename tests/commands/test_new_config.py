"""From two corpora to a configuration that trains."""

import json
import sys
from pathlib import Path

import pytest
from allennlp.commands import main, train
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration import check_configuration

ROOT = Path(__file__).parents[2]
VECTORS = "fixtures/embeddings/en.50d.txt.gz"
# GermEval's columns; the source.
SOURCE = "#\ta [2005]\n1\tKai\tB-PER\tB-LOC\n2\tsees\tO\tO\n3\tOslo\tB-LOC\tO\n\n" * 12
RECORD = {"text": "in Oslo today", "entities": [[3, 7, "place"], [9, 13, "time"]]}


@pytest.fixture
def command(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)

    def command(*arguments) -> str:
        output = tmp_path / "my.jsonnet"
        monkeypatch.setattr(sys, "argv", ["allennlp", "new-config", *map(str, arguments)])
        sys.argv += ["-o", str(output)]
        main(prog="allennlp")
        return str(output)

    return command


@pytest.fixture
def corpora(tmp_path):
    (tmp_path / "de.tsv").write_text(SOURCE)
    (tmp_path / "tweets.jsonl").write_text(f"{json.dumps(RECORD)}\n" * 12)
    return "--source", tmp_path / "de.tsv", "--target", tmp_path / "tweets.jsonl"


@pytest.mark.long
def test_the_configuration_trains_for_an_epoch(command, corpora, capsys, tmp_path) -> None:
    path = command(*corpora)
    said = capsys.readouterr().out
    assert "4 columns apart by tabs: tokens in column 2, IOB2 tags in column 3" in said
    assert "word numbers in column 1" in said and "guessed  the tags are in column 3" in said
    assert "tweets.jsonl:1: left out 'oday' (time, 9 to 13)" in said
    assert "and 7 more left out of" in said
    assert f"Next: allennlp train {path}" in said
    shrink = {"trainer.num_epochs": 1, "model.encoder.shared.hidden_size": 4}
    train.train_model(Params.from_file(path, shrink), str(tmp_path / "run"))
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["epoch"] == 0 and "best_validation_f1-measure-overall" in metrics


@pytest.mark.parametrize(
    "options, kinds",
    [
        (["--vectors", VECTORS], {"word_vectors"}),
        ([], {"embedding"}),
        (["--transformer", "a"], set()),
        (["--transformer", "a", "--vectors", VECTORS], {"word_vectors"}),
    ],
)
def test_embedders(options, kinds, command) -> None:
    corpora = "--source", "fixtures/source", "--target", "fixtures/target"
    config = Params.from_file(command(*corpora, *options)).as_dict(quiet=True)
    check_configuration(config)
    embedder = config["model"]["text_field_embedder"]
    assert {each["type"] for each in embedder["per_resource"].values()} == kinds
    transformers = [key for key, each in embedder["shared"].items() if "model_name" in each]
    assert bool(transformers) == ("--transformer" in options)
    assert config["train_data_path"]["target"] == "fixtures/target/train.conll"
    assert config["validation_data_path"] == {"target": "fixtures/target/dev.conll"}
    # 60 sentences, as if they were 500.
    assert config["data_loader"]["batch_sampler"]["rates"]["target"] == 8.3


def test_corpora_of_one_language_share_their_trained_words(command, capsys, tmp_path) -> None:
    """Six of ten words of the target are in the source, or five."""
    source, target = tmp_path / "source.conll", tmp_path / "target.conll"
    source.write_text("a O\nb O\nOslo B-LOC\n\n" * 9)
    for rest, is_shared in (("b", True), ("d", False)):
        words = ["A", "b", "c", "Lima", "c", "c", "OSLO", "a", "b", rest, "7"]
        rows = [f"{word} {'B-LOC' if word == 'Lima' else 'O'}\n" for word in words]
        target.write_text("".join([*rows, "\n"]) * 9)
        path = command("--source", source, "--target", target, "--force")
        said = "one language, for the source has 60% of the words" in capsys.readouterr().out
        config = Params.from_file(path).as_dict(quiet=True)
        check_configuration(config)
        embedder = config["model"]["text_field_embedder"]
        assert said == is_shared == ("words" in embedder["shared"])
        assert bool(embedder["per_resource"]) == (not is_shared)
        attacked = config["trainer"]["callbacks"][0]["epsilon"]
        assert ("text_field_embedder.shared.words" in attacked) == is_shared
        namespaces = {
            reader["token_indexers"]["words"]["namespace"]
            for reader in config["dataset_reader"]["readers"].values()
        }
        assert len(namespaces) == (1 if is_shared else 2)


def test_vectors_of_two_languages_are_brought_into_one_space(command, tmp_path) -> None:
    (tmp_path / "other.gz").write_bytes(Path(VECTORS).read_bytes())
    corpora = "--source", "fixtures/source", "--target", "fixtures/target"
    both = "--vectors", tmp_path / "other.gz", "--source-vectors", VECTORS
    config = Params.from_file(command(*corpora, *both)).as_dict(quiet=True)
    check_configuration(config)
    assert config["model"]["text_field_embedder"]["alignment"] == {
        "target": {"type": "procrustes", "towards": "source"}
    }


def test_a_file_that_needs_keys_only_is_left_as_it_is(command, tmp_path) -> None:
    path = tmp_path / "old.txt"
    path.write_text("in P O\nOslo N I-LOC\n\n" * 600)
    config = Params.from_file(command("--source", path, "--target", path)).as_dict(quiet=True)
    reader = config["dataset_reader"]["readers"]["target"]
    assert reader["file_coding"] == "IOB1" and reader["entity_types"] == ["LOC"]
    target = config["train_data_path"]["target"]
    assert target == {"path": str(path), "part": {"share": 0.2, "take": "rest", "seed": 1}}
    assert config["validation_data_path"]["target"]["part"]["take"] == "held_out"


def test_mistakes(command, corpora, tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="none.txt: found no such file"):
        command(*corpora, "--vectors", "none.txt")
    with pytest.raises(ConfigurationError, match="none: found no such file or folder"):
        command("--source", "none", "--target", "none")
    with pytest.raises(ConfigurationError, match="--transformer: found no folder '/none', expec"):
        command(*corpora, "--transformer", "/none")
    assert not (tmp_path / "my.jsonnet").exists()
    command(*corpora)
    with pytest.raises(ConfigurationError, match="my.jsonnet: found a file, expected a new name"):
        command(*corpora)
    command(*corpora, "--force")


def test_a_configuration_within_the_checkout_imports_from_beside_it(
    command, monkeypatch, tmp_path
) -> None:
    from datnet_allennlp.corpora import new_config

    # The checkout is where the package is.
    (tmp_path / "training_config").mkdir()
    (tmp_path / "training_config" / "datnet.libsonnet").write_text("{}")
    monkeypatch.setattr(new_config.datnet_allennlp, "__file__", str(tmp_path / "p" / "i.py"))
    (tmp_path / "p").mkdir()
    path = command("--source", "fixtures/source", "--target", "fixtures/target")
    assert 'import "training_config/datnet.libsonnet"' in Path(path).read_text()


@pytest.mark.long
def test_files_as_people_have_them_train(command, capsys, tmp_path) -> None:
    (tmp_path / "esp.train").write_bytes("Málaga I-LOC\nes O\n\n".encode("latin-1") * 12)
    (tmp_path / "movies.bio").write_bytes(b"O\tin\rB-title\tOslo\r\r" * 12)
    path = command("--source", tmp_path / "esp.train", "--target", tmp_path / "movies.bio")
    said = capsys.readouterr().out
    assert "esp.train is Latin-1" in said and "the tags are coded as IOB1" in said
    assert "tokens in column 2, IOB2 tags in column 1" in said
    assert "movies.bio: lines end in carriage returns alone" in said
    shrink = {"trainer.num_epochs": 1, "model.encoder.shared.hidden_size": 4}
    train.train_model(Params.from_file(path, shrink), str(tmp_path / "run"))
    words = (tmp_path / "run" / "vocabulary" / "source_tokens.txt").read_text()
    assert "málaga" in words.splitlines()
