import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from datnet_allennlp.data import vector_file
from datnet_allennlp.data.vector_file import WordVectorTable, read_vector_file

TEXT = "katze 1 2 -3.5\nhund 4e-1 5 6\nÑandú 0 0 0\n"
WORDS = ["katze", "hund", "Ñandú"]
VECTORS = numpy.array([[1, 2, -3.5], [0.4, 5, 6], [0, 0, 0]], dtype=numpy.float32)


def zipped(content: bytes, path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vectors.vec", content)


PACKINGS: dict[str, Callable[[bytes, Path], object]] = {
    "": lambda content, path: path.write_bytes(content),
    ".gz": lambda content, path: path.write_bytes(gzip.compress(content)),
    ".xz": lambda content, path: path.write_bytes(lzma.compress(content)),
    ".zip": zipped,
}


def binary(words: list[str], vectors: numpy.ndarray, end: bytes = b"\n") -> bytes:
    """As word2vec's own C program writes it."""
    header = f"{len(words)} {vectors.shape[1]}\n".encode()
    rows = zip(words, vectors.astype("<f4"), strict=True)
    return header + b"".join(word.encode() + b" " + row.tobytes() + end for word, row in rows)


def read(folder: Path, content: bytes | str, name: str = "vectors.txt") -> WordVectorTable:
    raw = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(raw)
    return read_vector_file(str(folder / name))


@pytest.mark.parametrize("header", ["", "3 3\n"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", " \n"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_reads_text(tmp_path: Path, header: str, line_end: str, packing: str) -> None:
    path = tmp_path / f"wiki.en.vec{packing}"
    PACKINGS[packing]((header + TEXT).replace("\n", line_end).encode(), path)
    words, vectors = read_vector_file(str(path))
    assert words == WORDS
    assert vectors.dtype == numpy.float32 and (vectors == VECTORS).all()


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_reads_word2vecs_binary_format(tmp_path: Path, end: bytes, packing: str) -> None:
    # A value whose bytes are blanks and line ends.
    vectors = VECTORS.copy()
    vectors[2, 1] = numpy.frombuffer(b"\n \n ", dtype="<f4")[0]
    path = tmp_path / f"news.bin{packing}"
    PACKINGS[packing](binary(WORDS, vectors, end), path)
    words, found = read_vector_file(str(path))
    assert words == WORDS and (found == vectors).all()


def test_words_may_hold_blanks(tmp_path: Path) -> None:
    words, vectors = read(tmp_path, "in 1 2\n. . . 3 4\nNew York 5 6\n")
    assert words == ["in", ". . .", "New York"]
    assert vectors.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_a_byte_order_mark_is_no_part_of_the_header_or_of_a_word(tmp_path: Path) -> None:
    for header in ("", "1 2\n"):
        words, vectors = read(tmp_path, f"\ufeff{header}in 1 2\n")
        assert words == ["in"] and vectors.tolist() == [[1, 2]]


def test_words_are_what_a_vocabulary_reads_again(tmp_path: Path) -> None:
    vocab = Vocabulary()
    words, _ = read(tmp_path, "x 1 2\nx\r 3 4\nx\ry 5 6\n\x85 7 8\n")
    vocab.add_tokens_to_namespace(words, "words")
    vocab.save_to_files(str(tmp_path / "vocabulary"))
    again = Vocabulary.from_files(str(tmp_path / "vocabulary"))
    assert again.get_index_to_token_vocabulary("words") == vocab.get_index_to_token_vocabulary(
        "words"
    )


def test_the_last_vector_of_a_word_counts(tmp_path: Path) -> None:
    words, vectors = read(tmp_path, "in 1 2\nat 3 4\nin 5 6\n")
    assert dict(zip(words, vectors.tolist(), strict=True)) == {"in": [5, 6], "at": [3, 4]}


@pytest.mark.parametrize(
    "content, line, found",
    [
        ("hund 1 2 3\nkatze 1 2\n", 2, "found 2 values, expected 3"),
        ("hund 1 2 3\nkatze 1 2 3 4\n", 2, "found 4 values, expected 3"),
        ("2 3\nhund 1 2 3 4 5\n", 2, "found 5 values, expected 3"),
        ("hund\n", 1, "found 0 values, expected the values of a vector"),
        ("hund 1 2 3\n\nkatze 1 2 3\n", 2, "found 0 values, expected 3"),
        ("hund\t1\t2\t3\n", 1, "found values apart by tabs, expected the values"),
        ("hund\t1 2 3\n", 1, "found values apart by tabs, expected the values"),
        ("3 3\nhund 1 2 3\nkatze 1 2 3\n", 1, "found 2 vectors below a header that says 3"),
        ("1 3\nhund 1 2 3\nkatze 1 2 3\n", 1, "found 2 vectors below a header that says 1"),
        ("2 3\nhund\t1\t2\t3\n", 2, "found values apart by tabs, expected 3, apart by single"),
        ("hund 1 2 3\nkatze 1 two 3\n", 2, "'two', expected 3 numbers"),
        ("hund 1 2 3\nkatze 1 nan 3\n", 2, "infinite or no number, expected 3 numbers"),
        ("hund 1 2 1e60\n", 1, "infinite or no number, expected 3 numbers"),
    ],
)
def test_names_the_line_of_what_it_cannot_read(
    tmp_path: Path, content: str, line: int, found: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(tmp_path, content)
    assert str(error.value).startswith(f"{tmp_path / 'vectors.txt'}:{line}: ")
    assert found in str(error.value)


@pytest.mark.parametrize(
    "content, where",
    [
        ("hund 1 2 3\nÑandú 1 2 3\n".encode("latin-1"), ":2: expected UTF-8, found"),
        (binary(WORDS, VECTORS + 0.1), r":\d: expected UTF-8, found .*files named \.bin"),
        (bytes(range(128, 256)) * 9, ":1: expected UTF-8, found"),
    ],
)
def test_names_the_line_that_is_no_text(tmp_path: Path, content: bytes, where: str) -> None:
    with pytest.raises(ConfigurationError, match=f"vectors.txt{where}"):
        read(tmp_path, content)


@pytest.mark.parametrize(
    "content, found",
    [
        (TEXT.encode(), r"v\.bin:1: found b'katze 1 2 -3\.5"),
        (binary(WORDS, VECTORS)[:-9], "end of the file in vector 3, expected 3 vectors of 3"),
        (binary(WORDS, VECTORS) + b"more", "found more behind vector 3, the last by its header"),
        (b"1 1\n\xff\xff \x00\x00\x00\x00", "expected UTF-8 as the word of vector 1"),
        (binary(WORDS, VECTORS + [0, 0, numpy.inf]), "no number in vector 1, expected 3"),
    ],
)
def test_refuses_a_damaged_binary_file(tmp_path: Path, content: bytes, found: str) -> None:
    with pytest.raises(ConfigurationError, match=found):
        read(tmp_path, content, "v.bin")


@pytest.mark.parametrize("content", [b"", b"0 50\n"])
def test_refuses_a_file_without_vectors(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"vectors\.txt: found no vectors"):
        read(tmp_path, content)


@pytest.mark.parametrize("packing", [".gz", ".xz", ".zip"])
def test_refuses_a_damaged_packing(tmp_path: Path, packing: str) -> None:
    whole = tmp_path / f"whole{packing}"
    PACKINGS[packing](TEXT.encode() * 50, whole)
    for content in (TEXT.encode(), whole.read_bytes()[:-9], whole.read_bytes()[:8] + b"junk"):
        with pytest.raises(ConfigurationError, match=f"expected a whole {packing[1:]} file"):
            read(tmp_path, content, f"vectors.txt{packing}")


def test_refuses_a_zip_of_several_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as archive:
        archive.writestr("a", TEXT)
        archive.writestr("b", TEXT)
    with pytest.raises(ConfigurationError, match=r"v\.zip: found 2 files in it, expected one"):
        read_vector_file(str(tmp_path / "v.zip"))


@pytest.mark.parametrize("name", ["absent.txt", "absent.txt.gz", "absent.zip", "folder"])
def test_refuses_what_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigurationError) as error:
        read_vector_file(str(tmp_path / name))
    assert f"pretrained_file: found no file '{tmp_path / name}'" in str(error.value)


def test_a_download_is_unpacked_by_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where a download is kept, its name is a hash without an ending.
    (tmp_path / "0f3a").write_bytes(gzip.compress(TEXT.encode()))
    monkeypatch.setattr(vector_file, "local_copy", lambda path: str(tmp_path / "0f3a"))
    assert read_vector_file("https://example.org/vectors.txt.gz").words == WORDS


@pytest.mark.parametrize("line_end", ["\n", " \r\n"])
def test_reading_at_once_is_reading_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line_end: str
) -> None:
    rows = numpy.random.default_rng(0).normal(size=(300, 20)).tolist()
    lines = [f"w{i}é {' '.join(map(str, row))}{line_end}" for i, row in enumerate(rows)]
    monkeypatch.setattr(vector_file, "_BLOCK_SIZE", 5000)
    fast = read(tmp_path, "".join(lines))
    assert fast.words == [f"w{i}é" for i in range(300)]
    assert (fast.vectors == numpy.array(rows, dtype=numpy.float32)).all()
    monkeypatch.setattr(vector_file, "_block", lambda *block: None)
    slow = read(tmp_path, "".join(lines))
    assert fast.words == slow.words and (fast.vectors == slow.vectors).all()


def test_usual_lines_are_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_file, "_line_by_line", lambda *line: pytest.fail("read by line"))
    assert read(tmp_path, TEXT).words == WORDS


@pytest.mark.parametrize("width", ["0", "2222222222", "2" * 20, "2" * 60])
def test_a_binary_header_of_no_possible_width(tmp_path: Path, width: str) -> None:
    (tmp_path / "v.bin").write_bytes(f"2 {width}\na ".encode())
    with pytest.raises(ConfigurationError, match="v.bin:1: found b'2 .*expected the number of"):
        read_vector_file(str(tmp_path / "v.bin"))
