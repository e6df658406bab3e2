import os
from pathlib import Path

import pytest

from datnet_allennlp.corpora.place import place, staging


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source" / "file"
    path.parent.mkdir()
    path.write_text("new")
    return path


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "target" / "file"
    path.parent.mkdir()
    path.write_text("old")
    return path


def test_link(source, target):
    place([source], target.parent, copy=False)
    assert target.is_symlink()
    assert target.resolve() == source.resolve()
    assert os.listdir(target.parent) == ["file"]


def test_link_from_a_relative_folder(source, target, monkeypatch):
    monkeypatch.chdir(source.parent.parent)
    place([Path("source/file")], Path("target"), copy=False)
    assert target.read_text() == "new"


def test_copy_replaces_a_link_and_not_what_it_points_to(source, target):
    other = target.parent.parent / "other"
    other.write_text("other")
    target.unlink()
    target.symlink_to(other)
    place([source], target.parent, copy=True)
    assert not target.is_symlink()
    assert target.read_text() == "new"
    assert other.read_text() == "other"


def test_copy_where_no_links_are_possible(source, target, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    place([source], target.parent, copy=False)
    assert not target.is_symlink()
    assert target.read_text() == "new"


def test_an_error_leaves_the_old_files(source, target):
    with pytest.raises(FileNotFoundError):
        place([source, source.parent / "missing"], target.parent, copy=True)
    assert target.read_text() == "old"
    assert os.listdir(target.parent) == ["file"]


def test_staging_is_removed(tmp_path):
    with pytest.raises(KeyError), staging(tmp_path / "folder") as unfinished:
        assert unfinished.parent == tmp_path / "folder"
        (unfinished / "part").write_text("half")
        raise KeyError
    assert os.listdir(tmp_path / "folder") == []
