"""What is known about a corpus before any of its files is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """
    One split of a corpus.

    # Parameters

    name : `str`
        `train`, `dev` or `test`. The prepared file is `<name>.conll`.
    original : `str`
        The name of the original file.
    original_sha256 : `str`
        SHA-256 of the original file, in hexadecimal.
    sha256 : `str`
        SHA-256 of the prepared file, in hexadecimal.
    paper_tokens : `int`
        The number of tokens in Table 1 of the DATNet paper.
    paper_entities : `int`
        The number in brackets in the same table.
    """

    name: str
    original: str
    original_sha256: str
    sha256: str
    paper_tokens: int
    paper_entities: int

    @property
    def filename(self) -> str:
        return f"{self.name}.conll"


@dataclass(frozen=True)
class Corpus:
    """
    A corpus and its splits.

    # Parameters

    name : `str`
        The name of its folder, for example `wnut2017`.
    home : `str`
        The web page to read about the corpus and to get it from.
    terms : `str`
        The terms of use as its owner states them.
    columns : `int`
        The number of columns of the original files. The token is in the first, the tag in the last.
    splits : `Tuple[Split, ...]`
        Its splits, in the order of the table.
    note : `str`
        Why the counts differ from those of the paper.
    download_path : `Optional[str]`, optional (default = `None`)
        `owner/repository/commit/folder` of the originals on GitHub. `None` means that the corpus
        cannot be downloaded freely, so that users must bring their own originals.
    language : `str`, optional (default = `"en"`)
        Its code in ISO 639-1.
    """

    name: str
    home: str
    terms: str
    columns: int
    splits: tuple[Split, ...]
    note: str
    download_path: str | None = None
    language: str = "en"
