"""The specification of a learning curve, on the fixtures."""

from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.learning_curve import Corpus, learning_curve
from datnet_allennlp.experiments.spec import make_spec

FIXTURES = Path(__file__).parents[2] / "fixtures"
VECTORS = FIXTURES / "embeddings" / "en.50d.txt.gz"


def corpus(name: str, vectors: Path | None = VECTORS, without: str = "", **reader_keys) -> Corpus:
    paths = {split: FIXTURES / name / f"{split}.conll" for split in ("train", "dev", "test")}
    paths.pop(without, None)
    types = ["LOC", "MISC", "ORG", "PER"] if name == "source" else ["group", "location", "person"]
    return Corpus(paths, vectors, types, reader_keys, num_sentences=60)


SOURCE, TARGET = corpus("source"), corpus("target")


@pytest.fixture(scope="module")
def spec():
    return make_spec(learning_curve(SOURCE, TARGET, [10, 40], 2), Path("learning-curve"))


def test_cells(spec):
    assert spec.factors == {"model": ["Base", "DATNet-F"], "size": [10, 40], "pair": [1, 2]}
    assert len(spec.cells) == 8
    assert spec.baseline == {"model": "Base"}
    for cell in spec.cells:
        target = cell.config["train_data_path"]["target"]
        assert target["max_sentences"] == cell.factors["size"]
        assert target["sample_seed"] == cell.seed == cell.factors["pair"]
        assert set(cell.evaluate) == {"dev", "test"}
        resources = {"target"} | ({"source"} if cell.factors["model"] == "DATNet-F" else set())
        assert set(cell.config["train_data_path"]) == resources


def test_vectors_of_two_languages_are_brought_into_one_space(tmp_path):
    (tmp_path / "other.gz").write_bytes(VECTORS.read_bytes())
    target = corpus("target", tmp_path / "other.gz")
    base, both = learning_curve(SOURCE, target, [10], 1)["cells"]
    assert "alignment" not in base["config"]["model"]["text_field_embedder"]
    assert (
        both["config"]["model"]["text_field_embedder"]["alignment"]["target"]["towards"] == "source"
    )


def test_without_vectors_embeddings_are_trained(tmp_path):
    for source in (SOURCE, corpus("source", None)):
        for cell in learning_curve(source, corpus("target", None), [10], 1)["cells"]:
            readers = cell["config"]["dataset_reader"]["readers"]
            assert readers["target"]["token_indexers"]["words"]["type"] == "single_id"
            assert "alignment" not in cell["config"]["model"]["text_field_embedder"]


def test_one_embedding_of_the_words_of_one_language(tmp_path):
    source, target = corpus("source", None), corpus("target", None)
    base, both = learning_curve(source, target, [10], 1, shared_words=True)["cells"]
    assert "words" not in base["config"]["model"]["text_field_embedder"]["shared"]
    embedder = both["config"]["model"]["text_field_embedder"]
    assert embedder["shared"]["words"]["vocab_namespace"] == "tokens"
    assert embedder["per_resource"] == {}


def test_readers_know_the_types_and_what_they_are_told():
    target = corpus("target", comments="#")
    base, both = learning_curve(corpus("source", file_coding="IOB1"), target, [10], 1)["cells"]
    assert set(base["config"]["dataset_reader"]["readers"]) == {"target"}
    for cell in (base, both):
        reader = cell["config"]["dataset_reader"]["readers"]["target"]
        assert (reader["entity_types"], reader["comments"]) == (target.entity_types, "#")
    reader = both["config"]["dataset_reader"]["readers"]["source"]
    assert (reader["entity_types"], reader["file_coding"]) == (SOURCE.entity_types, "IOB1")


def test_without_a_test_set_dev_must_do_and_is_named():
    content = learning_curve(SOURCE, corpus("target", without="test"), [1], 1)
    assert all(set(cell["evaluate"]) == {"dev"} for cell in content["cells"])
    assert content["report"]["metric"] == "best_dev_f1"
    assert content["report"]["note"].startswith("There is no test set.")


def test_without_a_dev_set_a_fifth_of_each_sample_is_held_out():
    content = learning_curve(SOURCE, corpus("target", without="dev"), [10], 1)
    for cell in content["cells"]:
        assert set(cell["evaluate"]) == {"test"}
        train = cell["config"]["train_data_path"]["target"]
        dev = cell["config"]["validation_data_path"]["target"]
        assert train["max_sentences"] == dev["max_sentences"] == 10
        assert (train["part"]["take"], dev["part"]["take"]) == ("rest", "held_out")


def test_default_sizes_are_those_that_there_are():
    # The fixture has 60 sentences.
    assert learning_curve(SOURCE, TARGET, None, 1)["factors"]["size"] == [10, 50]


@pytest.mark.parametrize(
    ("target", "sizes", "message"),
    [
        (TARGET, [10, 5000], r"--sizes: found 5000, expected at most the \d+ sentences of .*train"),
        (
            TARGET._replace(paths={"train": Path("train.conll")}),
            [10],
            "train.conll: found neither a dev set nor a test set",
        ),
        (corpus("target", Path("nowhere.txt")), [10], "nowhere.txt"),
    ],
)
def test_what_is_not_there(target: Corpus, sizes: list[int], message: str):
    with pytest.raises(ConfigurationError, match=message):
        make_spec(learning_curve(SOURCE, target, sizes, 1), Path("learning-curve"))
