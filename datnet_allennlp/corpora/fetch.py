"""Download of the original files of a corpus."""

from pathlib import Path

import requests
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm

from datnet_allennlp.corpora.checksum import verify
from datnet_allennlp.corpora.corpus import Corpus

RAW_GITHUB = "https://raw.githubusercontent.com"
_REMEDY = (
    "Nothing was replaced. Run the command again later, or take the prepared files from a folder "
    "that has them (--from DIR)."
)
_CONNECT_SECONDS, _READ_SECONDS = 10, 60


def fetch_originals(corpus: Corpus, folder: Path, base_url: str = RAW_GITHUB) -> None:
    """
    Downloads the original files of a corpus and checks their SHA-256.

    # Parameters

    corpus : `Corpus`
        A corpus with a `download_path`.
    folder : `Path`
        Where to put the files, under the names they have at home. What is there already is
        overwritten, so give a folder for unfinished files.
    base_url : `str`, optional (default = `RAW_GITHUB`)
        What stands before the `download_path`.

    # Raises

    `ConfigurationError`
        If the server cannot be reached, answers with an error, or sends less or something else
        than the pinned file.
    """
    for split in corpus.splits:
        path = folder / split.original
        url = f"{base_url}/{corpus.download_path}/{split.original}"
        _download(url, path)
        size = path.stat().st_size
        verify(
            path,
            split.original_sha256,
            f"These are the {size:,} bytes received from {url}. {_REMEDY}",
        )


def _download(url: str, path: Path) -> None:
    # Without compression the announced length is the length of the file.
    headers = {"Accept-Encoding": "identity"}
    timeout = (_CONNECT_SECONDS, _READ_SECONDS)
    try:
        with requests.get(url, headers=headers, timeout=timeout, stream=True) as response:
            response.raise_for_status()
            length = response.headers.get("Content-Length")
            with (
                open(path, "wb") as file,
                Tqdm.tqdm(
                    total=int(length) if length else None, desc=path.name, unit="B", unit_scale=True
                ) as progress,
            ):
                for chunk in response.iter_content(chunk_size=1 << 16):
                    file.write(chunk)
                    progress.update(len(chunk))
    except requests.RequestException as error:
        raise ConfigurationError(f"{url}: download failed: {error}. {_REMEDY}") from error
