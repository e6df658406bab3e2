"""Columns of CoNLL-2012, with the entities in brackets."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.inspect_conll2012 import is_conll2012, read_conll2012
from datnet_allennlp.corpora.own_text import OwnText, read_own_text


def line(number: int, token: str, entity: str) -> str:
    return (
        f"a/b   0   {number}   {token}   NN   (S*)   -   -   -   Speaker#1   {entity}   (A0*   -\n"
    )


def document(*sentences: list[tuple[str, str]]) -> str:
    """Each sentence as tokens and the cells of their entities."""
    text = "#begin document (a/b); part 000\n"
    for sentence in sentences:
        text += "".join(line(i, *each) for i, each in enumerate(sentence)) + "\n"
    return text + "#end document\n"


FIRST = [("Nora", "(PERSON*"), ("Lind", "*)"), ("left", "*"), ("Oslo", "(GPE)")]
SECOND = [("The", "(ORG*"), ("Oslo", "*"), ("Choir", "*)")]


@pytest.fixture
def read(tmp_path):
    def read(text: str) -> OwnText:
        (tmp_path / "a.gold_conll").write_text(text)
        return read_own_text(tmp_path / "a.gold_conll")

    return read


def test_sentences(read) -> None:
    text = read(document(FIRST, SECOND) + document(SECOND))
    assert is_conll2012(text)
    file = read_conll2012(text)
    assert [sentence.tokens for sentence in file.sentences] == [
        ["Nora", "Lind", "left", "Oslo"],
        ["The", "Oslo", "Choir"],
        ["The", "Oslo", "Choir"],
    ]
    assert [sentence.tags for sentence in file.sentences] == [
        ["B-PERSON", "I-PERSON", "O", "B-GPE"],
        ["B-ORG", "I-ORG", "I-ORG"],
        ["B-ORG", "I-ORG", "I-ORG"],
    ]
    assert [sentence.line_number for sentence in file.sentences] == [2, 7, 13]
    assert file.num_documents == 2 and not file.is_known


@pytest.mark.parametrize("text", ["", "Nora B-PER\n", "# newdoc\n1\tNora\tB-PER\n"])
def test_other_columns(text, read) -> None:
    assert not is_conll2012(read(text))


@pytest.mark.parametrize(
    "sentence, message",
    [
        ([("Nora", "*)")], r":2: found the entity '\*\)', expected '\(TYPE\*'"),
        ([("Nora", "(A*"), ("Lind", "(B)")], r":3: found the entity '\(B\)', expected"),
        ([("Nora", "((A*")], r":2: found the entity"),
        ([("Nora", "(A*")], r":3: found no '\)' after '\(A', expected one"),
        ([("[WORD]", "*")], r":2: found '\[WORD\]', expected the words, which skeleton2conll.sh"),
        ([("Nora Lind", "")], ":2: found the entity 'Speaker#1'"),
    ],
)
def test_mistakes(sentence, message, read) -> None:
    with pytest.raises(ConfigurationError, match=f"a.gold_conll{message}"):
        read_conll2012(read(document(sentence)))


def test_too_few_columns(read) -> None:
    with pytest.raises(ConfigurationError, match=r":2: found 2 column\(s\), expected 11 or more"):
        read_conll2012(read("#begin document (a/b); part 000\nNora B-PER\n"))
