import gzip
from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from datnet_allennlp.data.dataset_readers import ConllColumnsReader, RawTextReader

TEXT = "Nora lands in Oslo\n\n  \n@mia_k sings\n"


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_a_sentence_a_line_without_tags(tmp_path: Path, name: str) -> None:
    raw = TEXT.encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    reader = DatasetReader.from_params(Params({"type": "raw_text", "tokenizer": "tweet"}))
    assert isinstance(reader, RawTextReader)
    found = list(reader.read(str(tmp_path / name)))
    words = [instance["metadata"]["words"] for instance in found]
    assert words == [["Nora", "lands", "in", "Oslo"], ["@mia_k", "sings"]]
    assert found[1]["metadata"]["origin"] == f"{tmp_path / name}:4"
    assert all("tags" not in instance.fields for instance in found)


def test_a_sample(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"w{i}\n" for i in range(30)))
    part = {"path": str(tmp_path / "a.txt"), "max_sentences": 4, "sample_seed": 1}
    chosen = [i["metadata"]["words"][0] for i in RawTextReader().read(part)]
    rest = [i["metadata"]["words"][0] for i in RawTextReader().read({**part, "complement": True})]
    assert len(chosen) == 4 and sorted(chosen + rest) == sorted(f"w{i}" for i in range(30))


@pytest.mark.parametrize(
    "content, message",
    [
        (b"\n \n", r"a\.txt: found no text"),
        (b"a\nb \xff\n", r"a\.txt:2: found bytes .*UTF-8"),
        (b'\n{"text": "Nora sings"}\n', r"a\.txt:2: found JSON, expected a sentence a line"),
        (b"[\n", r"a\.txt:1: found JSON"),
        (b"Nora B-PER\nsings O\n", r"a\.txt: found columns of tokens and tags, expected"),
        (b"Nora\tNNP\tB-PER\nsings\tVB\tO\n\n" * 20 + b"on\n", "found columns of tokens and tags"),
    ],
)
def test_refuses_what_is_no_text(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        list(RawTextReader().read(str(tmp_path / "a.txt")))


def test_columns_without_the_tag(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("Nora\tB-PER\nsings\tO\n\n")
    reader = ConllColumnsReader(tag_column=None, entity_types=["LOC"])
    [instance] = reader.read(str(tmp_path / "a.conll"))
    assert instance["metadata"]["words"] == ["Nora", "sings"] and "tags" not in instance.fields


@pytest.mark.parametrize("text", ["[Oslo] {it} rains", "the blood group is O", "2026", '"Oslo"'])
def test_text_that_looks_like_something_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(f"{text}\nrain in Lisbon\n")
    assert len(list(RawTextReader().read(str(tmp_path / "a.txt")))) == 2
