import json

import pytest
import spacy
from allennlp.common.checks import ConfigurationError
from spacy.tokens import Doc, DocBin

from datnet_allennlp.tagging.formats.doc_bin import DocBinOutput
from datnet_allennlp.tagging.formats.spacy_json import SpacyJsonOutput


def check(docs: list[Doc], tagged_texts) -> None:
    assert [doc.text for doc in docs] == [tagged.text for tagged in tagged_texts]
    for doc, tagged in zip(docs, tagged_texts, strict=True):
        assert [(e.label_, e.start_char, e.end_char, e.text) for e in doc.ents] == [
            (e.type, e.start, e.end, e.text) for e in tagged.entities
        ]
        words = [token.text for token in doc if not token.is_space]
        assert words == [tagged.text[start:end] for start, end in tagged.token_spans]


def test_doc_bin(write, tagged_texts) -> None:
    path = write(DocBinOutput(), tagged_texts, "out.spacy")
    docs = list(DocBin().from_disk(path).get_docs(spacy.blank("xx").vocab))
    check(docs, tagged_texts)
    assert docs[0].spans["entities"].attrs["scores"] == [0.75, 0.875]
    assert [span.text for span in docs[0].spans["entities"]] == ["Mia Torres", "Kai"]


def test_json(write, tagged_texts) -> None:
    path = write(SpacyJsonOutput(), tagged_texts, "out.spacy.jsonl")
    vocab = spacy.blank("xx").vocab
    lines = path.read_text(encoding="utf-8").splitlines()
    check([Doc(vocab).from_json(json.loads(line)) for line in lines], tagged_texts)


def test_a_doc_bin_is_no_text() -> None:
    with pytest.raises(ConfigurationError, match="found '-' for a DocBin"):
        with DocBinOutput().open("-"):
            pass
