"""Counts of prepared corpora, set beside Table 1 of the DATNet paper."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from allennlp.common.tqdm import Tqdm

from datnet_allennlp.corpora.convert import read_sentences
from datnet_allennlp.corpora.corpus import Corpus

_HEADER = (
    "corpus",
    "split",
    "sentences",
    "tokens",
    "entities",
    "entity tokens",
    "paper tokens",
    "paper (entities)",
)


@dataclass
class Statistics:
    """
    What a prepared file holds.

    # Parameters

    sentences : `int`
    tokens : `int`
    entities : `int`
        Entities (chunks): the `B-` tags.
    entity_tokens : `int`
        The tokens inside entities: the tags other than `O`.
    """

    sentences: int = 0
    tokens: int = 0
    entities: int = 0
    entity_tokens: int = 0


def count(path: Path) -> Statistics:
    """
    Counts a prepared file.

    Raises `ConfigurationError` if a line is not `token<TAB>tag`.
    """
    statistics = Statistics()
    for sentence in read_sentences(path, columns=2):
        tags = [tag for _, tag in sentence]
        statistics.sentences += 1
        statistics.tokens += len(tags)
        statistics.entities += sum(tag.startswith("B-") for tag in tags)
        statistics.entity_tokens += sum(tag != "O" for tag in tags)
    return statistics


def table(corpora: Sequence[Corpus], folder: Path) -> str:
    """
    The counts of each split, with those of the paper and a line on how the two relate.

    # Parameters

    corpora : `Sequence[Corpus]`
        The corpora to count.
    folder : `Path`
        The folder with `<corpus>/<split>.conll`.

    # Returns

    `str`
        Aligned plain text of several lines.
    """
    rows: list[Sequence[str]] = [_HEADER]
    notes: dict[str, list[str]] = defaultdict(list)
    splits = [(corpus, split) for corpus in corpora for split in corpus.splits]
    for corpus, split in Tqdm.tqdm(splits, desc="counting"):
        found = count(folder / corpus.name / split.filename)
        numbers = (found.sentences, found.tokens, found.entities, found.entity_tokens)
        paper = (f"{split.paper_tokens:,}", f"({split.paper_entities:,})")
        rows.append((corpus.name, split.name, *(f"{number:,}" for number in numbers), *paper))
    for corpus in corpora:
        notes[corpus.note].append(corpus.name)
    explanations = [f"{', '.join(names)}: {note}" for note, names in notes.items()]
    return "\n".join([*_aligned(rows), "", *explanations])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
