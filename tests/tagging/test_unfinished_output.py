"""Output is gone on with after a process was killed, a worker was, or the disk was full."""

import fcntl
import itertools
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp import Tagger
from datnet_allennlp.standalone import windows
from datnet_allennlp.tagging import unfinished_output, worker_processes
from datnet_allennlp.tagging.files import FileOptions, tag_file

ROOT = Path(__file__).parents[2]
ALLENNLP = Path(sys.executable).parent / "allennlp"
RESUME = FileOptions(resume=True)


def lines(number: int) -> str:
    """Records; each seventh has no text."""
    return "".join(
        f"{{{json.dumps('text' if i % 7 else 'note')}: "
        f'"Mia Torres {"sails " * (i % 5)}to Dublin", "id": {i}}}\n'
        for i in range(number)
    )


@pytest.fixture
def source(tmp_path, monkeypatch) -> str:
    monkeypatch.setattr(windows, "_MAX_ITEMS", 8)
    monkeypatch.setattr(unfinished_output, "_SECONDS_BETWEEN_NOTES", 0.0)
    path = tmp_path / "in.jsonl"
    path.write_text(lines(40))
    return str(path)


def tag(tagger: Tagger, source: str, target: Path, options: FileOptions | None = None) -> bytes:
    with pytest.raises(ConfigurationError, match="found 6 of 40 texts that could not be tagged"):
        tag_file(tagger, source, str(target), options)
    assert not list(target.parent.glob(f".{target.name}*"))
    return target.read_bytes()


def in_fork(function: Callable[[], None], log: Path) -> int:
    """Calls a function in a fork and returns how that ended; its error goes to a file."""
    child = os.fork()
    if not child:
        status = 1
        try:
            function()
            status = 0
        except BaseException as error:
            log.write_text(f"{type(error).__name__}: {error}")
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def count_writes(fatal: int, report: Path | None = None) -> None:
    """Kills the process before this one of its calls of `fsync` and `replace`, from 1."""
    numbers = itertools.count(1)

    def counted(function: Callable) -> Callable:
        def call(*arguments):
            number = next(numbers)
            if number == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            if report:
                report.write_text(str(number))
            return function(*arguments)

        return call

    os.fsync, os.replace = counted(os.fsync), counted(os.replace)


@pytest.mark.long
@pytest.mark.parametrize("suffix", ["jsonl", "csv", "html"])
def test_killed_at_any_write(suffix, tagger, source, tmp_path) -> None:
    expected = tag(tagger, source, tmp_path / f"whole.{suffix}")
    target, log, report = tmp_path / f"out.{suffix}", tmp_path / "log", tmp_path / "report"

    def run(fatal: int, resume: bool) -> int:
        def function() -> None:
            count_writes(fatal, None if fatal else report)
            tag_file(tagger, source, str(target), FileOptions(resume=resume))

        return in_fork(function, log)

    assert run(0, False) == 1 and "found 6 of 40 texts" in log.read_text()
    total = int(report.read_text())
    assert total > 100
    draw = random.Random(suffix)
    for fatal in [1, *draw.sample(range(2, total - 3), 3), total - 1, total]:
        target.unlink(missing_ok=True)
        assert run(fatal, False) == -signal.SIGKILL
        # Only its last write comes after the name.
        assert target.exists() == (fatal == total)
        # Once more where it goes on, unless that is near the end.
        assert run(5, True) in (-signal.SIGKILL, 1)
        assert tag(tagger, source, target, RESUME) == expected


def test_what_is_whole_is_not_tagged_again(tagger, source, tmp_path, monkeypatch, capsys) -> None:
    target = tmp_path / "out.jsonl"
    shown: list[int] = []

    def stop(index: int, *rest: object) -> None:
        shown.append(index)
        if len(shown) == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tag_file(tagger, source, str(target), show=stop)
    capsys.readouterr()
    with pytest.raises(ConfigurationError, match="found 6 of 40 texts"):
        tag_file(tagger, source, str(target), RESUME, show=lambda index, *_: shown.append(index))
    # The twentieth was shown, but not written.
    assert shown == [*range(20), *range(19, 34)]
    assert capsys.readouterr().err.count("error: ") == 2


@pytest.mark.long
def test_a_killed_worker(tagger, source, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(worker_processes, "_num_workers", lambda: 2)
    monkeypatch.setattr(windows, "_FIRST_ITEMS", 8)
    target = tmp_path / "out.jsonl"
    with monkeypatch.context() as patch:
        answer, parent = Tagger.answer, os.getpid()

        def die(self, window):
            if os.getpid() != parent and any(r.carried["id"] == 30 for r in window.records):
                time.sleep(0.5)
                os.kill(os.getpid(), signal.SIGKILL)
            return answer(self, window)

        patch.setattr(Tagger, "answer", die)
        with pytest.raises(ConfigurationError) as caught:
            tag_file(tagger, source, str(target))
    message = str(caught.value)
    assert f"{source}: found that a worker process ended too early" in message
    place = int(message.split(f"whole up to {source}:")[1].split(",")[0])
    assert message.endswith("and the option resume goes on there") and 8 <= place <= 24
    left = (tmp_path / ".out.jsonl.unfinished").read_text()
    assert json.loads(left.splitlines()[-1])["id"] == place - 1
    assert tag(tagger, source, target, RESUME) == tag(tagger, source, tmp_path / "whole.jsonl")


def test_a_full_disk(tagger, source, tmp_path) -> None:
    expected = tag(tagger, source, tmp_path / "whole.jsonl")
    target, log = tmp_path / "out.jsonl", tmp_path / "log"

    def run() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(expected) // 2, -1))
        tag_file(tagger, source, str(target))

    assert in_fork(run, log) == 1
    message = log.read_text()
    assert message.startswith(f"ConfigurationError: {source}: File too large; the output {target}:")
    place = int(message.split(f"whole up to {source}:")[1].split(",")[0])
    assert 15 < place < 25 and not target.exists()
    assert tag(tagger, source, target, RESUME) == expected


@pytest.fixture
def begun(tagger, source, tmp_path) -> Path:
    target = tmp_path / "out.jsonl"

    def stop(index: int, *rest: object) -> None:
        if index == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tag_file(tagger, source, str(target), show=stop)
    return target


def refused(tagger, source, target, match: str, options: FileOptions = RESUME) -> None:
    left = {path.name: path.read_bytes() for path in target.parent.iterdir()}
    with pytest.raises(ConfigurationError, match=match):
        tag_file(tagger, str(source), str(target), options)
    assert {path.name: path.read_bytes() for path in target.parent.iterdir()} == left


def test_what_is_not_gone_on_with(tagger, source, begun, tmp_path) -> None:
    other = tmp_path / "other.jsonl"
    for content in (lines(40).replace('"id": 3,', '"id": 4,').replace("Mia", "Kai", 3), lines(10)):
        other.write_text(content)
        refused(tagger, other, begun, "found an input that does not begin with the 24 texts")
    stricter = Tagger(tagger.model, tagger.dataset_reader, threshold=0.5)
    refused(stricter, source, begun, "found threshold 0.5, expected 0.0, with which")
    of_source = Tagger(tagger.model, tagger.dataset_reader, resource="source")
    refused(of_source, source, begun, "found resource source, expected None, with which")
    options = FileOptions(output_format="conll", resume=True)
    refused(tagger, source, begun, "found output format ConllOutput, expected JsonLines", options)
    with open(tmp_path / ".out.jsonl.unfinished", "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for resume in (True, False):
            options = FileOptions(resume=resume)
            refused(tagger, source, begun, "found another process that writes it", options)
    for target in ("-", str(tmp_path / "out.spacy")):
        with pytest.raises(ConfigurationError, match=f"resume: found the output {target}"):
            tag_file(tagger, source, target, RESUME)
    os.truncate(tmp_path / ".out.jsonl.unfinished", 100)
    refused(tagger, source, begun, "found fewer than the .* bytes that .out.jsonl.progress notes")
    (tmp_path / ".out.jsonl.progress").write_text('{"texts": 3}')
    refused(tagger, source, begun, "found no note of progress")


def test_another_model(tagger, source, begun) -> None:
    parameter = next(tagger.model.parameters())
    before = parameter.data.clone()
    parameter.data += 1
    try:
        refused(tagger, source, begun, "found model [0-9a-f]{64}, expected [0-9a-f]{64}, with")
    finally:
        parameter.data.copy_(before)


def test_an_input_that_grew(tagger, source, begun, tmp_path) -> None:
    """What comes after the texts that were tagged may be anything."""
    Path(source).write_text(lines(50))
    with pytest.raises(ConfigurationError, match="found 8 of 50 texts"):
        tag_file(tagger, source, str(begun), RESUME)
    with pytest.raises(ConfigurationError, match="found 8 of 50 texts"):
        tag_file(tagger, source, str(tmp_path / "whole.jsonl"))
    assert begun.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.process
def test_kill_9(tagger, archive, prepared_allennlp, tmp_path) -> None:
    """The command itself, while its workers tag what comes through a pipe; then by another door."""
    records = [json.dumps({"text": f"Mia sails to Dublin {i}"}) + "\n" for i in range(14_000)]
    (tmp_path / "in.jsonl").write_text("".join(records))
    (tmp_path / ".allennlp_plugins").write_text("datnet_allennlp.plugin\n")
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONPATH": str(ROOT)}
    command = [ALLENNLP, "tag", archive, "-", "-o", "out.jsonl"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdin=subprocess.PIPE, encoding="utf-8"
    )
    try:
        assert process.stdin is not None
        process.stdin.write("".join(records[:4_100]))
        process.stdin.flush()
        # Longer than between two notes.
        time.sleep(6)
        process.stdin.write("".join(records[4_100:]))
        process.stdin.flush()
        for _ in range(600):
            if (tmp_path / ".out.jsonl.progress").exists():
                break
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    note = json.loads((tmp_path / ".out.jsonl.progress").read_text())
    assert 0 < note["texts"] < 14_000 and not (tmp_path / "out.jsonl").exists()
    resume = ["--silent", "--predictor-args", '{"resume": true}']
    command = ["predict", archive, "in.jsonl", "--output-file", "out.jsonl", *resume]
    done = subprocess.run(
        [*prepared_allennlp, *command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    tag_file(tagger, str(tmp_path / "in.jsonl"), str(tmp_path / "whole.jsonl"))
    found, expected = (
        [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        for name in ("out.jsonl", "whole.jsonl")
    )
    assert [each["text"] for each in found] == [json.loads(line)["text"] for line in records]
    assert [each["tags"] for each in found] == [each["tags"] for each in expected]
