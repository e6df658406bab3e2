"""Reads word vectors: text of word2vec, GloVe and fastText, and word2vec's binary format."""

import codecs
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any, NamedTuple

import numpy
from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.local_copy import local_copy

_BLOCK_SIZE = 2**20  # bytes
# How many words, and how wide the vectors are; so wide that a damaged header takes little memory.
_HEADER = re.compile(rb"([0-9]{1,18}) ([0-9]{1,7})\s*")


class WordVectorTable(NamedTuple):
    """Words, each once, and their vectors, of shape `(num_words, dim)` and type float32."""

    words: list[str]
    vectors: numpy.ndarray


def read_vector_file(path: str) -> WordVectorTable:
    """
    Reads all word vectors of a file: a word and its values on a line, apart by single blanks, with
    or without a first line that holds their number and width. A name that ends in `.bin` is
    word2vec's binary format. Either may be packed as `.gz`, `.xz` or `.zip` (of one file). Where a
    word stands twice, its last vector counts.

    # Parameters

    path : `str`
        A file or a URL.

    Raises `ConfigurationError`, naming file and line (or the number of the vector), for a missing
    or damaged file, other separators, vectors of different widths, values that are no finite
    numbers, text that is not UTF-8, a file without vectors and one with fewer or more than its
    first line says.
    """
    # A download is kept under a name without an ending, so `path` says what it is.
    suffixes = [suffix.lower() for suffix in PurePosixPath(path).suffixes[-2:]]
    packing = suffixes.pop() if suffixes and suffixes[-1] in _OPENERS else ""
    read = _read_binary if suffixes and suffixes[-1] == ".bin" else _read_text
    try:
        with _OPENERS[packing](local_copy(path)) as file:
            blocks = list(read(path, io.BufferedReader(file)))
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigurationError(
            f"pretrained_file: found no file '{path}', expected word vectors"
        ) from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError) as error:
        raise ConfigurationError(
            f"{path}: found '{error}', expected a whole {packing[1:]} file"
        ) from None
    words = (word for words, _ in blocks for word in words)
    # A vocabulary takes a return at the end of a word for a part of the line end.
    last = {word.rstrip("\r"): row for row, word in enumerate(words)}
    if not last:
        raise ConfigurationError(f"{path}: found no vectors, expected one at least")
    vectors = numpy.concatenate([rows for _, rows in blocks])
    if len(last) < len(vectors):
        vectors = vectors[list(last.values())]
    return WordVectorTable(list(last), vectors)


def _open_zip(path: str) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    if len(names) != 1:
        raise ConfigurationError(f"{path}: found {len(names)} files in it, expected one")
    return archive.open(names[0])


_OPENERS: dict[str, Callable[[str], Any]] = {
    "": lambda path: open(path, "rb"),
    ".gz": gzip.open,
    ".xz": lzma.open,
    ".zip": _open_zip,
}


def _read_text(path: str, file: IO[bytes]) -> Iterator[WordVectorTable]:
    first = file.readline().removeprefix(codecs.BOM_UTF8)
    header = _HEADER.fullmatch(first)
    dim = int(header[2]) if header else _width(_decoded(path, 1, first))
    number = 2 if header else 1
    lines = file.readlines(_BLOCK_SIZE) if header else [first]
    with Tqdm.tqdm(desc="reading vectors", unit=" words") as progress:
        while lines and lines != [b""]:
            yield _block(lines, dim) or _line_by_line(path, number, lines, dim)
            number += len(lines)
            progress.update(len(lines))
            lines = file.readlines(_BLOCK_SIZE)
    if header and number > 2 and number - 2 != int(header[1]):
        raise ConfigurationError(
            f"{path}:1: found {number - 2} vectors below a header that says {int(header[1])}, "
            "expected as many; a file that was cut off has fewer"
        )


def _width(first: str) -> int:
    """How many values stand on a first line without a header; none where tabs part them."""
    return 0 if "\t" in first else first.count(" ")


def _block(lines: list[bytes], dim: int) -> WordVectorTable | None:
    """All lines at once, or, where something is not as usual, `None`."""
    try:
        text = b"".join(lines).decode("utf-8").removesuffix("\n")
    except UnicodeDecodeError:
        return None
    parts = [line.rstrip().partition(" ") for line in text.split("\n")]
    if not dim or {values.count(" ") + 1 if values else 0 for _, _, values in parts} != {dim}:
        return None
    try:
        numbers = map(float, " ".join([values for _, _, values in parts]).split(" "))
        with numpy.errstate(over="ignore"):
            found = numpy.fromiter(numbers, float, len(parts) * dim).astype(numpy.float32)
    except ValueError:
        return None
    if not numpy.isfinite(found).all():
        return None
    return WordVectorTable([word for word, _, _ in parts], found.reshape(len(parts), dim))


def _line_by_line(path: str, number: int, lines: list[bytes], dim: int) -> WordVectorTable:
    """For words with blanks, and so that a mistake is named with its line."""
    words, vectors = [], []
    for line_number, raw in enumerate(lines, start=number):
        where = f"{path}:{line_number}"
        line = _decoded(path, line_number, raw)
        word, *values = line.rsplit(" ", dim)
        _, blank, last = word.rpartition(" ")
        # A word may hold blanks, but what looks like a value is one too many.
        if len(values) != dim or dim == 0 or (blank and _is_number(last)):
            found = "values apart by tabs" if "\t" in line else f"{line.count(' ')} values"
            raise ConfigurationError(
                f"{where}: found {found}, expected {dim or 'the values of a vector'}, apart by "
                "single blanks"
            )
        try:
            with numpy.errstate(over="ignore"):  # infinite values are refused below
                vector = numpy.array(values, dtype=numpy.float32)
        except ValueError as error:
            raise ConfigurationError(f"{where}: {error}, expected {dim} numbers") from None
        if not numpy.isfinite(vector).all():
            raise ConfigurationError(
                f"{where}: found a value that is infinite or no number, expected {dim} numbers"
            )
        words.append(word)
        vectors.append(vector)
    return WordVectorTable(words, numpy.stack(vectors))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _decoded(path: str, number: int, line: bytes) -> str:
    try:
        return line.decode("utf-8").rstrip()
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path}:{number}: expected UTF-8, found {error} (word2vec's binary format is "
            "read from files named .bin)"
        ) from None


# No well-kept library of a sensible size reads this: gensim would bring a framework for it.
def _read_binary(path: str, file: IO[bytes]) -> Iterator[WordVectorTable]:
    """A header line, then for each word its bytes, a blank and the values as float32."""
    header = file.readline(100)
    match = _HEADER.fullmatch(header)
    if match is None or not int(match[2]):
        raise ConfigurationError(
            f"{path}:1: found {header[:40]!r}, expected the number of words and the width of the "
            "vectors, as word2vec's binary format begins"
        )
    num_words, dim = map(int, match.groups())
    for number in Tqdm.tqdm(range(1, num_words + 1), desc="reading vectors"):
        raw = bytearray()
        # Some writers end each vector with a line end.
        while (byte := file.read(1)) not in (b" ", b""):
            if raw or byte != b"\n":
                raw += byte
        values = file.read(4 * dim)
        if len(values) < 4 * dim:
            raise ConfigurationError(
                f"{path}: found the end of the file in vector {number}, expected {num_words} "
                f"vectors of {dim} values"
            )
        vector = numpy.frombuffer(values, dtype="<f4").reshape(1, dim)
        if not numpy.isfinite(vector).all():
            raise ConfigurationError(
                f"{path}: found a value that is infinite or no number in vector {number}, expected "
                f"{dim} numbers"
            )
        try:
            yield WordVectorTable([raw.decode("utf-8")], vector)
        except UnicodeDecodeError as error:
            raise ConfigurationError(
                f"{path}: expected UTF-8 as the word of vector {number}, found {error}"
            ) from None
    if file.read(2).strip(b"\n"):
        raise ConfigurationError(
            f"{path}: found more behind vector {num_words}, the last by its header, expected the "
            "end of the file"
        )
