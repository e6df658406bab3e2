import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.convert import convert, read_sentences, to_iob2


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("I-PER I-PER O I-LOC", "B-PER I-PER O B-LOC"),
        ("I-PER B-PER I-PER", "B-PER B-PER I-PER"),
        ("I-PER I-LOC I-LOC", "B-PER B-LOC I-LOC"),
        ("B-geo-loc I-geo-loc O", "B-geo-loc I-geo-loc O"),
        ("O I-MISC", "O B-MISC"),
    ],
)
def test_iob2(tags, expected):
    assert to_iob2(tags.split()) == expected.split()


def test_four_columns_with_document_lines(tmp_path):
    original, target = tmp_path / "original", tmp_path / "target"
    # A -DOCSTART- line ends a sentence even without a blank line after it.
    original.write_bytes(
        "-DOCSTART- -X- O O\n\nÉva NNP I-NP I-PER\nBo NNP I-NP B-PER\n"
        "-DOCSTART- -X- O O\nBo NNP I-NP I-PER\nsang VBD I-VP O\n\n\n\nOh UH I-INTJ O".encode()
    )
    convert(original, target, columns=4)
    expected = "Éva\tB-PER\nBo\tB-PER\n\nBo\tB-PER\nsang\tO\n\nOh\tO\n\n"
    assert target.read_bytes() == expected.encode()


def test_two_columns_with_a_blank_line_of_one_tab(tmp_path):
    original, target = tmp_path / "original", tmp_path / "target"
    original.write_text("@bo\tO\nLake\tB-location\nEl\tI-location\n\t\nok\tO\n")
    convert(original, target, columns=2)
    assert target.read_text() == "@bo\tO\nLake\tB-location\nEl\tI-location\n\nok\tO\n\n"


def test_windows_line_ends(tmp_path):
    original, target = tmp_path / "original", tmp_path / "target"
    original.write_bytes(b"Bo NNP I-PER\r\n\r\nok UH O\r\n")
    convert(original, target, columns=3)
    assert target.read_bytes() == b"Bo\tB-PER\n\nok\tO\n\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Bo NNP I-PER\nsang O\n", "line 2: found 2 columns, expected 3"),
        (b"Bo NNP I-PER\n\nsang VBD X-PER\n", "line 3: found the tag 'X-PER'"),
        ("Él PP O\n".encode("latin-1"), "expected UTF-8"),
    ],
)
def test_bad_input_is_named(tmp_path, content, message):
    path = tmp_path / "original"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message) as raised:
        list(read_sentences(path, columns=3))
    assert str(path) in str(raised.value)
