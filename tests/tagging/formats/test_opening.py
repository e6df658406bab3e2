import bz2
import gzip
import io
import os
import stat
import sys
import threading

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.opening import open_text_input, open_text_output, whole_file


def read(source: str) -> str:
    with open_text_input(source) as file:
        return file.read()


def test_plain_and_compressed(tmp_path, monkeypatch) -> None:
    text = "Zoë 😂\n"
    for name, compress in (("a", bytes), ("a.gz", gzip.compress), ("a.bz2", bz2.compress)):
        (tmp_path / name).write_bytes(compress(text.encode()))
        assert read(str(tmp_path / name)) == text
    (tmp_path / "named").write_bytes(gzip.compress(text.encode()))
    assert read(str(tmp_path / "named")) == text
    for content in (text.encode(), gzip.compress(text.encode())):
        stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)))
        monkeypatch.setattr(sys, "stdin", stdin)
        assert read("-") == text
        assert not stdin.closed


def test_standard_output_that_a_program_keeps(capsys) -> None:
    with open_text_output("-") as write:
        write("Zoë 😂\n")
    assert capsys.readouterr().out == "Zoë 😂\n"


def test_what_cannot_be_read(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="none: found no file that can be read"):
        read(str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="found a folder, expected a file of texts"):
        read(str(tmp_path))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(os.urandom(1000))[:500])
    with pytest.raises(ConfigurationError, match="cut.gz: found broken data .*compressed file"):
        read(str(tmp_path / "cut.gz"))


@pytest.mark.parametrize(
    "content, kind",
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04\x14\x00", "a zip file, as of Word or Excel"),
        (b"PAR1\x15\x04", "a Parquet file"),
        ("Zoë\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_text(tmp_path, content, kind) -> None:
    for name, data in (("a.txt", content), ("a.txt.gz", gzip.compress(content))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(
            ConfigurationError, match=f"{name}: found {kind}, expected text in UTF-"
        ):
            read(str(tmp_path / name))


def test_a_file_is_there_when_it_is_whole(tmp_path) -> None:
    path = tmp_path / "out"
    path.write_text("old")
    with open_text_output(str(path)) as write:
        write("né\ud800w\n")
        assert path.read_text() == "old"
    assert path.read_bytes() == "né?w\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()
    with pytest.raises(KeyError), open_text_output(str(path)) as write:
        write("half")
        raise KeyError
    assert path.read_bytes() == "né?w\n".encode()
    assert os.listdir(tmp_path) == ["out"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_what_cannot_be_written(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="found a folder, expected a file to write"):
        with whole_file(str(tmp_path)):
            pass
    with pytest.raises(ConfigurationError, match="cannot be written .*in a folder that exists"):
        with whole_file(str(tmp_path / "no" / "out")):
            pass


def test_a_named_pipe_gets_each_line_at_once(tmp_path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    seen = threading.Event()
    lines: list[str] = []

    def read_lines() -> None:
        with open(pipe) as file:
            for line in file:
                lines.append(line)
                seen.set()

    reader = threading.Thread(target=read_lines)
    reader.start()
    with open_text_output(str(pipe)) as write:
        write("one\n")
        assert seen.wait(10)
        write("two\n")
    reader.join(10)
    assert lines == ["one\n", "two\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_standard_output(capfd) -> None:
    with open_text_output("-") as write:
        write("Zoë\n")
        assert capfd.readouterr().out == "Zoë\n"
