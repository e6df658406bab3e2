import errno
import os
import resource
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from datnet_allennlp.data.whole_file import link_whole, remove_unfinished, whole_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_when_it_is_whole(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


def test_a_pipe_stays_a_pipe(tmp_path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with ThreadPoolExecutor() as executor:
        read = executor.submit(path.read_bytes)
        with whole_file(path) as file:
            file.write(b"all of it")
        assert read.result(10) == b"all of it"
    assert path.is_fifo() and names(tmp_path) == ["pipe"]


def test_a_link_stays_a_link(tmp_path) -> None:
    (tmp_path / "there").mkdir()
    path, linked = tmp_path / "a.txt", tmp_path / "there" / "b.txt"
    path.symlink_to(linked)
    with whole_file(path) as file:
        file.write(b"new")
    assert path.is_symlink() and linked.read_text() == "new"
    assert names(tmp_path) == ["a.txt", "there"] and names(tmp_path / "there") == ["b.txt"]


def test_an_error_leaves_what_there_was(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        with whole_file(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch) -> None:
    """The order that a power cut needs: the contents, the name, the folder."""
    steps: list[tuple[str, object]] = []
    fsync, replace = os.fsync, os.replace

    def recorded_fsync(descriptor: int) -> None:
        target = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        steps.append(("fsync", (target.name, target.is_file() and target.read_bytes())))
        fsync(descriptor)

    def recorded_replace(source, destination) -> None:
        steps.append(("replace", Path(destination).name))
        replace(source, destination)

    monkeypatch.setattr(os, "fsync", recorded_fsync)
    monkeypatch.setattr(os, "replace", recorded_replace)
    with whole_file(tmp_path / "a.txt") as file:
        file.write(b"all of it")
    assert steps == [
        ("fsync", (".a.txt.unfinished", b"all of it")),
        ("replace", "a.txt"),
        ("fsync", (tmp_path.name, False)),
    ]


def test_a_full_disk_is_an_error_with_the_path(tmp_path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    # The limit on a file's size stands for the disk's.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError) as raised:
            with whole_file(path) as file:
                file.write(b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (raised.value.errno, raised.value.filename) == (errno.EFBIG, str(path))
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_link_replaces_a_file_in_one_step(tmp_path) -> None:
    first, second, name = (tmp_path / each for each in ("first", "second", "name"))
    first.write_text("1")
    second.write_text("2")
    for source in (first, second, second):
        link_whole(source, name)
        assert os.path.samefile(source, name)
        assert names(tmp_path) == ["first", "name", "second"]


def test_removes_what_a_killed_process_left(tmp_path) -> None:
    (tmp_path / ".a.txt.unfinished").write_text("half")
    (tmp_path / "a.txt").write_text("old")
    remove_unfinished(tmp_path)
    assert names(tmp_path) == ["a.txt"]
