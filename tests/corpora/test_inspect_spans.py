"""Texts with spans of characters, as JSON lines and as spaCy's training data."""

import json

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.inspect_spans import is_span_file, read_span_file
from datnet_allennlp.corpora.own_text import OwnText, read_own_text

TEXT = "Kai Holm lives in Oslo."
SPANS = [[0, 8, "PER"], [18, 22, "LOC"]]
AS_OBJECTS = [{"start": s, "end": e, "label": label} for s, e, label in SPANS]
TAGS = ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
TOKENS = ["Kai", "Holm", "lives", "in", "Oslo", "."]


@pytest.fixture
def read(tmp_path):
    def read(text: str, name: str = "a.jsonl"):
        (tmp_path / name).write_text(text)
        return read_span_file(read_own_text(tmp_path / name))

    return read


@pytest.mark.parametrize(
    "record",
    [
        {"text": TEXT, "entities": SPANS},
        {"text": TEXT, "entities": list(reversed(SPANS))},
        {"text": TEXT, "spans": AS_OBJECTS},
        {"text": TEXT, "label": SPANS},
        {"text": TEXT, "entities": [{**each, "type": each["label"]} for each in AS_OBJECTS]},
        # As of doccano.
        {
            "text": TEXT,
            "entities": [
                {"id": 1, "label": label, "start_offset": start, "end_offset": end}
                for start, end, label in SPANS
            ],
            "relations": [],
        },
        {"tokens": TOKENS, "ner_tags": TAGS},
        {"tokens": TOKENS, "tags": TAGS},
        {"words": TOKENS, "labels": TAGS},
        {"text": TEXT, "tokens": TOKENS, "labels": TAGS},
        {"tokens": TOKENS, "tags": ["B-PER", "L-PER", "O", "O", "U-LOC", "O"]},
        # As Label Studio exports, in full and as JSON_MIN.
        {
            "id": 7,
            "data": {"review": TEXT},
            "annotations": [
                {"was_cancelled": True, "result": [{"value": {"start": 0, "end": 1}}]},
                {
                    "result": [
                        {"type": "labels", "value": {"start": s, "end": e, "labels": [label]}}
                        for s, e, label in SPANS
                    ]
                    + [{"type": "relation", "from_id": "a", "to_id": "b"}]
                },
            ],
        },
        {
            "id": 7,
            "text": TEXT,
            "label": [{"start": s, "end": e, "labels": [label]} for s, e, label in SPANS],
            "annotator": 1,
        },
        # As of Prodigy.
        {"text": TEXT, "tokens": [{"text": "Kai", "id": 0}], "spans": AS_OBJECTS},
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


def test_a_list_within_an_object(read) -> None:
    whole = {"classes": ["PER"], "annotations": [[TEXT, {"entities": SPANS}]]}
    assert [sentence.tags for sentence in read(json.dumps(whole), "a.json").sentences] == [TAGS]


def test_a_sentence_without_tokens_is_left_out(read) -> None:
    lines = [{"tokens": [], "tags": []}, {"tokens": TOKENS, "tags": TAGS}]
    assert len(read("\n".join(map(json.dumps, lines))).sentences) == 1


def test_tags_of_another_coding_are_said(read) -> None:
    tags = [tag.replace("B-", "I-") for tag in TAGS]
    file = read(json.dumps({"tokens": TOKENS, "tags": tags}))
    assert file.sentences[0].tags == TAGS
    assert file.guesses == ("the tags are coded as IOB1, for entities begin with 'I-'",)


def test_lines_of_a_text_are_sentences_of_a_document(read) -> None:
    text = f"{TEXT}\n\nOslo is cold.\n"
    record = {"text": text, "entities": [*SPANS, [25, 29, "LOC"]]}
    file = read("\n".join([json.dumps(record)] * 3))
    assert file.documents == [0, 0, 1, 1, 2, 2] and file.num_documents == 3
    assert file.sentences[1].tokens == ["Oslo", "is", "cold", "."]
    assert file.sentences[1].tags == ["B-LOC", "O", "O", "O"]


def test_spans_that_do_not_fit_are_reported_with_their_line(read, tmp_path) -> None:
    spans = [[0, 8, "PER"], [4, 14, "PER"], [18, 21, "LOC"]]
    file = read("\n" + json.dumps({"text": TEXT, "entities": spans}))
    assert file.sentences[0].tags == ["B-PER", "I-PER", "O", "O", "O", "O"]
    overlap, part = file.problems
    assert overlap.startswith(f"{tmp_path}/a.jsonl:2: left out 'Holm lives' (PER, 4 to 14)")
    assert overlap.endswith("overlaps the one before")
    assert "'Osl' (LOC, 18 to 21), which does not begin and end where tokens do" in part


def test_white_space_in_spans_and_types(read) -> None:
    spans = [[0, 9, "name of a person"], [17, 22, "LOC"], [17, 18, "gap"]]
    file = read(json.dumps({"text": TEXT, "entities": spans}))
    [sentence] = file.sentences
    person = "name_of_a_person"
    assert sentence.tags == [f"B-{person}", f"I-{person}", "O", "O", "B-LOC", "O"]
    [problem] = file.problems
    assert "left out ' ' (gap, 17 to 18)" in problem


def test_a_space_that_is_no_ascii_is_a_token(read) -> None:
    file = read(json.dumps({"tokens": ["Oslo", "\u00a0"], "tags": ["B-LOC", "O"]}))
    assert file.sentences[0].tokens == ["Oslo", "\u00a0"]


def test_what_an_annotator_did_not_accept_is_left_out(read, tmp_path) -> None:
    records = [
        {"text": TEXT, "spans": AS_OBJECTS, "answer": answer}
        for answer in ("reject", "accept", "ignore")
    ]
    file = read("\n".join(map(json.dumps, records)))
    [sentence] = file.sentences
    assert sentence.line_number == 2
    left_out = f"{tmp_path}/a.jsonl:%s: left out a text with the answer '%s'"
    assert file.problems == [left_out % (1, "reject"), left_out % (3, "ignore")]


@pytest.mark.parametrize("inner", [[0, 3, "NAME"], [4, 8, "NAME"]])
def test_of_nested_spans_the_outer_stays(inner, read) -> None:
    file = read(json.dumps({"text": TEXT, "entities": [inner, [0, 8, "PER"]]}))
    assert file.sentences[0].tags == ["B-PER", "I-PER", "O", "O", "O", "O"]
    assert len(file.problems) == 1


@pytest.mark.parametrize(
    "line, message",
    [
        ("{", ":2: found no JSON"),
        ("[1]", ":2: found .*, expected an object with 'text'"),
        ('{"text": "a"}', ":2: found no entities"),
        ('{"text": "a", "entities": [[0, 2, "X"]]}', r":2: found the entity \[0, 2, \"X\"\], exp"),
        ('{"text": "a", "entities": [[0, 1, " "]]}', ":2: found the entity"),
        ('{"text": "a", "entities": [{"start": 0}]}', ":2: found the entity"),
        ('{"tokens": ["a"], "tags": []}', ":2: found 1 tokens and 0 tags"),
        ('{"tokens": ["a"], "tags": [3]}', ":2: found the tags as numbers"),
        ('{"tokens": [""], "tags": ["O"]}', ":2: found the token '', expected a word"),
        ('{"tokens": ["a\\tb"], "tags": ["O"]}', r":2: found the token 'a\\tb', expected"),
        ('{"tokens": ["a\\nb"], "tags": ["O"]}', r":2: found the token 'a\\nb', expected"),
        ('{"tokens": ["a", "b"], "tags": ["O", "E-X"]}', ":2: token 1: found 'E-X'"),
    ],
)
def test_what_is_no_such_object(line, message, read) -> None:
    with pytest.raises(ConfigurationError, match=f"a.jsonl{message}"):
        read(json.dumps({"text": TEXT, "entities": SPANS}) + "\n" + line)


@pytest.mark.parametrize(
    "name, line, is_one",
    [
        ("a.jsonl", "", True),
        ("a.json.gz", "", True),
        ("a.txt", json.dumps({"text": TEXT, "entities": SPANS}), True),
        ("a.conll", "Oslo B-LOC", False),
        ("train", "3 O", False),
    ],
)
def test_which_files_these_are(name, line, is_one, tmp_path) -> None:
    assert is_span_file(OwnText(tmp_path / name, ["", line])) == is_one


@pytest.mark.parametrize(
    "record, message",
    [
        ({"data": {"text": TEXT}, "annotations": []}, "without annotations, expected tasks"),
        (
            {"data": {"a": "b", "c": "d"}, "annotations": [{}]},
            r"found \['a', 'c'\] under 'data', expected one text",
        ),
        (
            {"tokens": TOKENS, "ner_tags": [1, 2, 0, 0, 3, 0]},
            r"found the tags as numbers, \[1, 2, 0, 0, 3\], expected their names",
        ),
        (
            {"text": TEXT, "label": [{"start": 0, "end": 8, "labels": ["PER", "LOC"]}]},
            "found the entity .*, expected start, end and type",
        ),
    ],
)
def test_other_mistakes_in_an_object(record, message, read) -> None:
    with pytest.raises(ConfigurationError, match=f"a.jsonl:1: .*{message}"):
        read(json.dumps(record))
