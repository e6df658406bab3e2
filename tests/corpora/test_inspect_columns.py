"""Column files of several kinds, each written here, with what should be found in them."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.inspect_columns import find_layout, read_columns
from datnet_allennlp.corpora.own_text import OwnText, read_own_text
from datnet_allennlp.data.dataset_readers import ConllColumnsReader

# Each says: Kai Holm lives in Oslo . / Oslo is cold .
CONLL2003 = """\
-DOCSTART- -X- -X- O

Kai NNP B-NP I-PER
Holm NNP I-NP I-PER
lives VBZ B-VP O
in IN B-PP O
Oslo NNP B-NP I-LOC
. . O O

-DOCSTART- -X- -X- O

Oslo NNP B-NP I-LOC
is VBZ B-VP O
cold JJ B-ADJP O
. . O O
"""
CONLL2002 = """\
Kai NP B-PER
Holm NP I-PER
lives V O
in P O
Oslo NP B-LOC
. F O

Oslo NP B-LOC
is V O
cold A O
. F O
"""
GERMEVAL = """\
#\tn-news.example 26.02.2005 [2005-02-26]
1\tKai\tB-PER\tO
2\tHolm\tI-PER\tB-LOC
3\tlives\tO\tO
4\tin\tO\tO
5\tOslo\tB-LOC\tO
6\t.\tO\tO

#\tn-news.example 27.02.2005 [2005-02-27]
1\tOslo\tB-LOC\tO
2\tis\tO\tO
3\tcold\tO\tO
4\t.\tO\tO
"""
CONLL_U = """\
# newdoc id = a
# text = Kai Holm lives in Oslo.
1\tKai\tB-PER\t-\tme
2\tHolm\tI-PER\t-\tme
3\tlives\tO\t-\tme
4-5\tinOslo\tO\t-\tme
4\tin\tO\t-\tme
5\tOslo\tB-LOC\t-\tme
6\t.\tO\t-\tme

# newdoc id = b
# text = Oslo is cold.
1\tOslo\tB-LOC\t-\tme
2\tis\tO\t-\tme
2.1\tx\tO\t-\tme
3\tcold\tO\t-\tme
4\t.\tO\t-\tme
"""
MULTICONER = """

# id 0b5-1\tdomain=en
Kai _ _ B-PER
Holm _ _ I-PER
lives _ _ O
in _ _ O
Oslo _ _ B-LOC
. _ _ O


# id 0b5-2\tdomain=en
Oslo _ _ B-LOC
is _ _ O
cold _ _ O
. _ _ O
"""
# Of characters, here of words; one between is a space.
KLUE = """\
## 주석 : ##
## klue-ner-v1_train_00000_x\t<Kai Holm:PER> lives in <Oslo:LOC>.
Kai\tB-PER
 \tI-PER
Holm\tI-PER
 \tO
lives\tO
in\tO
Oslo\tB-LOC
.\tO

## klue-ner-v1_train_00001_x\t<Oslo:LOC> is cold.
Oslo\tB-LOC
 \tO
is\tO
cold\tO
.\tO
"""
WIKIANN = """\
en:Kai B-PER
en:Holm I-PER
en:lives O
en:in O
en:Oslo B-LOC
en:. O

en:Oslo B-LOC
en:is O
en:cold O
en:. O
"""
BROAD_TWITTER = """\
Kai\tB-PER
Holm\tI-PER
lives\tO
in\tO
Oslo\tB-LOC
.\tO

Oslo\tB-LOC
is\tO
cold\tO
.\tO
"""
BILOU = BROAD_TWITTER.replace("I-PER", "L-PER").replace("B-LOC", "U-LOC")
IOBES = BROAD_TWITTER.replace("I-PER", "E-PER").replace("B-LOC", "S-LOC")
FEW_NERD = BROAD_TWITTER.replace("B-", "").replace("I-", "")

# By name: the text, the coding, what the reader is told (None: it is written anew), documents.
KINDS = {
    "conll2003": (CONLL2003, "IOB1", {"file_coding": "IOB1"}, 2),
    "conll2002": (CONLL2002, "IOB2", {}, 0),
    "germeval": (
        GERMEVAL,
        "IOB2",
        {"token_column": 1, "tag_column": 2, "comments": "#"},
        0,
    ),
    "multiconer": (MULTICONER, "IOB2", {"comments": "#"}, 0),
    "klue": (KLUE, "IOB2", None, 0),
    "respelt": (BROAD_TWITTER.replace("B-", "b_").replace("I-", "i_"), "respelt IOB2", None, 0),
    "conll-u": (CONLL_U, "IOB2", None, 2),
    "wikiann": (WIKIANN, "IOB2", None, 0),
    "few-nerd": (FEW_NERD, "bare", None, 0),
    "broad twitter": (BROAD_TWITTER, "IOB2", {}, 0),
    "windows": ("\ufeff" + BROAD_TWITTER.replace("\n", "\r\n"), "IOB2", {}, 0),
    "iobes": (IOBES, "IOBES", {"file_coding": "IOBES"}, 0),
    "bilou": (BILOU, "BIOUL", None, 0),
    "numbered": (
        "\n".join(
            f"{i}\t{line}" if line else ""
            for i, line in enumerate(BROAD_TWITTER.split("\n\n")[0].split("\n"), start=1)
        ),
        "IOB2",
        {"token_column": 1},
        0,
    ),
}


@pytest.fixture
def file(tmp_path):
    def file(text: str, name: str = "a.txt") -> OwnText:
        (tmp_path / name).write_bytes(text.encode())
        return read_own_text(tmp_path / name)

    return file


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_sentences_in_each_kind(kind, file) -> None:
    text, coding, keys, documents = KINDS[kind]
    own = file(text)
    layout = find_layout(own)
    assert layout.coding == coding
    read = read_columns(own, layout)
    assert read.is_known == (keys is not None)
    first, *rest = read.sentences
    assert first.tokens == ["Kai", "Holm", "lives", "in", "Oslo", "."]
    assert first.tags == ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]
    if kind not in ("numbered", "respelt"):
        assert [sentence.tokens for sentence in rest] == [["Oslo", "is", "cold", "."]]
        assert read.entities == {"PER": 1, "LOC": 2}
    assert read.num_documents == documents
    if keys is not None:
        assert layout.reader_keys == keys
        reader = ConllColumnsReader(coding="BIO", **keys)
        instances = list(reader.read(str(own.path)))
        assert instances[0]["tags"].labels == first.tags
        assert instances[0]["metadata"]["words"] == first.tokens


def test_says_what_it_guesses(file) -> None:
    assert find_layout(file(GERMEVAL)).guesses == ("the tags are in column 3, not in 4",)
    [guess] = find_layout(file(CONLL2003)).guesses
    assert "IOB1" in guess
    assert find_layout(file(BROAD_TWITTER)).guesses == ()


def test_exceptions_in_the_coding_are_read_as_conlleval_does_and_said(file) -> None:
    sentences = "in O\nOslo I-LOC\n\n" * 5 + "the O\nOslo B-MISC\nGames I-MISC\nKai I-PER\n\n"
    own = file(sentences)
    layout = find_layout(own)
    [guess] = layout.guesses
    assert "IOB1 but for 1 sentence(s)" in guess and f"{own.path}:17: found 'B-MISC'" in guess
    file = read_columns(own, layout)
    read = file.sentences
    assert not file.is_known
    assert read[0].tags == ["O", "B-LOC"]
    assert read[-1].tags == ["O", "B-MISC", "I-MISC", "B-PER"]


def test_the_tag_may_stand_first(file) -> None:
    own = file("O\tin\nB-LOC\tOslo\n\n")
    layout = find_layout(own)
    assert layout.reader_keys == {"token_column": 1, "tag_column": 0}
    [sentence] = read_columns(own, layout).sentences
    assert sentence.tokens == ["in", "Oslo"] and sentence.tags == ["O", "B-LOC"]


def test_numbers_before_the_token(file) -> None:
    # What anntoconll.py of brat writes: tag, first and last character, token.
    own = file("O\t0\t2\tin\nB-LOC\t3\t7\tOslo\n\n")
    assert find_layout(own).reader_keys == {"token_column": 3, "tag_column": 0}
    own = file("7 in O\n7 Oslo B-LOC\n\n8 to O\n8 Rome B-LOC\n\n")
    layout = find_layout(own)
    assert layout.reader_keys == {"token_column": 1} and not layout.is_numbered
    assert find_layout(file("19 O\n20 B-DAY\n\n")).token_column == 0


def test_the_coding_explains_all_files_of_a_corpus(file) -> None:
    train = file("in O\nOslo B-LOC\n\n", "train.txt")
    dev = file("in O\nOslo I-LOC\n\n", "dev.txt")
    layout = find_layout(train, dev)
    assert layout.coding == "mixed IOB"
    assert read_columns(dev, layout).sentences[0].tags == ["O", "B-LOC"]
    other = file("in P O\nOslo N B-LOC\n\n", "other.txt")
    message = r"other.txt:1: found 3 column\(s\), expected 2 as in .*train.txt"
    with pytest.raises(ConfigurationError, match=message):
        read_columns(other, find_layout(train, other))


def test_hashtags_are_no_comments(file) -> None:
    own = file("#Oslo B-LOC\n# O\nrocks O\n\n")
    [sentence] = read_columns(own, find_layout(own)).sentences
    assert sentence.tokens == ["#Oslo", "#", "rocks"]


@pytest.mark.parametrize("tagged", ["#\tO\tSYM", "#\tart-film\tSYM", "#\tB-X\tSYM"])
def test_a_hash_is_a_token_wherever_its_tag_stands(tagged, file) -> None:
    kind = "person" if "film" in tagged else "B-Y"
    own = file(f"{tagged}\nrocks\tO\tV\n\nthe\tO\tD\nfilm\tO\tN\nAda\t{kind}\tN\n\n")
    assert read_columns(own, find_layout(own)).sentences[0].tokens == ["#", "rocks"]


def test_a_hash_before_a_sentence_with_comments(file) -> None:
    own = file("# id 7\tdomain=en\n# _ _ O\nOslo _ _ B-LOC\n\n")
    layout = find_layout(own)
    read = read_columns(own, layout)
    assert read.is_known and layout.reader_keys == {"comments": "#"}
    [instance] = ConllColumnsReader(**layout.reader_keys).read(str(own.path))
    assert instance["metadata"]["words"] == read.sentences[0].tokens == ["#", "Oslo"]


def test_the_digit_behind_each_character_is_no_part_of_it(file) -> None:
    own = file("李0\tB-PER.NAM\n娜1\tI-PER.NAM\n在0\tO\n30\tO\n\n来0\tO\n了1\tO\n\n")
    read = read_columns(own, find_layout(own))
    assert not read.is_known
    assert [sentence.tokens for sentence in read.sentences] == [
        ["李", "娜", "在", "3"],
        ["来", "了"],
    ]


def test_what_is_left_out_within_sentences_is_said(file) -> None:
    own = file(KLUE)
    [guess] = read_columns(own, find_layout(own)).guesses
    assert guess == "3 lines within sentences of a.txt are comments, or spaces, and left out"


@pytest.mark.parametrize("separator", [" ", "\t"])
def test_cells_are_apart_as_the_reader_has_it(separator, file) -> None:
    rows = ["New\u00a0York B-LOC", "\u00a0 O", "\u2028  O", "ends\tO"]
    own = file("\n".join(row.replace(" ", separator, 1) for row in rows) + "\n \t\n")
    [sentence] = read_columns(own, find_layout(own)).sentences
    [instance] = ConllColumnsReader().read(str(own.path))
    tokens = ["New\u00a0York", "\u00a0", "\u2028", "ends"]
    assert sentence.tokens == instance["metadata"]["words"] == tokens


@pytest.mark.parametrize(
    "text, message",
    [
        ("a b c\nd e f\n", r"a.txt: found 3 column\(s\), none of them of tags \(line 1: 'a b c'\)"),
        ("a O\nb O\n", "a.txt: found no tag but 'O', expected entities"),
        ("\n\n", "a.txt: found no sentence"),
        ("a O\nb B-X\n\nc\n", r"a.txt:4: found 1 column\(s\), expected 2"),
        ("a O\nb E-X\n\n", "a.txt:2: found 'E-X'.*nor do the tags fit IOB1, IOBES, BIOUL, BMES"),
        ("a O\nb o\nc B-X\n", "a.txt:2: found the tag 'o', expected 'O', 'B-TYPE' or 'I-TYPE'"),
        ("token tag\na O\nc B-X\n", "a.txt:1: found the tag 'tag', expected"),
        ("a\tO\nb\tB-X\n\tO\n", "a.txt:3: found an empty token, expected a word"),
        ("a O\n" * 10_000 + "b B-X\n", "a.txt:1: found a sentence of 10001 tokens"),
    ],
)
def test_a_file_that_looks_wrong_is_named(text, message, file) -> None:
    own = file(text)
    with pytest.raises(ConfigurationError, match=message):
        read_columns(own, find_layout(own))
