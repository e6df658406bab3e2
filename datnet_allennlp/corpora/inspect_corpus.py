"""Finds the files of somebody's own corpus, says what they hold, and makes them ready to train."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.inspect_columns import Layout, find_layout, read_columns
from datnet_allennlp.corpora.inspect_conll2012 import is_conll2012, read_conll2012
from datnet_allennlp.corpora.inspect_spans import is_span_file, read_span_file
from datnet_allennlp.corpora.inspect_tables import is_table, read_table
from datnet_allennlp.corpora.own_text import read_own_text
from datnet_allennlp.corpora.tagged_file import TaggedFile, write_columns

_SPLITS = {
    "train": re.compile(r"train"),
    "dev": re.compile(r"dev|valid|(?<![a-z])val(?![a-z])|testa"),
    "test": re.compile(r"test(?!a)"),
}
# What is neither JSON nor columns without a header, in words.
_KINDS = (
    (is_span_file, read_span_file, "JSON with entities as spans, or with tokens and tags"),
    (is_table, read_table, "a table with a header, a token and its tag in a row"),
    (is_conll2012, read_conll2012, "columns of CoNLL-2012, with the entities in brackets"),
)
# What is read neither way, by its suffix.
_OTHERS = {
    ".ann": "brat's .ann files",
    ".spacy": "spaCy's DocBin",
    ".parquet": "Parquet",
    ".xml": "XML",
}
_SHOWN_NAMES = 5
# Read if there is nothing else for training.
_TABLE = ".csv"
_IGNORED = {
    *(".md", ".py", ".html", ".pdf", ".zip", ".tar", ".lst"),
    *(".log", ".bak", ".orig", ".jsonnet", ".yaml", ".yml", ".txt~", ".conll~"),
}
# Of the documents, or of the sentences where no documents are marked.
DEV_SHARE = 0.2
_SHOWN_PROBLEMS = 5


@dataclass
class OwnCorpus:
    """
    # Parameters

    paths : `dict[str, Path]`
        The files to train with, by `train`, `dev` and `test`; not all need be there.
    reader_keys : `dict[str, Any]`
        What the reader `conll_columns` has to be told.
    entity_types : `list[str]`
        Those of all files.
    num_sentences : `int`
        For training, before a dev set is held out.
    words : `Counter[str]`
        How often each word stands in these, in lower case.
    found, guessed : `list[str]`
        In words.
    """

    paths: dict[str, Path]
    reader_keys: dict[str, Any]
    entity_types: list[str]
    num_sentences: int
    words: Counter[str]
    found: list[str]
    guessed: list[str]

    def summary(self) -> str:
        """What was found and guessed, a line each."""
        found = [f"  found    {line}" for line in self.found]
        return "\n".join([*found, *(f"  guessed  {line}" for line in self.guessed)])


def inspect_corpus(name: str, place: Path, written: Path, needs_dev: bool) -> OwnCorpus:
    """
    Looks at a corpus. What the reader cannot read as it is, is written as column files; so are the
    parts of a training file whose documents are parted into training and dev.

    # Parameters

    name : `str`
        How the corpus is called in the names of written files.
    place : `Path`
        A file, which is for training, or a folder with files whose names, or those of whose
        folders, say which is for what.
    written : `Path`
        The folder for what is written; made if anything is.
    needs_dev : `bool`
        Whether a dev set is split off where there is none.

    Raises `ConfigurationError` for a place without a training file, and as `find_layout`,
    `read_columns`, `read_span_file`, `read_table` and `read_conll2012` do.
    """
    paths = find_files(place)
    texts = {split: read_own_text(path) for split, path in paths.items()}
    kinds = {
        split: next((kind for kind in _KINDS if kind[0](text)), None)
        for split, text in texts.items()
    }
    in_columns = [text for split, text in texts.items() if kinds[split] is None]
    layout = find_layout(*in_columns) if in_columns else None
    files = {}
    for split, text in texts.items():
        kind = kinds[split]
        if kind is not None:
            files[split] = kind[1](text)
        elif layout is not None:
            files[split] = read_columns(text, layout)
    _check(files["train"], needs_two=needs_dev and "dev" not in files)
    found = list(dict.fromkeys(kind[2] for kind in kinds.values() if kind))
    found += _described(files, layout)
    guessed = list(layout.guesses if layout else ())
    for split, text in texts.items():
        guessed += [*text.guesses, *files[split].guesses]
    if place.is_dir():
        guessed += [
            f"{path.relative_to(place)} is for {split}"
            for split, path in paths.items()
            if _name(path, place).split(".")[0] != split
        ]
    rewritten = not all(file.is_known for file in files.values())
    train = files["train"]
    if needs_dev and "dev" not in files:
        if train.num_documents:
            files["train"], files["dev"] = train.split(DEV_SHARE)
            rewritten = True
            guessed.append(
                f"dev is the last {files['dev'].num_documents or 1} of {train.num_documents} "
                f"documents ({len(files['dev'].sentences)} sentences)"
            )
        else:
            guessed.append(f"dev is a sample of {DEV_SHARE:.0%} of the training sentences")
    if rewritten:
        written.mkdir(parents=True, exist_ok=True)
        paths = {split: written / f"{name}_{split}.conll" for split in files}
        for split, file in files.items():
            write_columns(paths[split], file.sentences)
        found.append(f"written as columns: {', '.join(str(path) for path in paths.values())}")
    types = sorted({entity_type for file in files.values() for entity_type in file.entities})
    keys = layout.reader_keys if layout and not rewritten else {}
    train = files["train"]
    return OwnCorpus(paths, keys, types, len(train.sentences), train.words, found, guessed)


def find_files(place: Path) -> dict[str, Path]:
    """
    The files for `train`, `dev` and `test`.

    Raises `ConfigurationError` where none or several could be one of them, and for files of kinds
    that are not read.
    """
    if place.is_file():
        _check_kind([place], place)
        return {"train": place}
    if not place.is_dir():
        raise ConfigurationError(f"{place}: found no such file or folder, expected a corpus")
    tables = [path for path in _files(place) if path.suffix == _TABLE]
    candidates = [path for path in _files(place) if path.suffix != _TABLE]
    if not _has_training(candidates, place):
        # As `train/corpus.conll` and `test/corpus.conll`.
        folders = sorted(path for path in place.iterdir() if path.is_dir())
        candidates += [path for folder in folders for path in _files(folder)]
    if not _has_training(candidates, place):
        candidates += tables
    paths = {}
    for split, pattern in _SPLITS.items():
        fitting = [path for path in candidates if pattern.search(_name(path, place))]
        # `train.conll` rather than `train_small.conll`.
        exact = [path for path in fitting if _name(path, place).split(".")[0] == split]
        fitting = exact if len(exact) == 1 else fitting
        if len(fitting) > 1:
            _check_kind(fitting, place)
            found = _shown(fitting, place)
            raise ConfigurationError(f"{place}: found {found}, expected one file for {split}")
        if fitting:
            paths[split] = fitting[0]
    if "train" not in paths:
        _check_kind(candidates, place)
        raise ConfigurationError(
            f"{place}: found {_shown(candidates, place)}, expected a file with 'train' in its name "
            "or in that of its folder"
        )
    _check_kind(paths.values(), place)
    return paths


def _check_kind(paths: Iterable[Path], place: Path) -> None:
    for path in paths:
        if kind := _OTHERS.get(path.suffix.lower()):
            raise ConfigurationError(
                f"{place}: found {kind}, expected columns or JSON; docs/corpora.md says what "
                "converts it"
            )


def _shown(paths: Sequence[Path], place: Path) -> str:
    names = [str(path.relative_to(place)) for path in paths[:_SHOWN_NAMES]]
    more = len(paths) - len(names)
    return f"{names} and {more:,} more" if more else str(names)


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix not in _IGNORED and not path.name.startswith(".")
    ]


def _has_training(paths: list[Path], place: Path) -> bool:
    return any(_SPLITS["train"].search(_name(path, place)) for path in paths)


def _name(path: Path, place: Path) -> str:
    """What says which split a file of a corpus is for, its name or that of its folder."""
    return path.relative_to(place).parts[0].lower()


def _check(train: TaggedFile, needs_two: bool) -> None:
    """Whether there is something to learn, and something left for a dev set."""
    if not train.entities:
        problems = "".join(f" ({problem})" for problem in train.problems[:1])
        raise ConfigurationError(
            f"{train.path}: found no entity, expected some to learn from{problems}"
        )
    if needs_two and len(train.sentences) < 2:
        number = len(train.sentences[0].tokens)
        raise ConfigurationError(
            f"{train.path}: found one sentence, of {number} tokens, expected an empty line after "
            "each sentence, and at least two, for there is no dev set"
        )


def _described(files: dict[str, TaggedFile], layout: Layout | None) -> list[str]:
    found = []
    if layout:
        token = f"tokens in column {layout.token_column + 1}"
        if layout.prefix:
            token += f" behind '{layout.prefix}'"
        if layout.has_digits:
            token += " before a digit"
        numbered = ", word numbers in column 1" if layout.is_numbered else ""
        found.append(
            f"{layout.num_columns} columns apart by {layout.separator}: {token}, "
            f"{layout.coding} tags in column {layout.tag_column + 1}{numbered}"
            + (", comments begin with '#'" if layout.has_comments else "")
        )
    for split, file in files.items():
        types = Counter(file.entities)
        listed = ", ".join(f"{name} {number:,}" for name, number in types.most_common())
        documents = f", {file.num_documents:,} documents" if file.num_documents else ""
        found.append(
            f"{split}: {len(file.sentences):,} sentences{documents}, {types.total():,} entities"
            + (f" ({listed})" if listed else "")
        )
        if unseen := sorted(types.keys() - files["train"].entities.keys()):
            found.append(f"{split}: entity types that train lacks: {', '.join(unseen)}")
        found += file.problems[:_SHOWN_PROBLEMS]
        if len(file.problems) > _SHOWN_PROBLEMS:
            found.append(
                f"and {len(file.problems) - _SHOWN_PROBLEMS:,} more left out of {file.path}"
            )
    return found
