"""Putting one corpus where the training configurations look for it."""

import os
from collections.abc import Callable
from pathlib import Path

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.checksum import in_place, verify
from datnet_allennlp.corpora.convert import convert
from datnet_allennlp.corpora.corpus import Corpus
from datnet_allennlp.corpora.fetch import RAW_GITHUB, fetch_originals
from datnet_allennlp.corpora.place import place, staging


def prepare_corpus(
    corpus: Corpus,
    target: Path,
    source: Path | None = None,
    originals: Path | None = None,
    copy: bool = False,
    base_url: str = RAW_GITHUB,
    announce: Callable[[str], None] = print,
) -> str:
    """
    Makes the `<split>.conll` files of a corpus, from the first of these that applies: they are in
    place already, `originals`, `source`, the corpus's public home. Files are replaced only when
    all splits have their pinned SHA-256.

    # Parameters

    corpus : `Corpus`
        The corpus.
    target : `Path`
        Its folder, for example `data/wnut2017`.
    source : `Optional[Path]`, optional (default = `None`)
        A folder with the prepared files of this corpus.
    originals : `Optional[Path]`, optional (default = `None`)
        A folder with the user's own original files of this corpus.
    copy : `bool`, optional (default = `False`)
        Copy the files of `source` instead of linking to them.
    base_url : `str`, optional (default = `RAW_GITHUB`)
        The server to download from.
    announce : `Callable[[str], None]`, optional (default = `print`)
        Receives the terms of use before a download.

    # Returns

    `str`
        What was done, in a few words.

    Raises `ConfigurationError` if a file is missing, cannot be downloaded or converted, or has
    another sum.
    """
    if all(in_place(target / split.filename, split.sha256, copy) for split in corpus.splits):
        return "already in place"
    if originals is not None:
        _from_originals(corpus, originals, target)
        return f"converted from {originals}"
    if source is not None:
        for split in corpus.splits:
            verify(
                source / split.filename,
                split.sha256,
                f"Expected {corpus.name} as this command makes it. Nothing was replaced.",
            )
        place([source / split.filename for split in corpus.splits], target, copy)
        return f"{'copied' if copy else 'taken'} from {source}"
    if corpus.download_path is None:
        names = ", ".join(split.original for split in corpus.splits)
        raise ConfigurationError(
            f"{corpus.name}: cannot be downloaded freely. {corpus.terms} Get {names} as described "
            f"at {corpus.home} and name their folder with --{corpus.name} DIR, or take the "
            "prepared files from a folder that has them with --from DIR."
        )
    announce(f"{corpus.name}: from {corpus.home}. Terms of use: {corpus.terms}")
    with staging(target) as unfinished:
        fetch_originals(corpus, unfinished, base_url)
        _from_originals(corpus, unfinished, target)
    return "downloaded and converted"


def _from_originals(corpus: Corpus, originals: Path, target: Path) -> None:
    with staging(target) as unfinished:
        for split in corpus.splits:
            original, converted = originals / split.original, unfinished / split.filename
            if not original.is_file():
                raise ConfigurationError(
                    f"{original}: no such file, expected the original of {corpus.name} "
                    f"{split.name}. Nothing was replaced."
                )
            convert(original, converted, corpus.columns)
            verify(
                converted,
                split.sha256,
                f"It was converted from {original}, which is not the published original (SHA-256 "
                f"{split.original_sha256}). Nothing was replaced.",
            )
        for split in corpus.splits:
            os.replace(unfinished / split.filename, target / split.filename)
