from pathlib import Path

import pytest

from datnet_allennlp.data.column_file import read_column_file
from datnet_allennlp.data.dataset_readers import ConllColumnsReader, MultiResourceReader
from datnet_allennlp.data.dataset_readers.whole import read_whole, whole

FIXTURES = Path(__file__).parents[3] / "fixtures"
PATHS = {name: str(FIXTURES / name / "test.conll") for name in ("source", "target")}


def words(instances) -> list[list[str]]:
    return [instance["metadata"].metadata["words"] for instance in instances]


def all_words(resource: str) -> list[list[str]]:
    return [sentence.tokens for sentence in read_column_file(PATHS[resource])]


SAMPLING = [{"max_sentences": 3, "sample_seed": 1}, {"fraction": 0.1}, {"max_instances": 2}]


@pytest.mark.parametrize("options", SAMPLING)
def test_one_resource(options) -> None:
    reader = ConllColumnsReader(**options)
    sampled = words(reader.read(PATHS["target"]))
    assert words(read_whole(reader, PATHS["target"])) == all_words("target") != sampled
    assert words(reader.read(PATHS["target"])) == sampled


@pytest.mark.parametrize("options", SAMPLING)
def test_several_resources(options) -> None:
    readers = {name: ConllColumnsReader(**options) for name in PATHS}
    reader = MultiResourceReader(readers, max_instances=1)
    assert words(read_whole(reader, PATHS["target"])) == all_words("target")
    assert words(read_whole(reader, PATHS["source"], "source")) == all_words("source")
    assert words(whole(reader).read(PATHS)) == all_words("source") + all_words("target")
    assert len(words(reader.read(PATHS))) == 1
    assert len(words(MultiResourceReader(readers).read(PATHS))) < len(all_words("target"))
