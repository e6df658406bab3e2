import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError

from datnet_allennlp import Tagger
from datnet_allennlp.archive import load
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.tag_corpus import tag_corpus
from datnet_allennlp.standalone.command import main as tag

ROOT = Path(__file__).parents[2]
TWEETS = ROOT / "fixtures" / "tweets.jsonl"
TEST = ROOT / "fixtures" / "target" / "test.conll"
# Trained long enough to find entities.
GOLDEN = ROOT / "fixtures" / "golden" / "model.tar.gz"
# Runs tag.py where none of these can be imported.
ALONE = """
import runpy, sys
for name in ("allennlp", "datnet_allennlp", "nltk", "onnx", "torch"):
    sys.modules[name] = None
script, *sys.argv = sys.argv[1], *sys.argv[1:]
sys.path.insert(0, script.rpartition("/")[0])
runpy.run_path(script, run_name="__main__")
"""


@pytest.fixture
def export(monkeypatch):
    def export(*arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", ["allennlp", "export", *map(str, arguments)])
        main(prog="allennlp")

    return export


@pytest.fixture(scope="module")
def exported(archive, tmp_path_factory) -> Path:
    """Not to be changed."""
    folder = tmp_path_factory.mktemp("export") / "exported"
    with pytest.MonkeyPatch.context() as patch:
        command = ["allennlp", "export", str(archive), str(folder), "--vectors", "float32"]
        patch.setattr(sys, "argv", command)
        main(prog="allennlp")
    return folder


def lines_of(archive: Path, records: list[dict]) -> list[dict]:
    return [tagged.to_dict() for tagged in Tagger.load(archive).pipe(records)]


def without_confidence(lines: list[dict]) -> list[dict]:
    return [
        {**line, "entities": [{**e, "confidence": 0} for e in line["entities"]]} for line in lines
    ]


@pytest.mark.process
def test_the_folder_needs_neither_allennlp_nor_torch(exported, archive, tmp_path) -> None:
    records = [json.loads(line) for line in TWEETS.open(encoding="utf-8")]
    command = [sys.executable, "-c", ALONE, str(exported / "tag.py"), str(TWEETS)]
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8"
    )
    assert (done.stderr, done.returncode) == ("", 0)
    found = list(map(json.loads, done.stdout.splitlines()))
    assert without_confidence(found) == without_confidence(lines_of(archive, records))


@pytest.mark.process
def test_two_processes_write_what_one_writes(exported, tmp_path) -> None:
    tweets = tmp_path / "tweets.jsonl.gz"
    with gzip.open(tweets, "wt", encoding="utf-8") as file:
        for number in range(40):
            for line in TWEETS.open(encoding="utf-8"):
                file.write(json.dumps({**json.loads(line), "id": number}) + "\n")
            file.write("{broken\n")
    written = []
    for processes in ("1", "2"):
        command = [sys.executable, str(exported / "tag.py"), str(tweets), "--processes", processes]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
        assert done.returncode == 1
        assert done.stderr.count("tweets.jsonl.gz:9: cannot read the line {broken") == 1
        assert done.stderr.endswith("error: 40 texts could not be tagged; the others were\n")
        written.append(done.stdout)
    assert written[0] == written[1]
    assert len(written[0].splitlines()) == 320


def runs(process: str) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and ") Z " not in stat.read_text()


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGKILL])
def test_what_is_stopped_leaves_no_process(exported, tmp_path, way) -> None:
    tweets = tmp_path / "tweets.txt"
    tweets.write_text("Mia in Dublin\n" * 40_000)
    command = [sys.executable, str(exported / "tag.py"), str(tweets), "--processes", "2"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, encoding="utf-8")
    for _ in range(5000):  # more than this process answers itself
        process.stdout.readline()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) >= 2
    process.send_signal(way)
    said = process.communicate()[1]
    if way == signal.SIGINT:
        assert process.returncode == 130 and said.strip() == "stopped"
    until = time.monotonic() + 60
    while any(map(runs, children)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(map(runs, children))


@pytest.mark.process
@pytest.mark.parametrize("way, status, said", [("INT", 130, "stopped"), ("TERM", 143, "")])
def test_what_is_stopped_leaves_no_part_of_its_output(exported, tmp_path, way, status, said):
    tweets = tmp_path / "tweets.txt"
    tweets.write_text("Mia in Dublin\n" * 40_000)
    command = [sys.executable, exported / "tag.py", tweets, "-o", tmp_path / "tagged.jsonl"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8")
    while process.poll() is None and not list(tmp_path.glob(".tagged.jsonl.*")):
        time.sleep(0.05)
    process.send_signal(signal.Signals[f"SIG{way}"])
    assert process.communicate()[1].strip() == said and process.returncode == status
    assert os.listdir(tmp_path) == ["tweets.txt"]


@pytest.mark.process
def test_ctrl_c_while_it_imports(exported, tmp_path) -> None:
    (tmp_path / "onnxruntime.py").write_text("import os; os.kill(os.getpid(), 2)")
    command = [sys.executable, exported / "tag.py", TWEETS]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    assert (done.stderr, done.returncode) == ("", -signal.SIGINT)


def test_plain_text_and_a_file(exported, archive, tmp_path, capsys) -> None:
    source, target = tmp_path / "tweets.txt", tmp_path / "tagged.jsonl"
    source.write_bytes('Mia in Dublin &amp; "x"\r\n\nZoë\n'.encode("utf-8-sig"))
    tag(exported, [str(source), "-o", str(target)])
    found = list(map(json.loads, target.read_text().splitlines()))
    expected = lines_of(archive, [{"text": t} for t in ('Mia in Dublin &amp; "x"', "", "Zoë")])
    assert without_confidence(found) == without_confidence(expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tagged.jsonl", "tweets.txt"]
    tag(exported, [str(source), "--threshold", "1"])
    assert all(json.loads(line)["entities"] == [] for line in capsys.readouterr().out.splitlines())


def test_bad_input(exported, tmp_path, capsys) -> None:
    source, target = tmp_path / "tweets.jsonl", tmp_path / "tagged.jsonl"
    source.write_bytes(b'{"text": "Mia"}\n\n{"text": 3}\n{"text": "\xff"}\n{"tokens": ["a"]}\n')
    with pytest.raises(SystemExit, match="error: 2 texts could not be tagged"):
        tag(exported, [str(source), "-o", str(target)])
    errors = capsys.readouterr().err.splitlines()
    assert [error.partition("tweets.jsonl:")[2][:2] for error in errors] == ["3:", "4:"]
    assert "found bytes that are not UTF-8" in errors[1]
    assert len(target.read_text().splitlines()) == 2
    target.unlink()
    pretty = tmp_path / "pretty.json"
    pretty.write_text('\n{\n  "text": "Mia"\n}\n')
    for arguments, expected in (
        ([pretty], "pretty.json:2: found the begin of .* expected one JSON object a line"),
        ([source, "--strict"], 'found a number under "text"'),
        ([tmp_path / "none"], "none: found .*No such file"),
        ([source, "-o", tmp_path / "no" / "file"], "found No such file or directory, expected a f"),
        ([TWEETS, "--input-format", "text", "--threshold", "7"], "threshold: found 7.0, expected"),
    ):
        with pytest.raises(SystemExit, match=f"error: .*{expected}"):
            tag(exported, ["-o", str(target), *map(str, arguments)])
        assert not target.exists() and not list(tmp_path.glob(".*"))


def test_the_output_is_neither_the_input_nor_of_another_format(exported, tmp_path) -> None:
    source = tmp_path / "tweets.jsonl"
    source.write_text('{"text": "Mia"}\n')
    for target, expected in (
        (source, "tweets.jsonl: found the input, expected another file to write"),
        (tmp_path / "out.csv", "out.csv: found the suffix '.csv', expected .jsonl"),
    ):
        with pytest.raises(SystemExit, match=f"error: .*{expected}"):
            tag(exported, [str(source), "-o", str(target)])
    assert source.read_text() == '{"text": "Mia"}\n' and names_in(tmp_path) == ["tweets.jsonl"]


def test_a_pipe_stays_a_pipe(exported, tmp_path) -> None:
    source, pipe = tmp_path / "tweets.txt", tmp_path / "pipe"
    source.write_text("Mia in Dublin\n")
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as executor:
        read = executor.submit(pipe.read_text)
        tag(exported, [str(source), "-o", str(pipe)])
        assert json.loads(read.result(10))["text"] == "Mia in Dublin"
    assert pipe.is_fifo() and names_in(tmp_path) == ["pipe", "tweets.txt"]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_small_vectors_cost_is_said(export, tmp_path, capsys) -> None:
    export(GOLDEN, tmp_path / "an export", "--vectors", "int8", "--data", TEST)
    size, line = capsys.readouterr().out.splitlines()[-2:]
    found = re.fullmatch(
        rf"{re.escape(str(TEST))}: F1 ([\d.]+) of the archive, [\d.]+ of the export with int8 "
        r"vectors; \d+ of (\d+) sentences are tagged differently \((\d+) gold entities\)",
        line,
    )
    assert found and size.endswith(f" MiB; python '{tmp_path}/an export/tag.py' tweets.txt")
    golden = load(GOLDEN)
    tagged = tag_corpus(golden.model, golden.validation_dataset_reader, str(TEST))
    metrics = score(tagged)["conlleval"]
    assert found[1] == f"{100 * metrics['f1']:.2f}" and int(found[3]) == metrics["gold"] > 0


def test_files_of_another_kind(exported, tmp_path) -> None:
    files = {
        "a.csv": (b"text\nMia\n", "a CSV file"),
        "a.CONLL.gz": (b"Mia\tO\n", "a CoNLL file"),
        "a.parquet": (b"PAR1", "a Parquet file"),
        "columns.txt": (b"Mia\tB-PER\nsails\tO\n\n" * 10, "columns of tokens and tags"),
        "a.txt": (b"%PDF-1.7\n", "a PDF"),
        "a.jsonl": (gzip.compress(b"PK\x03\x04"), "a zip file, as of Word or Excel"),
        "b.txt": ("Mia".encode("utf-16"), "UTF-16"),
    }
    for name, (content, kind) in files.items():
        (tmp_path / name).write_bytes(content)
        expected = f"error: .*{re.escape(name)}: found {kind}, expected plain text or JSON lines; "
        with pytest.raises(SystemExit, match=expected):
            tag(exported, [str(tmp_path / name), "-o", str(tmp_path / "out.jsonl")])
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress(os.urandom(9999))[:99] + b"cut" * 9)
    with pytest.raises(SystemExit, match="cut.txt.gz: found .*, expected a file of texts"):
        tag(exported, [str(tmp_path / "cut.txt.gz")])
    (tmp_path / "empty.jsonl").write_bytes(b"")
    tag(exported, [str(tmp_path / "empty.jsonl"), "-o", str(tmp_path / "out.jsonl")])
    assert (tmp_path / "out.jsonl").read_bytes() == b""


def test_mistakes_of_the_command(export, tmp_path, exported, archive) -> None:
    with pytest.raises(ConfigurationError, match="none: found no such file, expected the archive"):
        export(tmp_path / "none", tmp_path / "new")
    with pytest.raises(ConfigurationError, match="found that it exists, expected a new folder"):
        export(archive, exported)
    with pytest.raises(ConfigurationError, match="none.conll: found no such file"):
        export(archive, tmp_path / "new", "--data", tmp_path / "none.conll")
    assert not (tmp_path / "new").exists()
