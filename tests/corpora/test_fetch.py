import itertools
import re
import socket
import threading
import time

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.fetch import RAW_GITHUB, DownloadLimits, fetch_originals
from datnet_allennlp.corpora.registry import CORPORA


def test_files_arrive(corpus, originals, loopback, tmp_path):
    fetch_originals(corpus, tmp_path, loopback.url)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == originals


def test_missing_file(corpus, loopback, tmp_path):
    path = f"/{corpus.download_path}/inv.testa"
    del loopback.bodies[path]
    with pytest.raises(ConfigurationError, match=r"404.*inv\.testa.*Run the command again"):
        fetch_originals(corpus, tmp_path, loopback.url)


def test_cut_off_half_way(corpus, loopback, tmp_path):
    path = f"/{corpus.download_path}/inv.train"
    whole = len(loopback.bodies[path])
    loopback.announced_lengths[path] = whole
    loopback.bodies[path] = loopback.bodies[path][: whole // 2]
    message = rf"inv.train: download failed.*{whole // 2} bytes read, {whole - whole // 2} more"
    with pytest.raises(ConfigurationError, match=message):
        fetch_originals(corpus, tmp_path, loopback.url)


def test_other_content(corpus, loopback, tmp_path):
    path = f"/{corpus.download_path}/inv.testb"
    loopback.bodies[path] = b"<html>Log in</html>"
    message = f"found SHA-256.*expected {corpus.splits[2].original_sha256}.*19 bytes received from"
    with pytest.raises(ConfigurationError, match=message):
        fetch_originals(corpus, tmp_path, loopback.url)


def test_no_server(corpus, tmp_path):
    # Port 9 (discard) is not served on loopback.
    with pytest.raises(ConfigurationError, match=r"download failed.*--from DIR"):
        fetch_originals(corpus, tmp_path, "http://127.0.0.1:9")


def test_homes_are_pinned_to_commits():
    """A branch name instead of a commit would let the files change under the pinned sums."""
    assert RAW_GITHUB.startswith("https://")
    paths = [corpus.download_path for corpus in CORPORA.values() if corpus.download_path]
    assert len(paths) == 4
    for path in paths:
        assert re.fullmatch(r"[^/]+/[^/]+/[0-9a-f]{40}(/[^/]+)*", path)


def test_every_corpus_names_its_terms():
    for corpus in CORPORA.values():
        assert all(value for name, value in vars(corpus).items() if name != "download_path"), (
            corpus.name
        )


def test_names_stay_in_their_folder():
    """Nothing that is downloaded has a name with a folder in it."""
    for corpus in CORPORA.values():
        for split in corpus.splits:
            assert re.fullmatch(r"[\w.-]+", split.original) and ".." not in split.original


@pytest.fixture
def serve():
    """A server on loopback that sends the pieces, waiting before each, whatever it is asked."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def answer(pieces, seconds):
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            try:
                for piece in pieces:
                    if stop.wait(seconds):
                        return
                    connection.sendall(piece)
            except OSError:
                pass  # the client had enough

    def serve(pieces, seconds=0.0):
        threads.append(threading.Thread(target=answer, args=(pieces, seconds)))
        threads[-1].start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    stop.set()
    for thread in threads:
        thread.join()
    listener.close()


@pytest.mark.parametrize("length", ["many", "-5", "1e3", str(1 << 40), "10, 12"])
def test_bad_content_length(length, corpus, serve, tmp_path):
    url = serve([f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode(), b"x" * 12])
    with pytest.raises(ConfigurationError, match=f"(found Content-Length '{length}'|failed)"):
        fetch_originals(corpus, tmp_path, url)
    assert not list(tmp_path.iterdir())


def test_a_body_without_end(corpus, serve, tmp_path):
    url = serve(itertools.chain([b"HTTP/1.0 200 OK\r\n\r\n"], itertools.repeat(bytes(1 << 16))))
    with pytest.raises(ConfigurationError, match="found more than 1,000,000 bytes, expected no"):
        fetch_originals(corpus, tmp_path, url, DownloadLimits(max_bytes=1_000_000))
    assert (tmp_path / "inv.train").stat().st_size < 1_200_000


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nX: "])
def test_a_byte_now_and_then(head, corpus, serve, tmp_path):
    """Such a server never exceeds a timeout of the socket, in the body or in the header."""
    url = serve(itertools.chain([head], itertools.repeat(b"x")), seconds=0.05)
    start = time.monotonic()
    with pytest.raises(ConfigurationError, match="found no whole file after 1 seconds"):
        fetch_originals(corpus, tmp_path, url, DownloadLimits(seconds=1))
    assert time.monotonic() - start < 20
