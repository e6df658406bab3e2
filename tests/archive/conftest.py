"""A real small archive, and means to make evil ones of it."""

import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.models.archival import archive_model

from datnet_allennlp.archive import write_manifest


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other processes of the tests have temporary folders too."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


@pytest.fixture(scope="session")
def run(small_config, tmp_path_factory) -> Path:
    """The folder of a small training run, without a manifest."""
    config = small_config("base")
    config["trainer"]["num_epochs"] = 1
    for part in config["train_data_path"].values():
        part["max_sentences"] = 10
    folder = tmp_path_factory.mktemp("archive") / "run"
    train_model(Params(config), str(folder))
    (folder / "manifest.json").unlink()
    archive_model(folder)
    return folder


@pytest.fixture(scope="session")
def plain(run: Path) -> Path:
    """The archive that AllenNLP made, without a manifest."""
    return run / "model.tar.gz"


@pytest.fixture
def with_manifest(run: Path, tmp_path: Path) -> Path:
    folder = shutil.copytree(run, tmp_path / "run_with_manifest")
    write_manifest(folder)
    path = archive_model(folder, archive_path=tmp_path / "m.tar.gz", include_in_archive=["man*"])
    return Path(path)


@pytest.fixture
def forge(plain: Path, tmp_path: Path) -> Callable[..., Path]:
    """
    Makes an archive from the good one: `changes` maps members to other contents, or to None;
    `edit` changes the configuration; `extra` are members to add.
    """

    def forge(
        changes: dict[str, bytes | None] | None = None,
        edit: Callable[[dict], None] | None = None,
        extra: list[tuple[tarfile.TarInfo, bytes]] | None = None,
        source: Path = plain,
    ) -> Path:
        path = tmp_path / "evil.tar.gz"
        changes = dict(changes or {})
        with tarfile.open(source) as good, tarfile.open(path, "w:gz") as evil:
            for member in good:
                content = good.extractfile(member).read() if member.isreg() else b""
                if member.name == "config.json" and edit is not None:
                    config = json.loads(content)
                    edit(config)
                    content = json.dumps(config).encode()
                content = changes.pop(member.name, content)
                if content is not None:
                    add(evil, member, content)
            for name, content in changes.items():
                add(evil, tarfile.TarInfo(name), content)
            for member, content in extra or []:
                add(evil, member, content)
        return path

    return forge


def add(archive: tarfile.TarFile, member: tarfile.TarInfo, content: bytes) -> None:
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
