"""Files of a corpus, and what is made of them."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.inspect_corpus import find_files, inspect_corpus
from datnet_allennlp.data.column_file import read_column_file

SENTENCE = "Oslo B-LOC\nis O\ncold O\n\n"
DOCUMENT = "-DOCSTART- O\n\n" + SENTENCE * 2


@pytest.fixture
def folder(tmp_path):
    def folder(*names: str, text: str = SENTENCE):
        for name in names:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return folder


@pytest.mark.parametrize(
    "names, found",
    [
        (["train.conll", "dev.conll", "test.conll"], "train.conll dev.conll test.conll"),
        (["eng.train", "eng.testa", "eng.testb"], "eng.train eng.testa eng.testb"),
        (["NER-de-train.tsv", "NER-de-valid.tsv"], "NER-de-train.tsv NER-de-valid.tsv"),
        (["train", "val.txt", "README.md"], "train val.txt"),
        (["train.conll", "train_small.conll"], "train.conll"),
        (["TRAIN.TXT", "Dev.txt", "train.log", "train.txt.bak"], "TRAIN.TXT Dev.txt"),
        (
            ["train/a.conll", "dev/b.conll", "test/c.annotated", "d.md"],
            "a.conll b.conll c.annotated",
        ),
        (["train.conll", "test_runs/train.conll", "train/a.conll"], "train.conll"),
        (["train.conll", "train.csv", "dev.csv"], "train.conll"),
        (["train.csv", "dev.csv"], "train.csv dev.csv"),
    ],
)
def test_names_say_what_files_are_for(names, found, folder) -> None:
    paths = find_files(folder(*names))
    assert " ".join(path.name for path in paths.values()) == found
    assert list(paths) == ["train", "dev", "test"][: len(paths)]


def test_files_that_are_missing_or_too_many(folder, tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="none: found no such file or folder"):
        find_files(tmp_path / "none")
    with pytest.raises(ConfigurationError, match="expected a file with 'train' in its name"):
        find_files(folder("dev.conll"))
    with pytest.raises(ConfigurationError, match="expected one file for train"):
        find_files(folder("train_a.conll", "train_b.conll"))


@pytest.mark.parametrize(
    "names, kind",
    [
        (["train/1.ann", "train/1.txt", "train/2.ann", "train/2.txt"], "brat's .ann files"),
        (["1.ann", "1.txt"], "brat's .ann files"),
        (["train.spacy"], "spaCy's DocBin"),
    ],
)
def test_kinds_that_are_not_read(names, kind, folder) -> None:
    with pytest.raises(ConfigurationError, match=f"found {kind}, expected columns or JSON; docs/"):
        find_files(folder(*names))


def test_of_many_files_some_are_named(folder) -> None:
    with pytest.raises(ConfigurationError, match=r"'03', '04'\] and 35 more, expected a file with"):
        find_files(folder(*map("{:02}".format, range(40))))


def test_several_files_in_the_folder_of_a_split_are_named(folder) -> None:
    with pytest.raises(ConfigurationError, match=r"found \['train/a', 'train/b'\], expected one"):
        find_files(folder("train/a", "train/b"))


def test_a_file_that_can_be_read_stays_where_it_is(folder, tmp_path) -> None:
    path = folder("a.txt", text=SENTENCE * 10) / "a.txt"
    corpus = inspect_corpus("target", path, tmp_path / "written", needs_dev=True)
    assert corpus.paths == {"train": path} and corpus.num_sentences == 10
    assert corpus.entity_types == ["LOC"] and corpus.reader_keys == {}
    assert corpus.guessed == ["dev is a sample of 20% of the training sentences"]
    assert "train: 10 sentences, 10 entities (LOC 10)" in corpus.found
    assert not (tmp_path / "written").exists()


def test_dev_is_made_of_whole_documents(folder, tmp_path) -> None:
    documents = "".join(DOCUMENT.replace("Oslo", f"Town{i}") for i in range(7))
    path = folder("a.txt", text=documents) / "a.txt"
    corpus = inspect_corpus("target", path, tmp_path / "written", needs_dev=True)
    assert corpus.num_sentences == 10
    towns = [
        [sentence.tokens[0] for sentence in read_column_file(str(corpus.paths[split]))]
        for split in ("train", "dev")
    ]
    assert towns[0] == [f"Town{i}" for i in range(5) for _ in range(2)]
    assert towns[1] == ["Town5", "Town5", "Town6", "Town6"]
    assert corpus.guessed == ["dev is the last 2 of 7 documents (4 sentences)"]


def test_a_source_needs_no_dev_set(folder, tmp_path) -> None:
    path = folder("a.txt", text=DOCUMENT * 3) / "a.txt"
    corpus = inspect_corpus("source", path, tmp_path / "written", needs_dev=False)
    assert corpus.paths == {"train": path} and corpus.guessed == []


def test_types_of_all_files(folder, tmp_path) -> None:
    folder("train.conll")
    folder("test.conll", text="Kai B-PER\n\n")
    corpus = inspect_corpus("source", tmp_path, tmp_path / "written", needs_dev=False)
    assert corpus.entity_types == ["LOC", "PER"]


def test_what_dev_has_beside_train_is_said(folder, tmp_path) -> None:
    folder("train.conll")
    folder("dev.conll", text="Kai B-PER\n\n")
    corpus = inspect_corpus("target", tmp_path, tmp_path / "written", needs_dev=True)
    assert "dev: entity types that train lacks: PER" in corpus.found


@pytest.mark.parametrize(
    "text, message",
    [
        ('{"text": "Oslo", "entities": []}\n', "found no entity, expected some to learn from"),
        (
            '{"text": "Oslo", "entities": [[0, 2, "LOC"]]}\n',
            r"found no entity, .* \(.*:1: left out 'Os' \(LOC, 0 to 2\), which does not begin",
        ),
        (SENTENCE, "found one sentence, of 3 tokens, expected an empty line after each"),
    ],
)
def test_nothing_to_learn_from(text, message, folder, tmp_path) -> None:
    path = folder("a.txt", text=text) / "a.txt"
    with pytest.raises(ConfigurationError, match=f"a.txt: {message}"):
        inspect_corpus("target", path, tmp_path / "written", needs_dev=True)


def test_files_of_several_kinds(folder, tmp_path) -> None:
    folder("dev.conll")
    folder("train.txt", text='{"text": "in Oslo", "entities": [[3, 7, "LOC"]]}\n' * 3)
    (tmp_path / "test.conll").write_bytes("M\u00e1laga B-LOC\n".encode("latin-1"))
    corpus = inspect_corpus("target", tmp_path, tmp_path / "written", needs_dev=True)
    assert list(corpus.paths) == ["train", "dev", "test"] and corpus.entity_types == ["LOC"]
    [sentence] = read_column_file(str(corpus.paths["test"]))
    assert sentence.tokens == ["M\u00e1laga"]
    assert "test.conll is Latin-1, for line 1 is not UTF-8: 'M\u00e1laga B-LOC'" in corpus.guessed


def test_a_comment_in_dev_alone(folder, tmp_path) -> None:
    folder("train.conll")
    folder("dev.conll", text="# a comment\n" + SENTENCE)
    corpus = inspect_corpus("target", tmp_path, tmp_path / "written", needs_dev=True)
    assert corpus.reader_keys == {"comments": "#"}
    [sentence] = read_column_file(str(corpus.paths["dev"]), **corpus.reader_keys)
    assert sentence.tokens == ["Oslo", "is", "cold"]


def test_files_of_three_kinds(folder, tmp_path) -> None:
    place = folder("train.csv", text="token,tag\nOslo,B-LOC\nsings,O\n,\nKai,B-PER\n")
    (place / "dev.csv").write_text('{"tokens": ["Oslo"], "tags": ["B-LOC"]}\n')
    (place / "test.csv").write_text(SENTENCE)
    found = inspect_corpus("target", place, tmp_path / "written", needs_dev=True)
    assert found.entity_types == ["LOC", "PER"]
    assert [len(list(read_column_file(path))) for path in map(str, found.paths.values())] == [
        2,
        1,
        1,
    ]
    said = "\n".join(found.found)
    assert "a table with a header" in said and "JSON with entities" in said and "2 columns" in said
