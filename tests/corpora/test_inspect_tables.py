"""Tables with a header, a token and its tag in a row."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.inspect_tables import is_table, read_table
from datnet_allennlp.corpora.own_text import OwnText, read_own_text

HEADER = "Sentence #,Word,POS,Tag\n"
ROWS = """Sentence: 1,Nora,NNP,B-per
,Lind,NNP,I-per
,",",",",O
,\"\"\"\",``,O
Sentence: 2,Oslo,NNP,B-geo
"""
TOKENS = [["Nora", "Lind", ",", '"'], ["Oslo"]]
TAGS = [["B-per", "I-per", "O", "O"], ["B-geo"]]


@pytest.fixture
def table(tmp_path):
    def table(text: str) -> OwnText:
        (tmp_path / "a.csv").write_text(text)
        return read_own_text(tmp_path / "a.csv")

    return table


@pytest.mark.parametrize(
    "text",
    [
        HEADER + ROWS,
        "\ufeff" + HEADER + ROWS,
        HEADER + ROWS.replace("\n,", "\nSentence: 1,"),
        'sentence_id;token;ner_tag\n1;Nora;B-per\n1;Lind;I-per\n1;,;O\n1;"""";O\n2;Oslo;B-geo\n',
        # A quotation mark between tabs is a token, and an empty line ends a sentence.
        'token\ttag\nNora\tB-per\nLind\tI-per\n,\tO\n"\tO\n\n\nOslo\tB-geo\n',
        'tag,token\nB-per,Nora\nI-per,Lind\nO,","\nO,""""\n,\nB-geo,Oslo\n',
    ],
    ids=["kaggle", "byte order mark", "each row", "semicolons", "tabs", "tag before"],
)
def test_sentences(text, table) -> None:
    assert is_table(table(text))
    file = read_table(table(text))
    assert [sentence.tokens for sentence in file.sentences] == TOKENS
    assert [sentence.tags for sentence in file.sentences] == TAGS
    assert not file.is_known and file.num_documents == 0


def test_a_space_that_is_no_ascii_is_a_token(table) -> None:
    [sentence] = read_table(table("token,tag\n\u00a0,O\nOslo,B-geo\n")).sentences
    assert sentence.tokens == ["\u00a0", "Oslo"]


@pytest.mark.parametrize("text", ["", "Nora B-per\n", "Nora\tO\n", "text,label\n", "word,pos\n"])
def test_no_such_table(text, table) -> None:
    assert not is_table(table(text))


@pytest.mark.parametrize(
    "rows, message",
    [
        ("Sentence: 1,Nora,NNP\n", r"a.csv:2: found 3 cell\(s\), expected 4 as in the header"),
        ("Sentence: 1,,NNP,O\n", "a.csv:2: found .*, expected a token and a tag"),
        ("Sentence: 1,Nora,NNP,\n", "a.csv:2: found .*, expected a token and a tag"),
        ("", "a.csv: found no token, expected some below the header"),
        (f"1,{'a' * 200_000},NNP,O\n", "a.csv:2: found no CSV"),
        ("1,Nora,NNP,X-per\n", "a.csv:2.*X-per"),
    ],
)
def test_mistakes(rows, message, table) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_table(table(HEADER + rows))
