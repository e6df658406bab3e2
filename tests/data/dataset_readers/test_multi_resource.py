import re
from collections import Counter
from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader, DatasetReader, Instance, Token, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.fields import MetadataField

from datnet_allennlp.data.dataset_readers import ConllColumnsReader, MultiResourceReader
from datnet_allennlp.data.tokenizers import TweetTokenizer

FIXTURES = Path(__file__).parents[3] / "fixtures"


def reader_config(**options: object) -> dict:
    def of(resource: str) -> dict:
        return {
            "type": "conll_columns",
            "token_indexers": {
                "words": {"type": "single_id", "namespace": f"{resource}_tokens"},
                "characters": {
                    "type": "characters",
                    "namespace": "characters",
                    "min_padding_length": 1,
                },
            },
            "tag_namespace": f"{resource}_tags",
        }

    readers = {"source": of("source"), "target": of("target")}
    return {"type": "multi_resource", "readers": readers, **options}


def two_readers(**options: int) -> MultiResourceReader:
    readers = {"source": ConllColumnsReader(), "target": ConllColumnsReader()}
    return MultiResourceReader(readers, **options)


def fixture(name: str) -> str:
    return str(FIXTURES / f"{name}.conll")


def numbered(folder: Path, first: int, end: int) -> str:
    """A file of sentences of one token: w<first>, ..., w<end - 1>."""
    path = folder / f"{first}-{end}.conll"
    path.write_text("".join(f"w{i}\tO\n\n" for i in range(first, end)))
    return str(path)


def summary(instances) -> list[tuple[str, int]]:
    """The resource and the number of each sentence of `numbered`."""
    return [(i["resource"].metadata, int(i["metadata"]["words"][0][1:])) for i in instances]


@pytest.fixture
def paths(tmp_path: Path) -> dict:
    return {
        "source": [numbered(tmp_path, 0, 9), numbered(tmp_path, 9, 31)],
        "target": numbered(tmp_path, 100, 117),
    }


SOURCE = [("source", i) for i in range(31)]
TARGET = [("target", i) for i in range(100, 117)]


def test_instances_carry_their_resource_and_its_namespaces() -> None:
    reader = DatasetReader.from_params(Params(reader_config()))
    data_path = {name: fixture(f"{name}/train") for name in ("source", "target")}
    instances = list(reader.read(data_path))
    assert Counter(i["resource"].metadata for i in instances) == {"source": 160, "target": 60}

    vocabulary = Vocabulary.from_instances(instances)
    tags = {
        name: set(vocabulary.get_token_to_index_vocabulary(f"{name}_tags")) for name in data_path
    }
    types = {name: {tag[2:] for tag in tags[name]} - {""} for name in tags}
    assert types == {
        "source": {"PER", "LOC", "ORG", "MISC"},
        "target": {"person", "location", "corporation", "product", "creative-work", "group"},
    }
    words = {
        name: set(vocabulary.get_token_to_index_vocabulary(f"{name}_tokens")) for name in data_path
    }
    for instance in instances:
        resource = instance["resource"].metadata
        assert words[resource].issuperset(instance["metadata"]["words"])
        assert tags[resource].issuperset(instance["tags"].labels)
    assert "😎" in words["target"] - words["source"]
    namespaces = {"source_tokens", "target_tokens", "source_tags", "target_tags", "characters"}
    assert vocabulary.get_namespaces() == namespaces

    # The same characters have the same ids, whichever resource they come from.
    ids = []
    for resource in ("source", "target"):
        instance = reader.text_to_instance([Token("in")], resource=resource)
        reader.apply_token_indexers(instance)
        instance.index_fields(vocabulary)
        ids.append(instance.as_tensor_dict()["tokens"]["characters"]["token_characters"].tolist())
    assert ids[0] == ids[1]


def test_reads_several_files_of_a_resource(paths: dict) -> None:
    assert summary(two_readers().read(paths)) == SOURCE + TARGET
    assert summary(two_readers().read(Params(paths))) == SOURCE + TARGET
    assert summary(two_readers().read({"target": paths["target"]})) == TARGET


def test_a_plain_path_is_the_target(paths: dict) -> None:
    reader = two_readers()
    assert summary(reader.read(paths["target"])) == TARGET
    assert summary(reader.read(Path(paths["target"]))) == TARGET
    assert summary(reader.read([paths["target"]])) == TARGET
    other = MultiResourceReader({"news": ConllColumnsReader()}, target="news")
    assert {resource for resource, _ in summary(other.read(paths["source"]))} == {"news"}


def test_a_loader_takes_the_paths_of_a_configuration(paths: dict) -> None:
    loader = DataLoader.from_params(
        Params({"batch_size": 5}), reader=two_readers(), data_path=paths
    )
    assert summary(loader.iter_instances()) == SOURCE + TARGET


def test_each_resource_is_sampled_by_itself(paths: dict) -> None:
    part = {"path": paths["target"], "max_sentences": 5, "sample_seed": 4}
    found = summary(two_readers().read({**paths, "target": part}))
    assert found[:31] == SOURCE
    assert len(found[31:]) == 5 and set(found[31:]) < set(TARGET)


def test_is_lazy(paths: dict, tmp_path: Path) -> None:
    instances = iter(two_readers().read({**paths, "target": str(tmp_path / "missing.conll")}))
    assert summary([next(instances) for _ in range(31)]) == SOURCE
    with pytest.raises(ConfigurationError, match="missing.conll: found no such file"):
        next(instances)


def test_two_workers_read_each_sentence_once(paths: dict) -> None:
    loader = MultiProcessDataLoader(
        two_readers(), paths, batch_size=8, shuffle=True, num_workers=2, quiet=True
    )
    instances = list(loader.iter_instances())
    assert sorted(summary(instances)) == SOURCE + TARGET
    loader.index_with(Vocabulary.from_instances(instances))
    resources = Counter(resource for batch in loader for resource in batch["resource"])
    assert resources == {"source": 31, "target": 17}


def test_two_workers_read_each_sentence_once_without_a_cache(paths: dict) -> None:
    reader = DatasetReader.from_params(Params(reader_config()))
    vocabulary = Vocabulary.from_instances(reader.read(paths))
    loader = MultiProcessDataLoader(
        reader, paths, batch_size=4, num_workers=2, max_instances_in_memory=8, quiet=True
    )
    loader.index_with(vocabulary)
    found = [
        (resource, int(metadata["words"][0][1:]))
        for batch in loader
        for resource, metadata in zip(batch["resource"], batch["metadata"], strict=True)
    ]
    assert sorted(found) == SOURCE + TARGET


@pytest.mark.parametrize("num_workers", [0, 2])
def test_max_instances(paths: dict, num_workers: int) -> None:
    loader = MultiProcessDataLoader(
        two_readers(max_instances=34), paths, batch_size=4, num_workers=num_workers, quiet=True
    )
    found = summary(loader.iter_instances())
    assert len(found) == len(set(found)) == 34
    assert Counter(resource for resource, _ in found) == {"source": 31, "target": 3}


@pytest.mark.parametrize("num_workers", [0, 2])
def test_max_instances_of_one_resource(paths: dict, num_workers: int) -> None:
    readers: dict[str, DatasetReader] = {
        "source": ConllColumnsReader(max_instances=3),
        "target": ConllColumnsReader(),
    }
    loader = MultiProcessDataLoader(
        MultiResourceReader(readers), paths, batch_size=4, num_workers=num_workers, quiet=True
    )
    assert sorted(summary(loader.iter_instances())) == SOURCE[:3] + TARGET


def test_text_to_instance_for_prediction() -> None:
    reader = DatasetReader.from_params(Params(reader_config()))
    assert isinstance(reader.tokenizer, TweetTokenizer)
    tokens = reader.tokenizer.tokenize("@mia_k loves Oslo")

    def indexed(instance: Instance) -> set[str]:
        reader.apply_token_indexers(instance)
        assert [token.text for token in instance["tokens"]] == ["@mia_k", "loves", "Oslo"]
        assert "tags" not in instance.fields
        vocabulary = Vocabulary.from_instances([instance])
        return vocabulary.get_namespaces()

    target = reader.text_to_instance(tokens)
    assert target["resource"].metadata == "target"
    assert indexed(target) == {"target_tokens", "characters"}
    source = reader.text_to_instance(tokens, resource="source")
    assert source["resource"].metadata == "source"
    assert indexed(source) == {"source_tokens", "characters"}
    tagged = reader.text_to_instance([Token("Oslo")], ["U-LOC"], "x:3", resource="source")
    assert (tagged["tags"].labels, tagged["tags"].origin) == (["U-LOC"], "x:3")


def test_interleaves_the_resources_evenly(paths: dict) -> None:
    found = summary(MultiResourceReader(two_readers()._readers, interleave=True).read(paths))
    for resource, expected in (("source", SOURCE), ("target", TARGET)):
        assert [each for each in found if each[0] == resource] == expected
    for end in range(1, 49):
        num_target = sum(resource == "target" for resource, _ in found[:end])
        assert abs(num_target - end * 17 / 48) <= 1
    assert found == summary(
        MultiResourceReader(two_readers()._readers, interleave=True).read(paths)
    )


@pytest.mark.parametrize(
    "sampling, options",
    [({"max_sentences": 6}, {}), ({"fraction": 0.2}, {}), ({}, {"max_instances": 6})],
)
def test_interleaves_what_is_left_of_a_resource(paths: dict, sampling: dict, options: dict) -> None:
    source, target = ConllColumnsReader(**options), ConllColumnsReader()
    reader = MultiResourceReader({"source": source, "target": target}, interleave=True)
    part = {"path": paths["source"], **sampling}
    found = [resource for resource, _ in summary(reader.read({**paths, "source": part}))]
    assert Counter(found) == {"source": 6, "target": 17}
    assert all(1 <= found[start : start + 8].count("source") <= 3 for start in range(0, 16))


@pytest.mark.parametrize("num_workers", [0, 2])
def test_interleaves_in_each_worker(paths: dict, num_workers: int) -> None:
    loader = MultiProcessDataLoader(
        MultiResourceReader(two_readers()._readers, interleave=True),
        paths,
        batch_size=8,
        num_workers=num_workers,
        max_instances_in_memory=8,
        quiet=True,
    )
    assert sorted(summary(loader.iter_instances())) == SOURCE + TARGET


def test_interleaves_the_instances_of_any_reader(paths: dict) -> None:
    class Plain(DatasetReader):
        def _read(self, file_path):
            return (Instance({"n": MetadataField(n)}) for n in range(file_path))

    reader = MultiResourceReader({"target": Plain(), "source": Plain()}, interleave=True)
    found = [i["resource"].metadata[0] for i in reader.read({"source": 2, "target": 7})]
    assert "".join(found) == "ttstttstt"


EXPECTED = r"expected one of those with a reader \(dataset_reader.readers\): \['source', 'target'\]"


def test_refuses_an_unknown_resource_in_a_path(paths: dict) -> None:
    instances = iter(two_readers().read({"target": paths["target"], "sorce": "a.conll"}))
    with pytest.raises(
        ConfigurationError, match=f"data path 'a.conll': found resource 'sorce', {EXPECTED}"
    ):
        next(instances)


def test_refuses_an_unknown_resource_in_the_configuration() -> None:
    with pytest.raises(
        ConfigurationError, match=f"dataset_reader.target: found resource 'tweets', {EXPECTED}"
    ):
        DatasetReader.from_params(Params(reader_config(target="tweets")))


@pytest.mark.parametrize("resource", ["blogs", ""])
def test_refuses_an_unknown_resource_of_a_text(resource: str) -> None:
    found = f"resource: found resource '{resource}', {EXPECTED}"
    with pytest.raises(ConfigurationError, match=found):
        two_readers().text_to_instance([Token("Oslo")], resource=resource)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_names_the_place_of_a_bad_line(paths: dict, tmp_path: Path, num_workers: int) -> None:
    bad = tmp_path / "bad.conll"
    bad.write_text("Mira\tB-PER\nHolm\tI-LOC\n")
    message = f"{bad}:2: found 'I-LOC' after 'B-PER', expected 'O' or 'I-PER'"
    # A worker's error reaches the main process as another exception with the same text.
    with pytest.raises(Exception, match=re.escape(message)):
        MultiProcessDataLoader(
            two_readers(),
            {**paths, "target": str(bad)},
            batch_size=4,
            num_workers=num_workers,
            quiet=True,
        )


def test_refuses_no_path() -> None:
    with pytest.raises(ConfigurationError, match="found no resource, expected at least one"):
        list(two_readers().read({}))


def coded(**options: object) -> MultiResourceReader:
    readers = {
        "source": {"type": "conll_columns", "tag_namespace": "source_tags"},
        "target": {"type": "conll_columns", "tag_namespace": "target_tags"},
    }
    return DatasetReader.from_params(
        Params({"type": "multi_resource", "readers": readers, **options})
    )


@pytest.mark.parametrize("coding, last", [("BIO", "I-PER"), ("BIOUL", "L-PER"), ("BMES", "E-PER")])
def test_one_coding_is_that_of_all_readers(tmp_path: Path, coding: str, last: str) -> None:
    path = tmp_path / "a.conll"
    path.write_text("Kai\tB-PER\nLindqvist\tI-PER\n\n")
    paths = {"source": str(path), "target": str(path)}
    for instance in coded(coding=coding).read(paths):
        assert instance["tags"].labels == ["B-PER", last]


def test_a_path_may_say_which_sentences(tmp_path: Path) -> None:
    path = numbered(tmp_path, 0, 9)
    part = {"path": path, "max_sentences": 2}
    expected = [("source", 0), ("source", 1)]
    assert summary(two_readers().read({"source": part})) == expected
    assert summary(two_readers().read(part)) == [("target", 0), ("target", 1)]
