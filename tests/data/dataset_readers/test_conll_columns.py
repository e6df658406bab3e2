import gzip
from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Token, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.token_indexers import SingleIdTokenIndexer
from allennlp.data.tokenizers import WhitespaceTokenizer
from allennlp.nn.util import get_text_field_mask

from datnet_allennlp.data.dataset_readers import ConllColumnsReader
from datnet_allennlp.data.tokenizers import TweetTokenizer

FIXTURES = Path(__file__).parents[3] / "fixtures"
# One sentence with its spans in each coding that files may have.
IN_FILE = {
    "IOB1": "O I-PER I-PER B-PER I-geo-loc O",
    "IOB2": "O B-PER I-PER B-PER B-geo-loc O",
    "IOBES": "O B-PER E-PER S-PER S-geo-loc O",
}
IN_MODEL = {
    "IOB1": "O I-PER I-PER B-PER I-geo-loc O",
    "BIO": "O B-PER I-PER B-PER B-geo-loc O",
    "BIOUL": "O B-PER L-PER U-PER U-geo-loc O",
    "BMES": "O B-PER E-PER S-PER S-geo-loc O",
}


def write(folder: Path, text: str, name: str = "a.conll") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def numbered(folder: Path, first: int, end: int) -> str:
    """A file of sentences of one token: w<first>, ..., w<end - 1>."""
    text = "".join(f"w{i}\tO\n\n" for i in range(first, end))
    return write(folder, text, f"{first}-{end}.conll")


def numbers(instances) -> list[int]:
    return [int(instance["metadata"]["words"][0][1:]) for instance in instances]


def error_of(reader: ConllColumnsReader, path: "str | list[str]") -> str:
    with pytest.raises(ConfigurationError) as error:
        list(reader.read(path))
    return str(error.value)


@pytest.mark.parametrize("file_coding", IN_FILE)
@pytest.mark.parametrize("coding", IN_MODEL)
def test_turns_codings_into_one_another(tmp_path: Path, file_coding: str, coding: str) -> None:
    words = "When Mira Holm Pim Oslo ?".split()
    tags = IN_FILE[file_coding].split()
    lines = [f"{word} _ {tag}\n" for word, tag in zip(words, tags, strict=True)]
    path = write(tmp_path, "-DOCSTART- _ O\n\n" + "".join(lines))
    reader = ConllColumnsReader(file_coding=file_coding, coding=coding)
    [instance] = reader.read(path)
    assert instance["tags"].labels == IN_MODEL[coding].split()
    assert [token.text for token in instance["tokens"]] == words
    assert instance["metadata"].metadata == {"words": words, "origin": f"{path}:3"}


def test_reads_a_fixture_by_itself() -> None:
    params = Params({"type": "conll_columns", "coding": "BIO", "tag_namespace": "target_tags"})
    reader = DatasetReader.from_params(params)
    loader = MultiProcessDataLoader(reader, str(FIXTURES / "target/train.conll"), batch_size=8)
    vocabulary = Vocabulary.from_instances(loader.iter_instances())
    loader.index_with(vocabulary)
    batches = list(loader)
    words = vocabulary.get_token_to_index_vocabulary("tokens")
    assert sum(len(batch["metadata"]) for batch in batches) == 60
    first = batches[0]
    assert first["tokens"]["tokens"]["tokens"][0, 2] == words["in"]
    assert get_text_field_mask(first["tokens"]).sum(-1)[:2].tolist() == [11, 13]
    b_location = vocabulary.get_token_index("B-location", "target_tags")
    assert (first["tags"][0] == b_location).nonzero().flatten().tolist() == [3]
    assert first["tags"].shape == first["tokens"]["tokens"]["tokens"].shape


def test_chooses_columns_and_reads_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.conll.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf1 Mira I-PER x\r\n2 sings O x\r\n"))
    reader = ConllColumnsReader(token_column=1, tag_column=2, file_coding="IOB1")
    [instance] = reader.read(path)
    assert instance["metadata"]["words"] == ["Mira", "sings"]
    assert instance["tags"].labels == ["U-PER", "O"]


def test_several_files_are_read_in_order(tmp_path: Path) -> None:
    paths = [numbered(tmp_path, 5, 9), numbered(tmp_path, 0, 3)]
    assert numbers(ConllColumnsReader().read(paths)) == [5, 6, 7, 8, 0, 1, 2]


@pytest.mark.parametrize(
    "options, wanted",
    [
        ({"max_sentences": 10}, 10),
        ({"max_sentences": 100}, 100),
        ({"max_sentences": 1000}, 120),
        ({"fraction": 0.05}, 6),
        ({"fraction": 0.6}, 72),
        ({"fraction": 1.0}, 120),
        ({"fraction": 0.001}, 1),
    ],
)
def test_samples_the_union_of_the_files(
    tmp_path: Path, options: dict[str, float], wanted: int
) -> None:
    paths = [numbered(tmp_path, 0, 40), numbered(tmp_path, 40, 120)]
    assert numbers(ConllColumnsReader().read({"path": paths, **options})) == list(range(wanted))

    def sample(seed: int) -> list[int]:
        part = {"path": paths, "sample_seed": seed, **options}
        return numbers(ConllColumnsReader().read(part))

    samples = list(map(sample, range(8)))
    again = sample(3)
    assert again == samples[3]
    for each in samples:
        assert len(each) == wanted
        assert each == sorted(set(each)) and set(each) <= set(range(120))
    drawn = {i for each in samples for i in each}
    if wanted == 120:
        assert all(each == list(range(120)) for each in samples)
    else:
        assert len({tuple(each) for each in samples}) > 1
        assert max(drawn) >= 40


def test_sample_is_the_same_for_each_reading(tmp_path: Path) -> None:
    reader = ConllColumnsReader()
    part = {"path": numbered(tmp_path, 0, 50), "max_sentences": 5, "sample_seed": 1}
    assert numbers(reader.read(part)) == numbers(reader.read(part))


@pytest.mark.parametrize(
    "sampling, options", [({}, {}), ({"max_sentences": 1}, {}), ({}, {"max_instances": 1})]
)
def test_reads_no_further_than_needed(tmp_path: Path, sampling: dict, options: dict) -> None:
    # Whoever reads on finds a malformed line and a missing file.
    paths = [write(tmp_path, "Mira\tO\n\nsings\n"), str(tmp_path / "missing.conll")]
    instances = iter(ConllColumnsReader(**options).read({"path": paths, **sampling}))
    assert next(instances)["metadata"]["words"] == ["Mira"]
    if sampling or options:
        assert list(instances) == []
    else:
        with pytest.raises(ConfigurationError, match="a.conll:3: found 1 column"):
            next(instances)


@pytest.mark.parametrize("options", [{}, {"max_sentences": 30, "sample_seed": 2}])
def test_two_workers_read_each_sentence_once(tmp_path: Path, options: dict[str, int]) -> None:
    part = {"path": [numbered(tmp_path, 0, 40), numbered(tmp_path, 40, 75)], **options}
    reader = ConllColumnsReader()
    expected = numbers(reader.read(part))
    assert len(expected) == (30 if options else 75)
    loader = MultiProcessDataLoader(reader, part, batch_size=8, num_workers=2, quiet=True)
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    words = [metadata["words"][0] for batch in loader for metadata in batch["metadata"]]
    assert sorted(int(word[1:]) for word in words) == expected


@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize("max_instances, expected", [(0, 0), (5, 5), (200, 20)])
def test_max_instances(tmp_path: Path, num_workers: int, max_instances: int, expected: int) -> None:
    reader = ConllColumnsReader(max_instances=max_instances)
    loader = MultiProcessDataLoader(
        reader, numbered(tmp_path, 0, 20), batch_size=2, num_workers=num_workers, quiet=True
    )
    assert sorted(numbers(loader.iter_instances())) == list(range(expected))


def test_text_to_instance_for_prediction() -> None:
    indexer = SingleIdTokenIndexer(namespace="target_tokens")
    reader = ConllColumnsReader(token_indexers={"words": indexer}, tokenizer=WhitespaceTokenizer())
    tokens = reader.tokenizer.tokenize("Mira's here")
    instance = reader.text_to_instance(tokens)
    reader.apply_token_indexers(instance)
    assert set(instance.fields) == {"tokens", "metadata"}
    assert instance["metadata"].metadata == {"words": ["Mira's", "here"], "origin": None}
    assert instance["tokens"].token_indexers == {"words": indexer}
    assert isinstance(ConllColumnsReader().tokenizer, TweetTokenizer)


def test_text_to_instance_with_tags() -> None:
    reader = ConllColumnsReader(tag_namespace="target_tags")
    instance = reader.text_to_instance([Token("Mira"), Token("sings")], ["U-PER", "O"], "x:3")
    counter: dict = {"target_tags": {"U-PER": 0, "O": 0}}
    instance["tags"].count_vocab_items(counter)
    assert counter == {"target_tags": {"U-PER": 1, "O": 1}}
    assert (instance["tags"].origin, instance["metadata"]["origin"]) == ("x:3", "x:3")


@pytest.mark.parametrize(
    "file_coding, tags, line, found, expected",
    [
        ("IOB2", "O I-PER", 4, "'I-PER' after 'O'", "'B-...'"),
        ("IOB2", "I-PER O", 3, "'I-PER' as the first tag", "'O' or 'B-...'"),
        ("IOB2", "B-PER I-LOC", 4, "'I-LOC' after 'B-PER'", "'I-PER'"),
        ("IOB2", "O S-PER", 4, "'S-PER'", "'O' or 'B-TYPE' or 'I-TYPE'"),
        ("IOB2", "O PER", 4, "'PER'", "as IOB2 writes tags"),
        ("IOB1", "B-PER O", 3, "'B-PER' as the first tag", "'I-PER'"),
        ("IOBES", "O B-PER", 4, "'B-PER' as the last tag", "'E-PER'"),
        ("IOBES", "B-PER O", 4, "'O' after 'B-PER'", "'E-PER'"),
    ],
)
def test_names_the_line_of_a_forbidden_tag(
    tmp_path: Path, file_coding: str, tags: str, line: int, found: str, expected: str
) -> None:
    first, second = tags.split()
    path = write(tmp_path, f"Well\tO\n\nMira\t{first}\nsings\t{second}\n")
    message = error_of(ConllColumnsReader(file_coding=file_coding), path)
    assert message.startswith(f"{path}:{line}: found {found}")
    assert expected in message.split(", expected ")[1]


def test_names_the_line_of_an_unknown_entity_type(tmp_path: Path) -> None:
    path = write(tmp_path, "Mira\tB-PER\nin\tO\nOslo\tB-LOC\n")
    assert error_of(ConllColumnsReader(entity_types=["PER", "ORG"]), path) == (
        f"{path}:3: found entity type 'LOC', expected one of ['ORG', 'PER']"
    )
    [instance] = ConllColumnsReader(entity_types=["PER", "LOC"]).read(path)
    assert instance["tags"].labels == ["U-PER", "O", "U-LOC"]


def test_names_the_line_of_a_tag_that_the_vocabulary_lacks(tmp_path: Path) -> None:
    training = write(tmp_path, "Mira\tB-PER\nsings\tO\n")
    path = write(tmp_path, "Well\tO\n\nin\tO\nOslo\tB-LOC\n", "dev.conll")
    reader = ConllColumnsReader()
    vocabulary = Vocabulary.from_instances(reader.read(training))
    loader = MultiProcessDataLoader(reader, path, batch_size=2)
    with pytest.raises(ConfigurationError) as error:
        loader.index_with(vocabulary)
    assert str(error.value).startswith(f"{path}:3, token 1 ('Oslo'): found tag 'U-LOC', expected")
    assert "'tags': ['O', 'U-PER']" in str(error.value)


@pytest.mark.parametrize("options", [{}, {"fraction": 0.5}, {"max_sentences": 3, "sample_seed": 1}])
def test_refuses_bad_files(tmp_path: Path, options: dict[str, float]) -> None:
    reader = ConllColumnsReader()
    good = numbered(tmp_path, 0, 2)
    empty = write(tmp_path, "\n", "empty.conll")
    missing = str(tmp_path / "missing.conll")
    assert error_of(reader, {"path": [good, empty], **options}).startswith(
        f"{empty}: found no sentence, expected"
    )
    assert error_of(reader, {"path": [good, missing], **options}).startswith(
        f"{missing}: found no such file, expected"
    )
    assert "found an empty list, expected at least one file" in error_of(reader, [])
    binary = tmp_path / "binary.conll"
    binary.write_bytes(b"Mira O\nPe\xf1a O\n")
    assert error_of(reader, str(binary)).startswith(f"{binary}:2: found bytes that are not UTF-8")


@pytest.mark.parametrize(
    "options, found, expected",
    [
        ({"file_coding": "BIOUL"}, "file_coding: found 'BIOUL'", "['IOB1', 'IOB2', 'IOBES']"),
        ({"coding": "IOBES"}, "coding: found 'IOBES'", "['IOB1', 'BIO', 'BIOUL', 'BMES']"),
    ],
)
def test_names_the_key_of_a_bad_option(options: dict, found: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        DatasetReader.from_params(Params({"type": "conll_columns", **options}))
    assert found in str(error.value) and expected in str(error.value).split("expected")[1]


@pytest.mark.parametrize(
    "sampling, number",
    [
        ({}, 75),
        ({"max_sentences": 30, "sample_seed": 2}, 30),
        ({"fraction": 0.1}, 8),
        ({"max_sentences": 300}, 75),
    ],
)
def test_counts_what_it_reads(tmp_path: Path, sampling: dict, number: int) -> None:
    part = {"path": [numbered(tmp_path, 0, 40), numbered(tmp_path, 40, 75)], **sampling}
    reader = ConllColumnsReader()
    assert reader.count_sentences(part) == len(list(reader.read(part))) == number
    reader = ConllColumnsReader(max_instances=9)
    assert reader.count_sentences(part) == len(list(reader.read(part))) == min(number, 9)


def test_a_model_of_allennlp_gets_its_words(tmp_path: Path) -> None:
    loader = MultiProcessDataLoader(
        ConllColumnsReader(), write(tmp_path, "Mira\tO\nsings\tO\n"), batch_size=1, quiet=True
    )
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    [batch] = loader
    assert [each["words"] for each in batch["metadata"]] == [["Mira", "sings"]]
