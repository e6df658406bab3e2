"""`allennlp predict` with a model of two resources, and with predictors of other packages."""

import io
import json
import multiprocessing
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from allennlp.commands import main
from allennlp.commands import predict as predict_module
from allennlp.common.checks import ConfigurationError
from allennlp.models import load_archive
from allennlp.predictors import Predictor

from datnet_allennlp.commands.predict import TagFileManager
from datnet_allennlp.standalone import windows
from datnet_allennlp.tagging import Tagger, worker_processes

ROOT = Path(__file__).parents[2]
DEV = ROOT / "fixtures" / "target" / "dev.conll"
ALLENNLP = Path(sys.executable).parent / "allennlp"
RECORDS = [
    {"text": f"Mia Torres {'sails ' * (i * 7 % 12)} to Dublin &amp; back", "id": i}
    for i in range(23)
]


@pytest.fixture(scope="module")
def predictor(archive) -> Predictor:
    return Predictor.from_archive(load_archive(archive), "tweet_tagger")


@pytest.fixture(scope="module")
def one_by_one(predictor) -> list[dict]:
    return [predictor.predict_json(record) for record in RECORDS]


@pytest.fixture
def predict(archive, tmp_path, monkeypatch):
    """Runs `allennlp predict` in this process and returns what it wrote."""

    def predict(content: str, *arguments: object, model: Path = archive) -> list[dict]:
        (tmp_path / "in.jsonl").write_text(content, encoding="utf-8")
        output = tmp_path / "out.jsonl"
        monkeypatch.chdir(tmp_path)
        argv = ["allennlp", "predict", model, "in.jsonl", "--output-file", output, *arguments]
        monkeypatch.setattr(sys, "argv", list(map(str, argv)))
        main(prog="allennlp")
        return read(output)

    return predict


def test_a_gpu_that_is_not_there(predict) -> None:
    message = "^--cuda-device: found 99, expected -1 for the CPU or one of the"
    with pytest.raises(ConfigurationError, match=message):
        predict("", "--cuda-device", 99)


def test_options_that_are_none(predict) -> None:
    for given in ("0.5", '{"threshold":', "threshold=0.5"):
        with pytest.raises(ConfigurationError, match=f"predictor-args: found '{given}', expected"):
            predict(as_lines(RECORDS[:1]), "--predictor-args", given)
    with pytest.raises(ConfigurationError, match=r"found \['treshold'\], expected some of .'thre"):
        predict(as_lines(RECORDS[:1]), "--predictor-args", '{"treshold": 0.5}')


def as_lines(records: list) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("window", [1, 4, 1000])
def test_output_is_in_input_order(predict, one_by_one, window: int, monkeypatch) -> None:
    monkeypatch.setattr(windows, "_MAX_ITEMS", window)
    assert predict(as_lines(RECORDS), "--silent", "--batch-size", 3) == one_by_one


def test_batch_size_does_not_matter(predict, predictor, monkeypatch) -> None:
    sizes = []
    tag = Tagger._tag

    def record(self, tensors, lengths):
        sizes.append(len(lengths))
        return tag(self, tensors, lengths)

    monkeypatch.setattr(Tagger, "_tag", record)
    assert len(predict(as_lines(RECORDS), "--silent")) == len(RECORDS)
    assert sizes == [len(RECORDS)]


def test_what_is_printed_is_what_allennlp_prints(predict, archive, predictor, capsys) -> None:
    predict(as_lines(RECORDS[:3]))
    found = capsys.readouterr().out
    plain = TagFileManager.__mro__[1]
    assert plain.__module__ == "allennlp.commands.predict"
    manager = plain(predictor, "in.jsonl", None, 1, True, False)
    manager.run()
    assert found == capsys.readouterr().out
    assert found.count("prediction: ") == 3


@pytest.mark.parametrize("content", ["", " \n\n"])
def test_empty_file(predict, content: str) -> None:
    assert predict(content, "--silent") == []


@pytest.mark.long
def test_records_without_tokens_and_a_long_one(predict, predictor, capsys) -> None:
    long = {"text": "Mia Torres is in Dublin " * 1000}
    records = [{"text": "", "id": 0}, *RECORDS[:5], long, {"tokens": []}, {"text": "&nbsp;"}, long]
    outputs = predict(as_lines(records), "--silent")
    assert [output["text"] for output in outputs] == [r.get("text", "") for r in records]
    assert [len(output["tags"]) for output in outputs] == [
        *(0, *(len(predictor.predict_json(record)["tokens"]) for record in RECORDS[:5])),
        *(5000, 0, 0, 5000),
    ]


def test_resources_may_be_mixed(predict, predictor) -> None:
    texts = ["Mia Torres in Dublin", "Dublin", "the boat sails", "a b c d e f g"]
    options = [{}, {"resource": "source"}, {"resource": "target"}]
    records = [{"text": text, **option} for text in texts for option in options]
    outputs = predict(as_lines(records), "--silent")
    assert outputs == [predictor.predict_json(record) for record in records]
    assert [output.get("resource") for output in outputs[:3]] == [None, "source", "target"]
    # Each resource has its own decoder, so not all tags are the same.
    assert any(outputs[i]["tags"] != outputs[i + 1]["tags"] for i in range(0, len(outputs), 3))
    assert all(outputs[i]["tags"] == outputs[i + 2]["tags"] for i in range(0, len(outputs), 3))
    assert predictor.predict_batch_json(records) == outputs


@pytest.mark.long
@pytest.mark.parametrize(
    "line, expected",
    [
        ('{"text": "a"', "cannot read the line .*expected one JSON object a line"),
        ('{"text": 3}', 'found a number under "text", expected a string'),
        ('{"text": "a", "resource": "x"}', "found resource 'x', expected one of .*'source'"),
    ],
)
@pytest.mark.parametrize("window", [3, 1000])
def test_a_bad_line(predict, tmp_path, line, expected, window, monkeypatch, capsys) -> None:
    monkeypatch.setattr(windows, "_MAX_ITEMS", window)
    content = as_lines(RECORDS[:5]) + "\n" + line + "\n" + as_lines(RECORDS[5:])
    with pytest.raises(ConfigurationError, match="^in.jsonl: found 1 of 24 texts"):
        predict(content, "--silent")
    assert [output["id"] for output in read(tmp_path / "out.jsonl")] == list(range(23))
    assert re.search(f"^error: in.jsonl:7: .*{expected}", capsys.readouterr().err, re.M)
    (tmp_path / "out.jsonl").unlink()
    with pytest.raises(ConfigurationError, match=f"^in.jsonl:7: .*{expected}"):
        predict(content, "--silent", "--predictor-args", '{"strict": true}')
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_dataset_reader(predict, predictor, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(windows, "_MAX_ITEMS", 7)
    content = DEV.read_text(encoding="utf-8")
    outputs = predict(content, "--silent", "--use-dataset-reader")
    instances = list(predictor._dataset_reader.read(str(DEV)))
    assert [output["tokens"] for output in outputs] == [
        [token.text for token in instance["tokens"]] for instance in instances
    ]
    assert outputs[:3] == [predictor.predict_instance(instance) for instance in instances[:3]]


def test_a_pipe(predict, predictor, tmp_path, archive, monkeypatch, capsys) -> None:
    content = io.BytesIO((as_lines(RECORDS) + "[]\n").encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(content)))
    argv = ["allennlp", "predict", str(archive), "-", "--output-file", str(tmp_path / "out.jsonl")]
    monkeypatch.setattr(sys, "argv", [*argv, "--silent"])
    monkeypatch.chdir(ROOT)
    with pytest.raises(ConfigurationError, match="^<stdin>: found 1 of 24 texts"):
        main(prog="allennlp")
    assert "error: <stdin>:24: cannot tag the record []: found a list" in capsys.readouterr().err
    assert len(read(tmp_path / "out.jsonl")) == 23


@pytest.mark.process
@pytest.mark.parametrize("way", ["plugin file", "include package"])
def test_real_process(archive, prepared_allennlp, tmp_path, way: str) -> None:
    """AllenNLP finds what was registered in either way, though its parser was built before."""
    command = [ALLENNLP] if way == "include package" else prepared_allennlp
    arguments = [*command, "predict", archive, "in.jsonl", "--output-file", "out.jsonl", "--silent"]
    if way == "plugin file":
        (tmp_path / ".allennlp_plugins").write_text("datnet_allennlp.plugin\n")
    else:
        arguments += ["--include-package", "datnet_allennlp"]
    (tmp_path / "in.jsonl").write_text(as_lines(RECORDS) + "{\n")
    done = subprocess.run(
        arguments,
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert "error: in.jsonl:24: cannot read the line {: found Expecting property" in done.stderr
    assert "Traceback" not in done.stderr
    assert "error: in.jsonl: found 1 of 24 texts that could not be tagged" in done.stderr
    assert [output["id"] for output in read(tmp_path / "out.jsonl")] == list(range(23))


MANY = [{"text": f"Mia Torres {'sails ' * (i % 7)} to Dublin", "id": i} for i in range(700)]


@pytest.fixture
def run_process(archive, prepared_allennlp, tmp_path):
    """`allennlp predict` as a process, and `content` as its input from a file or a pipe."""

    def run_process(source: str, content: str) -> subprocess.CompletedProcess:
        (tmp_path / ".allennlp_plugins").write_text("datnet_allennlp.plugin\n")
        (tmp_path / "in.jsonl").write_text(content, encoding="utf-8", errors="surrogateescape")
        return subprocess.run(
            [
                *(*prepared_allennlp, "predict", archive, "in.jsonl" if source == "file" else "-"),
                *("--output-file", "out.jsonl", "--silent"),
            ],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "2", "PYTHONPATH": str(ROOT)},
            input=content if source == "pipe" else None,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
        )

    return run_process


@pytest.mark.process
@pytest.mark.parametrize("source, name", [("file", "in.jsonl"), ("pipe", "<stdin>")])
def test_several_windows_and_a_bad_line(run_process, tmp_path, predictor, source, name) -> None:
    """The bad line is in the second window, which a worker has."""
    content = as_lines(MANY[:600]) + '{"text": 3}\n' + as_lines(MANY[600:])
    done = run_process(source, content)
    assert f'error: {name}:601: cannot tag the record {{"text": 3}}: found a number' in done.stderr
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert read(tmp_path / "out.jsonl") == predictor.predict_batch_json(MANY)


@pytest.mark.process
@pytest.mark.parametrize("source, name", [("file", "in.jsonl"), ("pipe", "<stdin>")])
def test_a_byte_order_mark_and_bytes_that_are_not_utf8(run_process, tmp_path, source, name) -> None:
    records = [{"text": "Zoë sails"}, {"text": "to Dublin"}]
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    done = run_process(source, f"\ufeff{lines}" + '{"text": "caf\udce9"}\n')
    expected = f"error: {name}:3: found bytes that are not UTF-8 (b'\\xe9'), expected UTF-8"
    assert expected in done.stderr and "Traceback" not in done.stderr
    assert [output["text"] for output in read(tmp_path / "out.jsonl")] == ["Zoë sails", "to Dublin"]


@pytest.fixture
def workers(monkeypatch) -> list:
    """The worker processes that are started, two at a time."""
    started = []
    process = multiprocessing.get_context("fork").Process
    start = process.start
    monkeypatch.setattr(process, "start", lambda self: (started.append(self), start(self)))
    monkeypatch.setattr(worker_processes, "_num_workers", lambda: 2)
    return started


@pytest.mark.parametrize("number", [0, 64, 65])
def test_inputs_about_as_long_as_the_first_window(predict, number, workers) -> None:
    outputs = predict(as_lines(MANY[:number]), "--silent")
    assert [output["id"] for output in outputs] == list(range(number))
    assert windows._FIRST_ITEMS == 64
    assert len(workers) == 2 * (number > 64)


@pytest.mark.long
@pytest.mark.parametrize("bad", [None, 5, 300])
def test_for_a_gpu_workers_only_prepare(
    predict, predictor, bad, workers, monkeypatch, tmp_path, capsys
) -> None:
    tag = Tagger._tag
    tagging = []

    def record(self, tensors, lengths):
        tagging.append(os.getpid())
        return tag(self, tensors, lengths)

    monkeypatch.setattr(Tagger, "_tag", record)
    monkeypatch.setattr(Tagger, "on_gpu", True)
    monkeypatch.setattr(Tagger, "_device", lambda self: torch.device("cpu"))
    if bad is None:
        predict(as_lines(MANY), "--silent")
    else:
        with pytest.raises(ConfigurationError, match="found 1 of 701 texts"):
            predict(as_lines(MANY[:bad]) + "[]\n" + as_lines(MANY[bad:]), "--silent")
        assert f"error: in.jsonl:{bad + 1}: " in capsys.readouterr().err
    # A worker's list is its own, so all of these tagged in this process.
    assert set(tagging) == {os.getpid()}
    assert len(workers) == 2
    num_batches = len(tagging)
    assert read(tmp_path / "out.jsonl") == predictor.predict_batch_json(MANY)
    assert len(tagging) - num_batches == num_batches


@pytest.mark.long
def test_what_is_shown_of_many_windows(predict, monkeypatch, capsys) -> None:
    for arguments, content in (
        ([], as_lines(RECORDS)),
        (["--use-dataset-reader"], DEV.read_text()),
    ):
        printed = []
        for window in (7, 1000):
            monkeypatch.setattr(windows, "_MAX_ITEMS", window)
            predict(content, *arguments)
            printed.append(capsys.readouterr().out)
        assert printed[0] == printed[1]
        assert printed[0].count("input ") >= 23


@pytest.mark.process
def test_someone_at_a_terminal(archive, prepared_allennlp, tmp_path) -> None:
    """The first line is answered before the second is typed."""
    (tmp_path / ".allennlp_plugins").write_text("datnet_allennlp.plugin\n")
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*prepared_allennlp, "predict", archive, "-"],
        cwd=tmp_path,
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        },
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        answers = (line for line in process.stdout if line.startswith("prediction: "))
        for text in ("Mia Torres", "in Dublin"):
            os.write(controller, as_lines([{"text": text}]).encode())
            assert json.loads(next(answers).removeprefix("prediction: "))["text"] == text
        os.write(controller, b"\x04")
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        os.close(controller)
        os.close(terminal)


class CountingPredictor(Predictor):
    """One that knows nothing of this package; it notes how many records each call has."""

    def __init__(self, model, dataset_reader, frozen=True) -> None:
        super().__init__(model, dataset_reader, frozen)
        self.calls: list[int] = []

    def predict_json(self, inputs):
        self.calls.append(1)
        return {"echo": inputs["text"]}

    def predict_batch_json(self, inputs):
        self.calls.append(len(inputs))
        return [{"echo": each["text"]} for each in inputs]


def test_other_predictors_are_called_as_ever(predictor, tmp_path, capsys) -> None:
    counting = CountingPredictor(predictor._model, predictor._dataset_reader)
    (tmp_path / "in.jsonl").write_text(as_lines(RECORDS[:7]), encoding="utf-8")
    written, printed = [], []
    for kind in (TagFileManager, TagFileManager.__mro__[1]):
        counting.calls.clear()
        output = tmp_path / "out.jsonl"
        kind(counting, str(tmp_path / "in.jsonl"), str(output), 3, True, False).run()
        assert counting.calls == [3, 3, 1]
        written.append(output.read_text())
        printed.append(capsys.readouterr().out)
    assert written[0] == written[1] == as_lines([{"echo": r["text"]} for r in RECORDS[:7]])
    assert printed[0] == printed[1]
    assert predict_module._PredictManager is TagFileManager
