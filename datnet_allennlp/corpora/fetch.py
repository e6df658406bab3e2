"""Download of the original files of a corpus."""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

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


@dataclass(frozen=True)
class DownloadLimits:
    """
    What the download of one file may take.

    # Parameters

    max_bytes : `int`, optional (default = 64 MiB)
        The originals of the known corpora have a few MiB.
    seconds : `float`, optional (default = 600.0)
        From the request to the last byte.
    """

    max_bytes: int = 64 << 20
    seconds: float = 600.0


def fetch_originals(
    corpus: Corpus,
    folder: Path,
    base_url: str = RAW_GITHUB,
    limits: DownloadLimits = DownloadLimits(),  # noqa: B008  (frozen)
) -> None:
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
    limits : `DownloadLimits`, optional
        For each file.

    Raises `ConfigurationError` if the server cannot be reached, answers with an error, or sends
    less, more or something else than the pinned file, or slower than `limits` allow.
    """
    for split in corpus.splits:
        path = folder / split.original
        url = f"{base_url}/{corpus.download_path}/{split.original}"
        _download(url, path, limits)
        size = path.stat().st_size
        verify(
            path,
            split.original_sha256,
            f"These are the {size:,} bytes received from {url}. {_REMEDY}",
        )


def _download(url: str, path: Path, limits: DownloadLimits) -> None:
    """
    The timeouts of requests are for each wait; a server that sends a byte now and then would never
    exceed them. So another thread receives, and is left alone after `limits.seconds`.
    """
    outcome: Future[None] = Future()
    given_up = Event()

    def receive() -> None:
        try:
            _receive(url, path, limits.max_bytes, given_up)
            outcome.set_result(None)
        except Exception as error:  # it is raised again where it is waited for
            outcome.set_exception(error)

    Thread(target=receive, daemon=True).start()
    try:
        outcome.result(limits.seconds)
    except FutureTimeoutError:
        raise ConfigurationError(
            f"{url}: download failed: found no whole file after {limits.seconds:g} seconds. "
            f"{_REMEDY}"
        ) from None
    except requests.RequestException as error:
        raise ConfigurationError(f"{url}: download failed: {error}. {_REMEDY}") from error
    finally:
        given_up.set()


def _receive(url: str, path: Path, max_bytes: int, given_up: Event) -> None:
    # Without compression the announced length is the length of the file.
    headers = {"Accept-Encoding": "identity"}
    timeout = (_CONNECT_SECONDS, _READ_SECONDS)
    with requests.get(url, headers=headers, timeout=timeout, stream=True) as response:
        response.raise_for_status()
        length = response.headers.get("Content-Length")
        if length is not None and not (length.isdecimal() and int(length) <= max_bytes):
            raise ConfigurationError(
                f"{url}: found Content-Length '{length[:40]}', expected at most {max_bytes:,} "
                f"bytes. {_REMEDY}"
            )
        with (
            open(path, "wb") as file,
            Tqdm.tqdm(
                total=int(length) if length else None, desc=path.name, unit="B", unit_scale=True
            ) as progress,
        ):
            for chunk in response.iter_content(chunk_size=1 << 16):
                if given_up.is_set():
                    return
                file.write(chunk)
                progress.update(len(chunk))
                if file.tell() > max_bytes:
                    raise ConfigurationError(
                        f"{url}: found more than {max_bytes:,} bytes, expected no more. {_REMEDY}"
                    )
