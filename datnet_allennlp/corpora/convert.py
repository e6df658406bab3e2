"""Conversion of original corpus files to `token<TAB>tag` with IOB2 tags."""

import re
from collections.abc import Iterator
from pathlib import Path

from allennlp.common.checks import ConfigurationError

_TAG = re.compile(r"O|[BI]-\S+")


def read_sentences(path: Path, columns: int) -> Iterator[list[tuple[str, str]]]:
    """
    Reads the sentences of a file with one token per line, its columns parted by blanks or tabs.
    A line without any column ends a sentence, and so does a `-DOCSTART-` line, which is dropped.

    # Parameters

    path : `Path`
        A UTF-8 file.
    columns : `int`
        The number of columns. The token is in the first, the tag in the last.

    # Returns

    `Iterator[List[Tuple[str, str]]]`
        The token and the tag, as written in the file, for each token of each sentence.

    Raises `ConfigurationError` if the file is not UTF-8, or a line has another number of columns or
    no `B-X`, `I-X` or `O` tag.
    """
    sentence: list[tuple[str, str]] = []
    try:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                fields = line.split()
                if not fields or fields[0] == "-DOCSTART-":
                    if sentence:
                        yield sentence
                    sentence = []
                    continue
                if len(fields) != columns:
                    raise ConfigurationError(
                        f"{path}, line {number}: found {len(fields)} columns, expected {columns}"
                    )
                if not _TAG.fullmatch(fields[-1]):
                    raise ConfigurationError(
                        f"{path}, line {number}: found the tag '{fields[-1]}', "
                        "expected B-X, I-X or O"
                    )
                sentence.append((fields[0], fields[-1]))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: expected UTF-8 text, found {error}") from error
    if sentence:
        yield sentence


def to_iob2(tags: list[str]) -> list[str]:
    """
    Turns the IOB1 or IOB2 tags of one sentence into IOB2. An `I-X` that does not continue an
    entity of type `X` becomes `B-X`, as in conlleval.
    """
    previous_types = ["", *(tag[2:] for tag in tags)]
    return [
        f"B-{tag[2:]}" if tag.startswith("I-") and tag[2:] != previous else tag
        for tag, previous in zip(tags, previous_types, strict=False)
    ]


def convert(original: Path, target: Path, columns: int) -> None:
    """
    Writes the sentences of an original file as `token<TAB>tag` lines with IOB2 tags, UTF-8, LF line
    ends and a blank line after each sentence.

    # Parameters

    original : `Path`
        The file to read; see `read_sentences`.
    target : `Path`
        The file to write. An existing file is overwritten.
    columns : `int`
        The number of columns of the original.
    """
    with open(target, "w", encoding="utf-8", newline="\n") as output:
        for sentence in read_sentences(original, columns):
            tags = to_iob2([tag for _, tag in sentence])
            for (token, _), tag in zip(sentence, tags, strict=True):
                output.write(f"{token}\t{tag}\n")
            output.write("\n")
