"""A file of tagged sentences, whatever it looked like, and how it is written as columns."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from datnet_allennlp.data.column_file import ColumnSentence
from datnet_allennlp.data.whole_file import whole_file


@dataclass
class TaggedFile:
    """
    # Parameters

    path : `Path`
    sentences : `list[ColumnSentence]`
        With IOB2 tags.
    documents : `list[int]`
        The number of the document of each sentence; all are equal where there are no marks.
    problems : `list[str]`
        What was left out, each with its line.
    guesses : `tuple[str, ...]`
        How the tags were read where that does not follow from the file, in words.
    is_known : `bool`
        Whether the reader `conll_columns` can read the file as it is.
    """

    path: Path
    sentences: list[ColumnSentence]
    documents: list[int]
    problems: list[str] = field(default_factory=list)
    guesses: tuple[str, ...] = ()
    is_known: bool = False

    @property
    def entities(self) -> Counter[str]:
        """How many entities there are of each type."""
        tags = (tag for sentence in self.sentences for tag in sentence.tags)
        return Counter(tag[2:] for tag in tags if tag.startswith("B-"))

    @property
    def words(self) -> Counter[str]:
        """How often there is each token with a letter, in lower case."""
        tokens = (token.lower() for sentence in self.sentences for token in sentence.tokens)
        return Counter(token for token in tokens if any(map(str.isalpha, token)))

    @property
    def num_documents(self) -> int:
        """0 where no document is marked."""
        return len(set(self.documents)) if len(set(self.documents)) > 1 else 0

    def split(self, share: float) -> tuple["TaggedFile", "TaggedFile"]:
        """Its first documents, and the last ones, which hold at least this share of sentences."""
        names = list(dict.fromkeys(self.documents))
        size = Counter(self.documents)
        last: set[int] = set()
        while names[1:] and sum(size[name] for name in last) < share * len(self.sentences):
            last.add(names.pop())
        parts = []
        for is_last in (False, True):
            chosen = [i for i, name in enumerate(self.documents) if (name in last) == is_last]
            sentences = [self.sentences[i] for i in chosen]
            parts.append(TaggedFile(self.path, sentences, [self.documents[i] for i in chosen]))
        return parts[0], parts[1]


def write_columns(path: Path, sentences: Iterable[ColumnSentence]) -> None:
    """Writes a token, a tab and its tag on a line, and an empty line after each sentence."""
    with whole_file(path) as file:
        for sentence in sentences:
            for token, tag in zip(sentence.tokens, sentence.tags, strict=True):
                file.write(f"{token}\t{tag}\n".encode())
            file.write(b"\n")
