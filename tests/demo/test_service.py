import io
import json
import zipfile

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.demo.service import MAX_RANKED_TOKENS, MAX_TEXTS
from datnet_allennlp.tagging.formats import OUTPUTS


def test_a_table_whose_column_has_to_be_chosen(service) -> None:
    content = b"id;tweet\n1;Mia Torres\n"
    assert service.read("a.csv", content) == {
        "records": [],
        "errors": [],
        "columns": ["id", "tweet"],
    }
    assert service.read("a.csv", content, "tweet")["records"] == [{"text": "Mia Torres", "id": "1"}]
    with pytest.raises(ConfigurationError, match="^a.csv:1: found the columns .*, expected 'text'"):
        service.read("a.csv", content, "text")
    with pytest.raises(ConfigurationError, match="^a.csv:1: found no columns"):
        service.read("a.csv", b"")


def test_describe(service) -> None:
    found = service.describe()
    assert found["models"] == ["first", "<second>"]
    assert "person" in found["types"] and "" not in found["types"]
    assert found["formats"] == sorted(OUTPUTS)


def test_tags_as_the_tagger_does(service, tagger) -> None:
    texts = ["Mia Torres in Dublin", "", "\U0001f600 \u202e Halden United"]
    records = [{"text": text, "id": i} for i, text in enumerate(texts)]
    found = service.tag("first", records)
    assert found == [{"id": i, **tagger(text).to_dict()} for i, text in enumerate(texts)]


def test_a_broken_record_leaves_the_others(service) -> None:
    broken, good = service.tag("first", [{"text": 3}, {"text": "Dublin"}])
    assert 'found a number under "text"' in broken["error"] and good["tokens"] == ["Dublin"]


@pytest.mark.parametrize(
    "name, content, expected",
    [
        ("a.txt", "one\ntwo\n", [{"text": "one"}, {"text": "two"}]),
        ("a.JSONL", '{"text": "one", "id": 1}\n', [{"text": "one", "id": 1}]),
        ("a.conll", "one\tO\ntwo\tO\n\nx\tO\n", [{"tokens": ["one", "two"]}, {"tokens": ["x"]}]),
        ("a.csv", "id,text\n1,one\n", [{"text": "one", "id": "1"}]),
    ],
)  # fmt: skip
def test_reads_files(service, name, content, expected) -> None:
    assert service.read(f"C:\\dir\\{name}", content.encode()) == {
        "records": expected,
        "errors": [],
        "columns": [],
    }


def test_broken_lines_are_named(service) -> None:
    found = service.read("a.txt", b"one\n\xff\n" * 8)
    assert len(found["records"]) == 8 and len(found["errors"]) == 6
    assert found["errors"][0].startswith("a.txt:2: found bytes that are not UTF-8")
    assert found["errors"][-1] == "a.txt: found 3 more lines of this kind"


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("cat.png", b"\x89PNG", r"cat.png: found a file of another kind, expected one in .jsonl,"),
        ("", b"", "found a file of another kind"),
        ("a.txt", b"\x1f\x8b\x00", "a.txt: found a file of another kind"),
        ("../a.csv", b"text,text\n", "^a.csv:1: found the column 'text' twice, expected it once"),
        ("a.txt", b"x\n" * (MAX_TEXTS + 1), "found more than 5,000 texts"),
    ],
)
def test_files_of_the_wrong_kind(service, name, content, message) -> None:
    with pytest.raises(ConfigurationError, match=message):
        service.read(name, content)


def test_alternatives(service) -> None:
    found = service.alternatives("first", {"text": "Mia Torres in Dublin"})
    probabilities = [each["probability"] for each in found]
    assert len(found) == 4 and probabilities == sorted(probabilities, reverse=True)
    [best] = service.tag("first", [{"text": "Mia Torres in Dublin"}])
    assert found[0]["tags"] == best["tags"]
    with pytest.raises(ConfigurationError, match="found a text of 501 tokens, expected at most"):
        service.alternatives("first", {"text": "word " * (MAX_RANKED_TOKENS + 1)})


@pytest.mark.parametrize("name", OUTPUTS)
def test_downloads_every_format(service, name) -> None:
    records = [{"text": "Mia Torres in Dublin"}, {"text": 3}, {"text": "second"}]
    file, content = service.download("first", name, records)
    if name == "brat":
        assert file == "entities.brat.zip"
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.namelist() == ["entities.ann", "entities.txt"]
            assert archive.read("entities.txt") == b"Mia Torres in Dublin\nsecond\n"
        return
    assert file == f"entities{OUTPUTS[name].suffixes[0]}" and content
    if name == "jsonl":
        lines = [json.loads(line) for line in content.splitlines()]
        assert lines == service.tag("first", [records[0], records[2]])


def test_what_is_not_there(service) -> None:
    with pytest.raises(ConfigurationError, match="model: found 'no', expected one of"):
        service.tag("no", [])
    with pytest.raises(ConfigurationError, match="output_format: found 'no', expected one of"):
        service.download("first", "no", [])
    with pytest.raises(ConfigurationError, match="found more than 5,000 texts"):
        service.tag("first", [{"text": "x"}] * (MAX_TEXTS + 1))
