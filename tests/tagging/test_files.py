"""Whole files, with a model, by `tag_file` and by the command."""

import gzip
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.column_file import read_column_file
from datnet_allennlp.standalone import windows
from datnet_allennlp.tagging import worker_processes
from datnet_allennlp.tagging.files import FileOptions, tag_file

TEXTS = [f"Mia Torres {'sails ' * (i % 7)} to Dublin" for i in range(40)]


@pytest.fixture
def source(tmp_path) -> str:
    path = tmp_path / "in.txt"
    path.write_text("".join(text + "\n" for text in TEXTS))
    return str(path)


@pytest.fixture
def two_workers(monkeypatch) -> None:
    monkeypatch.setattr(worker_processes, "_num_workers", lambda: 2)
    monkeypatch.setattr(windows, "_FIRST_ITEMS", 8)
    monkeypatch.setattr(windows, "_MAX_ITEMS", 8)


@pytest.mark.long
@pytest.mark.parametrize("output", ["jsonl", "conll", "csv", "ann", "spacy", "spacy.jsonl", "html"])
def test_every_output_by_workers(tagger, source, tmp_path, output, two_workers) -> None:
    """What workers render is what this process renders."""
    for name in ("a", "b"):
        tag_file(tagger, source, str(tmp_path / f"{name}.{output}"))
        worker_processes._num_workers = lambda: 1
    written = [(tmp_path / f"{name}.{output}").read_bytes() for name in ("a", "b")]
    assert written[0] == written[1] and (b"Dublin" in written[0] or output == "spacy")


def test_from_format_to_format(tagger, source, tmp_path) -> None:
    """Texts as CoNLL are the words of texts as lines, though zipped in between."""
    tag_file(tagger, source, str(tmp_path / "out.conll"))
    conll = tmp_path / "out.conll.gz"
    conll.write_bytes(gzip.compress((tmp_path / "out.conll").read_bytes()))
    tag_file(tagger, str(conll), str(tmp_path / "again.conll"))
    first, second = (
        list(read_column_file(str(tmp_path / name))) for name in ("out.conll", "again.conll")
    )
    assert [(s.tokens, s.tags) for s in first] == [(s.tokens, s.tags) for s in second]
    assert len(first) == len(TEXTS)


def bad_csv(path) -> str:
    path.write_bytes(b"id,tweet\n1,Mia in Dublin\n2\n3,\xff\n4,Kai\n5,\n")
    return str(path)


def test_what_is_wrong_is_told_and_the_rest_is_tagged(tagger, tmp_path, capsys) -> None:
    source, target = bad_csv(tmp_path / "in.csv"), tmp_path / "out.jsonl"
    with pytest.raises(ConfigurationError, match=f"^{source}: found 2 of 5 texts that could not"):
        tag_file(tagger, source, str(target), FileOptions(column="tweet"))
    assert [json.loads(line)["id"] for line in target.read_text().splitlines()] == ["1", "4", "5"]
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"error: {source}:3: found 1 cells, expected 2 as in the first line"
    assert lines[1].startswith(f"error: {source}:4: found bytes that are not UTF-8")


def test_numbers_are_those_of_the_input(tagger, tmp_path) -> None:
    source, target = bad_csv(tmp_path / "in.csv"), tmp_path / "out.csv"
    with pytest.raises(ConfigurationError, match="found 2 of 5"):
        tag_file(tagger, source, str(target), FileOptions(column="tweet"))
    numbers = {line.split(",")[0] for line in target.read_text().splitlines()}
    assert numbers <= {"number", "1", "4"} and "1" in numbers


def test_strict_stops_and_writes_nothing(tagger, tmp_path) -> None:
    source, target = bad_csv(tmp_path / "in.csv"), tmp_path / "out.jsonl"
    with pytest.raises(ConfigurationError, match=f"^{source}:3: found 1 cells"):
        tag_file(tagger, source, str(target), FileOptions(column="tweet", strict=True))
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_an_archive_whose_parts_do_not_go_together(tagger, source, tmp_path, monkeypatch) -> None:
    def answer(window: object) -> None:
        raise RuntimeError("sizes\nthat differ")

    monkeypatch.setattr(tagger, "answer", answer)
    found = r"in.txt: found an archive that cannot tag it \(RuntimeError: sizes that differ\)"
    with pytest.raises(ConfigurationError, match=found + ".*: nothing of it is whole"):
        tag_file(tagger, source, str(tmp_path / "out.jsonl"))
    assert not (tmp_path / "out.jsonl").exists()


def test_the_input_is_not_written_over(tagger, source, tmp_path) -> None:
    before = Path(source).read_bytes()
    (tmp_path / "link.jsonl").symlink_to(source)
    for target in (source, str(tmp_path / "link.jsonl")):
        with pytest.raises(ConfigurationError, match="found the input, expected another file to"):
            tag_file(tagger, source, target)
    assert Path(source).read_bytes() == before


def test_broken_data_ends_it(tagger, tmp_path) -> None:
    source = tmp_path / "in.txt.gz"
    source.write_bytes(gzip.compress("".join(f"{t} {hash(t)}\n" for t in TEXTS).encode())[:-30])
    with pytest.raises(ConfigurationError, match="in.txt.gz: found broken data"):
        tag_file(tagger, str(source), str(tmp_path / "out.jsonl"))
    assert [path.name for path in tmp_path.iterdir()] == ["in.txt.gz"]


@pytest.fixture
def command(archive, tmp_path, monkeypatch):
    """`allennlp tag` in this process, from a folder that has the plugin file."""
    (tmp_path / ".allennlp_plugins").write_text("datnet_allennlp\n")
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, model=archive) -> None:
        monkeypatch.setattr(sys, "argv", ["allennlp", "tag", str(model), *arguments])
        main(prog="allennlp")

    return command


def test_the_command(command, source, tagger, tmp_path) -> None:
    command(source, "-o", "out.jsonl", "--threshold", "0.1", "--top-k", "2", "--resource", "target")
    outputs = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [output["text"] for output in outputs] == TEXTS
    assert all(len(output["alternatives"]) == 2 for output in outputs)
    expected = [tagger(text) for text in TEXTS]
    assert [o["tags"] for o in outputs] == [tagged.tags for tagged in expected]
    assert sum(len(output["entities"]) for output in outputs) == sum(
        entity.confidence >= 0.1 for tagged in expected for entity in tagged.entities
    )


def test_the_command_in_a_pipe(command, monkeypatch, capfd) -> None:
    content = io.BytesIO(b'{"tweet": "Mia in Dublin"}\n{"tweet": 3}\n')
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(content)))
    with pytest.raises(ConfigurationError, match="^<stdin>: found 1 of 2 texts"):
        command("-", "--column", "tweet", "--output-format", "conll")
    captured = capfd.readouterr()
    tokens = [line.split("\t")[0] for line in captured.out.splitlines()]
    assert tokens == ["Mia", "in", "Dublin", ""]
    assert "error: <stdin>:2: cannot tag the record" in captured.err


@pytest.mark.process
@pytest.mark.parametrize("delay", [0, 0.02])  # seconds; workers are forked in the first of them
def test_a_stopped_command_says_so_in_a_word(delay, archive) -> None:
    root = Path(__file__).parents[2]
    command = [Path(sys.executable).parent / "allennlp", "tag", archive, "-"]
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*command, "--input-format", "text"],
        cwd=root,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )
    process.stdin.write("Mia in Dublin\n" * 4000)
    process.stdin.flush()
    process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 130
    assert said.splitlines()[-1] == "stopped" and "Traceback" not in said


def test_the_command_without_an_archive(command, source) -> None:
    with pytest.raises(ConfigurationError, match="none.tar.gz: found no such file, expected the"):
        command(source, model="none.tar.gz")
