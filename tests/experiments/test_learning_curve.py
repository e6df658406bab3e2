"""The specification of a learning curve, on the fixtures."""

from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.learning_curve import Corpus, learning_curve
from datnet_allennlp.experiments.spec import make_spec

FIXTURES = Path(__file__).parents[2] / "fixtures"
VECTORS = FIXTURES / "embeddings" / "en.50d.txt.gz"
SOURCE = Corpus(FIXTURES / "source", VECTORS)
TARGET = Corpus(FIXTURES / "target", VECTORS)


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
    target = Corpus(FIXTURES / "target", tmp_path / "other.gz")
    base, both = learning_curve(SOURCE, target, [10], 1)["cells"]
    assert "alignment" not in base["config"]["model"]["text_field_embedder"]
    assert (
        both["config"]["model"]["text_field_embedder"]["alignment"]["target"]["towards"] == "source"
    )


def test_entity_types_are_those_of_the_corpora(spec):
    readers = spec.cells[-1].config["dataset_reader"]["readers"]
    assert readers["source"]["entity_types"] == ["LOC", "MISC", "ORG", "PER"]
    assert readers["target"]["entity_types"] == [
        "corporation",
        "creative-work",
        "group",
        "location",
        "person",
        "product",
    ]


def test_without_a_test_set_dev_must_do_and_is_named(tmp_path):
    for name in ("train", "dev"):
        (tmp_path / f"{name}.conll").write_text("Dublin\tB-LOC\n\nnow\tO\n\n")
    content = learning_curve(SOURCE, Corpus(tmp_path, VECTORS), [1], 1)
    assert all(set(cell["evaluate"]) == {"dev"} for cell in content["cells"])
    assert content["report"]["metric"] == "best_dev_f1"
    assert content["report"]["note"].startswith("There is no test set.")


def test_default_sizes_are_those_that_there_are():
    # The fixture has 60 sentences.
    assert learning_curve(SOURCE, TARGET, None, 1)["factors"]["size"] == [10, 50]


@pytest.mark.parametrize(
    ("target", "sizes", "message"),
    [
        (TARGET, [10, 5000], r"--sizes: found 5000, expected at most the \d+ sentences of .*train"),
        (Corpus(FIXTURES / "nowhere", VECTORS), [10], "nowhere/train.conll"),
        (Corpus(FIXTURES / "target", Path("nowhere.txt")), [10], "nowhere.txt"),
    ],
)
def test_what_is_not_there(target: Corpus, sizes: list[int], message: str):
    with pytest.raises(ConfigurationError, match=message):
        make_spec(learning_curve(SOURCE, target, sizes, 1), Path("learning-curve"))
