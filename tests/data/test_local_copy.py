"""What a path or a URL names."""

import pytest
from allennlp.common.checks import ConfigurationError
from requests.exceptions import ConnectionError as NoConnection

from datnet_allennlp.data import local_copy as module
from datnet_allennlp.data.local_copy import local_copy


@pytest.mark.parametrize("name", ["file:", "file:x", "a file"])
def test_names_that_begin_as_urls(name, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError):
        local_copy(name)
    (tmp_path / name).touch()
    assert (tmp_path / local_copy(name)).samefile(tmp_path / name)
    url = (tmp_path / "a%20file").as_uri().replace("%2520", "%20")
    (tmp_path / "a%20file").touch()
    assert local_copy(url) == str(tmp_path / "a%20file")


@pytest.mark.parametrize(
    "url, error, message",
    [
        ("https://a.example/v.txt", NoConnection("pool\nx"), "found no connection to a.example, e"),
        ("gs://bucket/v.txt", RuntimeError("no\naccount"), "found no account, expected a download"),
    ],
)
def test_what_cannot_be_downloaded(url, error, message, monkeypatch) -> None:
    def cached_path(_):
        raise error

    monkeypatch.setattr(module, "cached_path", cached_path)
    with pytest.raises(ConfigurationError, match=f"^{url}: {message}"):
        local_copy(url)
