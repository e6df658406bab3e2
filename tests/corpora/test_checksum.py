import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.checksum import in_place, read_checksums, sha256_of, verify

# The test vector of FIPS 180-2 for the message "abc".
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def abc(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    return path


def test_sum(abc):
    assert sha256_of(abc) == ABC
    verify(abc, ABC, "")


def test_wrong_sum(abc):
    with pytest.raises(ConfigurationError, match=rf"found SHA-256 {ABC}, expected 0+\. Do it\."):
        verify(abc, "0" * 64, "Do it.")


def test_missing_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"none: no such file\. Do it\."):
        verify(tmp_path / "none", ABC, "Do it.")


def test_in_place(abc, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(abc)
    assert in_place(abc, ABC, copy=True)
    assert in_place(link, ABC, copy=False)
    assert not in_place(link, ABC, copy=True)
    assert not in_place(abc, "0" * 64, copy=False)
    assert not in_place(tmp_path / "none", ABC, copy=False)


def test_list(tmp_path):
    path = tmp_path / "SHA256SUMS"
    path.write_text(f"{ABC}  a name\n{'0' * 64} *b\n")
    assert read_checksums(path) == {"a name": ABC, "b": "0" * 64}


def test_bad_line_in_a_list(tmp_path):
    path = tmp_path / "SHA256SUMS"
    path.write_text(f"{ABC}  a\n{ABC[:-1]}  b\n")
    with pytest.raises(ConfigurationError, match="SHA256SUMS, line 2: found"):
        read_checksums(path)


def test_missing_list(tmp_path):
    with pytest.raises(ConfigurationError, match="no such file"):
        read_checksums(tmp_path / "SHA256SUMS")
