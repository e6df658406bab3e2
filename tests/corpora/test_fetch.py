import dataclasses
import re

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.fetch import RAW_GITHUB, fetch_originals
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
        assert all(getattr(corpus, field.name) for field in dataclasses.fields(corpus)[:-1])
