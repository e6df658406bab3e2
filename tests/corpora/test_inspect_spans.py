"""Texts with spans of characters, as JSON lines and as spaCy's training data."""

import json
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.inspect_spans import is_span_file, read_span_file

TEXT = "Kai Holm lives in Oslo."
SPANS = [[0, 8, "PER"], [18, 22, "LOC"]]
AS_OBJECTS = [{"start": s, "end": e, "label": label} for s, e, label in SPANS]
TAGS = ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
TOKENS = ["Kai", "Holm", "lives", "in", "Oslo", "."]


@pytest.fixture
def read(tmp_path):
    def read(text: str, name: str = "a.jsonl"):
        (tmp_path / name).write_text(text)
        return read_span_file(tmp_path / name)

    return read


@pytest.mark.parametrize(
    "record",
    [
        {"text": TEXT, "entities": SPANS},
        {"text": TEXT, "entities": list(reversed(SPANS))},
        {"text": TEXT, "spans": AS_OBJECTS},
        {"text": TEXT, "label": SPANS},
        {"text": TEXT, "entities": [{**each, "type": each["label"]} for each in AS_OBJECTS]},
        {"tokens": TOKENS, "ner_tags": TAGS},
        {"tokens": TOKENS, "tags": TAGS},
    ],
)
def test_objects_a_line(record, read) -> None:
    file = read(json.dumps(record) + "\n\n" + json.dumps(record) + "\n")
    assert [sentence.tokens for sentence in file.sentences] == [TOKENS, TOKENS]
    assert [sentence.tags for sentence in file.sentences] == [TAGS, TAGS]
    assert [sentence.line_number for sentence in file.sentences] == [1, 3]
    assert not file.problems and file.num_documents == 0


@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_as_of_spacy(indent, read) -> None:
    file = read(json.dumps([[TEXT, {"entities": SPANS}]] * 2, indent=indent), "a.json")
    assert [sentence.tags for sentence in file.sentences] == [TAGS, TAGS]


def test_lines_of_a_text_are_sentences_of_a_document(read) -> None:
    text = f"{TEXT}\n\nOslo is cold.\n"
    record = {"text": text, "entities": [*SPANS, [25, 29, "LOC"]]}
    file = read("\n".join([json.dumps(record)] * 3))
    assert file.documents == [0, 0, 1, 1, 2, 2] and file.num_documents == 3
    assert file.sentences[1].tokens == ["Oslo", "is", "cold", "."]
    assert file.sentences[1].tags == ["B-LOC", "O", "O", "O"]


def test_spans_that_do_not_fit_are_reported_with_their_line(read, tmp_path) -> None:
    spans = [[0, 3, "PER"], [0, 8, "PER"], [18, 21, "LOC"]]
    file = read("\n" + json.dumps({"text": TEXT, "entities": spans}))
    assert file.sentences[0].tags == ["B-PER", "O", "O", "O", "O", "O"]
    overlap, part = file.problems
    assert overlap.startswith(f"{tmp_path}/a.jsonl:2: left out 'Kai Holm' (PER, 0 to 8)")
    assert overlap.endswith("overlaps the one before")
    assert "'Osl' (LOC, 18 to 21), which does not begin and end where tokens do" in part


@pytest.mark.parametrize(
    "line, message",
    [
        ("{", ":2: found no JSON"),
        ("[1]", ":2: found .*, expected an object with 'text'"),
        ('{"text": "a"}', ":2: found no entities"),
        ('{"text": "a", "entities": [[0, 2, "X"]]}', r":2: found the entity \[0, 2, \"X\"\], exp"),
        ('{"text": "a", "entities": [[0, 1, "A B"]]}', ":2: found the entity"),
        ('{"text": "a", "entities": [{"start": 0}]}', ":2: found the entity"),
        ('{"tokens": ["a"], "tags": []}', ":2: found 1 tokens and 0 tags"),
        ('{"tokens": ["a"], "tags": [3]}', ":2: found 1 tokens and 1 tags, expected a tag as text"),
        ('{"tokens": [""], "tags": ["O"]}', ":2: found an empty token"),
        ('{"tokens": ["a"], "tags": ["I-X"]}', ":2: token 0: found 'I-X'"),
    ],
)
def test_what_is_no_such_object(line, message, read) -> None:
    with pytest.raises(ConfigurationError, match=f"a.jsonl{message}"):
        read(json.dumps({"text": TEXT, "entities": SPANS}) + "\n" + line)


@pytest.mark.parametrize(
    "name, is_one", [("a.jsonl", True), ("a.json.gz", True), ("a.conll", False), ("train", False)]
)
def test_which_files_these_are(name, is_one) -> None:
    assert is_span_file(Path(name)) == is_one
