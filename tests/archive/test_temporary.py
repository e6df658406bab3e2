import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from datnet_allennlp.archive import temporary
from datnet_allennlp.archive.temporary import temporary_folder

# By itself, without the package around it, it starts in no time.
HOLD = """
import sys, time
sys.path.insert(0, sys.argv[1])
from temporary import temporary_folder
with temporary_folder() as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def hold() -> tuple[subprocess.Popen, Path]:
    """A process that has such a folder."""
    command = [sys.executable, "-c", HOLD, str(Path(temporary.__file__).parent)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_goes_after_an_error() -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(RuntimeError), temporary_folder() as folder:
        assert folder.is_dir()
        raise RuntimeError
    assert not folder.exists()
    assert signal.getsignal(signal.SIGTERM) is handler


@pytest.mark.process
def test_goes_on_sigterm() -> None:
    process, folder = hold()
    assert (folder / "file").exists()
    process.terminate()
    assert process.wait(30) == 128 + signal.SIGTERM
    assert not folder.exists()


@pytest.mark.process
def test_what_kill_9_leaves_goes_next_time() -> None:
    killed, stale = hold()
    living, used = hold()
    killed.kill()
    killed.wait(30)
    for folder in (stale, used):
        assert folder.exists()
        old = time.time() - 3600
        os.utime(folder, (old, old))
    try:
        with temporary_folder():
            assert not stale.exists()
            assert (used / "file").exists()
    finally:
        living.terminate()
        living.wait(30)


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("x")
    link = tmp_path / f"{temporary._PREFIX}link"
    link.symlink_to(tmp_path / "mine")
    os.utime(link, (0, 0), follow_symlinks=False)
    with temporary_folder():
        pass
    assert (tmp_path / "mine" / "file").exists()
