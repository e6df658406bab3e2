import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging import formats
from datnet_allennlp.tagging.formats import input_format, output_format


@pytest.mark.parametrize(
    "path, expected",
    [
        ("a.txt", "text"),
        ("b/A.TXT.GZ", "text"),
        ("a.jsonl", "jsonl"),
        ("a.json.bz2", "jsonl"),
        ("-", "jsonl"),
        ("a", "jsonl"),
        ("a.conll", "conll"),
        ("a.csv.gz", "csv"),
        ("a.parquet", "parquet"),
    ],
)
def test_the_name_of_the_input_tells(path, expected) -> None:
    assert type(input_format(None, path)) is formats.INPUTS[expected]


@pytest.mark.parametrize(
    "path, expected",
    [
        ("a.jsonl", "jsonl"),
        ("a.json", "jsonl"),
        ("a", "jsonl"),
        ("b.c/a.gz", "jsonl"),
        ("-", "jsonl"),
        ("a.spacy.jsonl", "spacy_json"),
        ("a.spacy", "spacy"),
        ("a.ann", "brat"),
        ("a.html", "html"),
        ("a.conll", "conll"),
        ("a.csv", "csv"),
    ],
)
def test_the_name_of_the_output_tells(path, expected) -> None:
    assert type(output_format(None, path)) is formats.OUTPUTS[expected]


def test_a_suffix_that_no_format_has() -> None:
    message = r"^a\.tsv\.gz: found the suffix '\.tsv', expected one of \['\.ann'.*, or as output_f"
    with pytest.raises(ConfigurationError, match=message):
        output_format(None, "a.tsv.gz")
    with pytest.raises(ConfigurationError, match="^a.html: found the suffix '.html', "):
        input_format(None, "a.html")
    assert type(output_format("csv", "a.tsv")) is formats.OUTPUTS["csv"]


def test_a_format_by_name() -> None:
    assert type(input_format("csv", "a.txt")) is formats.INPUTS["csv"]
    with pytest.raises(ConfigurationError, match="input_format: found 'xml', expected one of"):
        input_format("xml", "a.txt")
    with pytest.raises(ConfigurationError, match="output_format: found 'text', expected one of"):
        output_format("text", "a.txt")
