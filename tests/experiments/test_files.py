import errno
import multiprocessing
import os
import resource
import signal

import pytest

from datnet_allennlp.experiments.files import FileLock, append_line, locked, write_whole

FORK = multiprocessing.get_context("fork")


def is_free(path):
    lock = FileLock(path)
    if not lock.acquire(wait=False):
        return False
    lock.release()
    return True


def test_a_lock_is_one_s_own(tmp_path):
    path = tmp_path / "deep" / "lock"
    lock = FileLock(path)
    assert lock.acquire(wait=False)
    assert not is_free(path)
    lock.release()
    assert is_free(path)


def test_a_lock_is_held_while_a_fork_of_a_killed_holder_lives(tmp_path):
    path = tmp_path / "lock"
    receiver, sender = FORK.Pipe(duplex=False)

    def hold():
        FileLock(path).acquire(wait=True)
        worker = FORK.Process(target=signal.pause)
        worker.start()
        sender.send(worker.pid)
        signal.pause()

    holder = FORK.Process(target=hold)
    holder.start()
    worker = receiver.recv()
    holder.kill()
    holder.join()
    assert not is_free(path)
    os.kill(worker, signal.SIGKILL)
    assert FileLock(path).acquire(wait=True)


def test_releasing_is_on_behalf_of_forks_too(tmp_path):
    path = tmp_path / "lock"
    lock = FileLock(path)
    lock.acquire(wait=True)
    fork = FORK.Process(target=signal.pause)
    fork.start()
    lock.release()
    assert is_free(path)
    fork.kill()
    fork.join()


def test_lines_of_many_processes_stay_whole(tmp_path):
    path = tmp_path / "lines"

    def append(letter):
        for _ in range(20):
            with locked(path):
                append_line(path, letter * 5000)

    processes = [FORK.Process(target=append, args=(letter,)) for letter in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    lines = path.read_text().splitlines()
    assert sorted(lines) == [letter * 5000 for letter in "abc" for _ in range(20)]


def test_a_line_that_does_not_fit_leaves_nothing_of_itself(tmp_path):
    path = tmp_path / "lines"
    append_line(path, "a" * 90)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match="File too large") as raised:
            append_line(path, "b" * 90)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert raised.value.filename == str(path)
    append_line(path, "c")
    assert path.read_text() == "a" * 90 + "\nc\n"


def test_a_file_that_cannot_be_put_in_place_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, "old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left") as raised:
            write_whole(path, "new")
    assert raised.value.filename == str(path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]
    write_whole(path, "new")
    assert path.read_text() == "new"
