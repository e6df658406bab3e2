import copy
import gzip
import json
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from allennlp.commands import main, train
from allennlp.common import Params, util
from allennlp.common.checks import ConfigurationError
from allennlp.models import load_archive

from datnet_allennlp.commands.train import archive_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def config_file(small_config, tmp_path_factory) -> Path:
    """The configuration of the base model."""
    path = tmp_path_factory.mktemp("train") / "base.json"
    path.write_text(json.dumps(small_config("base")))
    return path


@pytest.fixture(scope="module")
def whole(config_file) -> Path:
    """A run of `config_file` to its end. Not to be changed."""
    run = config_file.parent / "whole"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["allennlp", "train", str(config_file), "-s", str(run)])
        main(prog="allennlp")
    return run


@pytest.fixture
def command(config_file, tmp_path, monkeypatch):
    """Trains the base model in `tmp_path / name`, in this process."""

    def command(name: str, *options: str) -> Path:
        run = tmp_path / name
        monkeypatch.setattr(sys, "argv", ["allennlp", "train", str(config_file), "-s", str(run)])
        sys.argv += options
        main(prog="allennlp")
        return run

    return command


@pytest.fixture
def limit_files(request):
    """Sets the largest size of a file: a full disk, but for the number of the error."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def metrics_of(run: Path) -> dict:
    values = json.loads((run / "metrics.json").read_text()).items()
    return {k: v for k, v in values if not re.search("duration|memory", k)}


def test_two_runs_give_the_same_archive_to_the_last_byte(whole, command) -> None:
    first, second = whole, command("second")
    assert metrics_of(first) == metrics_of(second)
    archive = first / "model.tar.gz"
    assert archive.read_bytes() == (second / "model.tar.gz").read_bytes()
    with tarfile.open(archive) as members:
        names = members.getnames()
        weights = members.extractfile("weights.th").read()
    assert names[:3] == ["config.json", "weights.th", "vocabulary"]
    assert "vocabulary/target_tags.txt" in names and "meta.json" in names
    assert weights == (first / "best.th").read_bytes()
    load_archive(archive)


@pytest.mark.process
@pytest.mark.parametrize(("way", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_says_how_to_go_on(
    way, exit_code, prepared_allennlp, small_config, tmp_path, monkeypatch
) -> None:
    (tmp_path / "base.json").write_text(json.dumps(small_config("base")))
    command = [
        *prepared_allennlp,
        "train",
        "base.json",
        "-s",
        "run",
        "-f",
        "-o",
        '{"trainer.num_epochs": 30}',
    ]
    command += ["--include-package", "datnet_allennlp"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, encoding="utf-8")
    while process.poll() is None and not (tmp_path / "run" / "metrics_epoch_0.json").exists():
        time.sleep(0.05)
    process.send_signal(way)
    said = process.communicate()[1]
    assert process.returncode == exit_code
    assert "Traceback" not in said
    found = re.fullmatch(
        "stopped; this goes on with it: (allennlp train .*)", said.splitlines()[-1]
    )
    assert found
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", shlex.split(found[1]))
    main(prog="allennlp")
    assert json.loads(Path("run/metrics.json").read_text())["epoch"] > 0


@pytest.mark.parametrize("number", [{"eps": 10**38}, {"lr": 1e38}, {"weight_decay": 10**38}])
def test_a_number_with_which_no_step_can_be_made(number, small_config, tmp_path) -> None:
    config = small_config("base")
    optimizer = {"type": "adam", **number}
    config["trainer"]["optimizer"] = optimizer
    with pytest.raises(ConfigurationError, match="^trainer.optimizer: found a number with which "):
        train.train_model(Params(config), str(tmp_path / "run"))


def test_takes_more_files_into_an_archive(whole, tmp_path) -> None:
    path = archive_model(whole, archive_path=tmp_path, include_in_archive=["metrics_epoch_*.json"])
    assert path == str(tmp_path / "model.tar.gz")
    with tarfile.open(path) as members:
        assert {"metrics_epoch_0.json", "metrics_epoch_1.json"} <= set(members.getnames())


def test_a_file_for_the_archive_that_no_run_wrote_is_named(whole, tmp_path, caplog) -> None:
    archive_model(whole, archive_path=tmp_path, include_in_archive=["metric_*.json"])
    assert "include_in_archive: found no 'metric_*.json' in " in caplog.text


def test_an_archive_needs_weights(whole) -> None:
    with pytest.raises(ConfigurationError, match="whole/none.th: found no such file, expected it"):
        archive_model(whole, weights="none.th")


def test_an_archive_that_fails_leaves_the_one_before(whole, tmp_path, monkeypatch) -> None:
    run = shutil.copytree(whole, tmp_path / "run", symlinks=True)
    before = (run / "model.tar.gz").read_bytes()

    def fail(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(gzip.GzipFile, "close", fail)
    with pytest.raises(KeyboardInterrupt):
        archive_model(run)
    assert (run / "model.tar.gz").read_bytes() == before
    assert not list(run.glob(".*.unfinished"))


@pytest.mark.long
def test_no_room_for_a_file_is_named_and_nothing_is_lost(
    whole, command, limit_files, tmp_path
) -> None:
    limit_files((whole / "best_e0.th").stat().st_size - 1)
    message = f"^{re.escape(str(tmp_path))}/run/best_e0.th: found no space left on the disk"
    with pytest.raises(ConfigurationError, match=message):
        command("run")
    run = tmp_path / "run"
    assert not list(run.glob(".*.unfinished")) and not list(run.glob("*.th"))
    limit_files(-1)
    command("run", "--recover")
    assert metrics_of(run) == metrics_of(whole)
    assert (run / "model.tar.gz").read_bytes() == (whole / "model.tar.gz").read_bytes()


@pytest.mark.process
@pytest.mark.parametrize("kilobytes", [8, 150, 800, 1050])
def test_a_full_disk_is_named_and_nothing_is_lost(
    kilobytes, whole, command, config_file, prepared_allennlp, tmp_path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small file system can only be mounted by root")
    try:
        start = [*prepared_allennlp, "train", config_file, "-s", disk / "run"]
        run = subprocess.run(start, cwd=ROOT, capture_output=True, encoding="utf-8")
        assert run.returncode == 1
        assert f"error: {disk}/run" in run.stderr and "no space left on the disk" in run.stderr
        assert "Traceback" not in run.stderr
        assert not (disk / "run" / "model.tar.gz").exists()
        shutil.copytree(disk / "run", tmp_path / "run", symlinks=True)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    recovered = command("run", "--recover")
    assert metrics_of(recovered) == metrics_of(whole)
    assert (recovered / "model.tar.gz").read_bytes() == (whole / "model.tar.gz").read_bytes()


def test_recovers_what_was_killed_before_its_configuration_was_written(command, tmp_path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".config.json.unfinished").write_text("{")
    assert (command("run", "--recover") / "model.tar.gz").exists()


def test_a_run_needs_a_folder(command, tmp_path) -> None:
    (tmp_path / "letter.txt").touch()
    message = "^--serialization-dir: found '.*letter.txt', expected a folder"
    with pytest.raises(ConfigurationError, match=message):
        command("letter.txt")
    with pytest.raises(ConfigurationError, match="^--serialization-dir: found '.*letter.txt/run'"):
        command("letter.txt/run")


def test_does_not_recover_what_is_no_run(command, tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="There is nothing to recover from"):
        command("missing", "--recover")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    with pytest.raises(ConfigurationError, match="You probably gave the wrong directory"):
        command("other", "--recover")


@pytest.mark.parametrize("write", [util.dump_metrics, lambda path, a: Params(a).to_file(path)])
def test_json_appears_when_it_is_whole(write, tmp_path) -> None:
    path = tmp_path / "a.json"
    write(str(path), {"f1": 0.5})
    assert json.loads(path.read_text()) == {"f1": 0.5}
    with pytest.raises(TypeError):
        write(str(path), {"f1": object()})
    assert json.loads(path.read_text()) == {"f1": 0.5}


def test_an_order_of_keys_is_kept(tmp_path) -> None:
    params = Params({"a": 1, "b": {"d": 2, "c": 3}})
    params.duplicate().to_file(str(tmp_path / "a.json"), [["b", "a"], ["c", "d"]])
    assert (tmp_path / "a.json").read_text() == json.dumps(
        {"b": {"c": 3, "d": 2}, "a": 1}, indent=4
    )


def test_the_command_uses_them() -> None:
    # `archive.install()` puts a manifest in front of it.
    assert train.archive_model._archive_model is archive_model
    assert copy.copy(train.train_model).__module__ == "datnet_allennlp.commands.train"
