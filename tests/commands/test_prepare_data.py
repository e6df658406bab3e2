"""The command with an invented registry in place of the pinned one."""

import argparse
import functools
import gzip
import hashlib
import os
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from allennlp.common import Tqdm

from datnet_allennlp.commands.prepare_data import PrepareData
from datnet_allennlp.corpora.corpus import Corpus, Split

REPOSITORY = Path(__file__).resolve().parents[2]
ORIGINAL = "-DOCSTART- -X- O O\n\nMarla NP X I-PER\nVo NP X I-PER\nrows VB X O\n\nOh UH X O\n"
PREPARED = "Marla\tB-PER\nVo\tI-PER\nrows\tO\n\nOh\tO\n\n"
NAMES = {"train": "a.train", "dev": "a.testa", "test": "a.testb"}

# Only the registry differs from the command that ships.
PLUGIN = """
from allennlp.commands.subcommand import Subcommand
from datnet_allennlp.commands.prepare_data import PrepareData
from datnet_allennlp.corpora.corpus import Corpus, Split

@Subcommand.register("prepare-data", exist_ok=True)
class InventedPrepareData(PrepareData):
    def __init__(self):
        super().__init__({corpora!r})
"""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


SPLITS = tuple(
    Split(name, original, sha256(ORIGINAL.encode()), sha256(PREPARED.encode()), 5, 1)
    for name, original in NAMES.items()
)
CORPORA = {
    "conll2003": Corpus("conll2003", "https://a.example", "Ask us.", 4, SPLITS, "Same."),
    "boats": Corpus("boats", "https://b.example", "Rowers only.", 4, SPLITS, "Same.", "b"),
}


@pytest.fixture
def in_a_process(prepared_allennlp, workplace):
    """Runs `allennlp prepare-data` in `workplace`, with the invented registry."""
    (workplace / "invented_plugin.py").write_text(PLUGIN.format(corpora=CORPORA))
    (workplace / ".allennlp_plugins").write_text("invented_plugin\n")

    def in_a_process(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*prepared_allennlp, "prepare-data", *arguments],
            cwd=workplace,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return in_a_process


def in_this_process(command: PrepareData, *arguments: str) -> None:
    parser = argparse.ArgumentParser()
    command.add_subparser(parser.add_subparsers())
    args = parser.parse_args(["prepare-data", *arguments])
    args.func(args)


@pytest.fixture
def source(tmp_path):
    """A folder as `--from` expects it, beside the folder to run in."""
    folder = tmp_path / "source"
    for corpus in ("conll2003", "boats"):
        (folder / "data" / corpus).mkdir(parents=True)
        for split in NAMES:
            (folder / "data" / corpus / f"{split}.conll").write_text(PREPARED)
    (folder / "embeddings").mkdir()
    sums = ""
    for language in ("en", "es", "nl"):
        content = gzip.compress(b"1 2\nrow 0.5 -1\n")
        (folder / "embeddings" / f"{language}.50d.txt.gz").write_bytes(content)
        sums += f"{sha256(content)}  {language}.50d.txt.gz\n"
    (folder / "embeddings" / "SHA256SUMS").write_text(sums)
    return folder


@pytest.fixture
def workplace(tmp_path):
    folder = tmp_path / "workplace"
    folder.mkdir()
    return folder


@pytest.mark.process
def test_from_a_folder(source, workplace, in_a_process):
    result = in_a_process("--from", "../source")
    assert result.returncode == 0, result.stderr
    for corpus in ("conll2003", "boats"):
        for split in NAMES:
            path = workplace / "data" / corpus / f"{split}.conll"
            assert path.is_symlink()
            assert path.read_text() == PREPARED
    vectors = (workplace / "data" / "embeddings").glob("*.txt.gz")
    assert sorted(path.name[:2] for path in vectors) == ["en", "es", "nl"]
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["boats", "dev", "2", "4", "1", "2", "5", "(1)"] in rows
    assert "conll2003, boats: Same." in result.stdout


@pytest.mark.process
def test_one_bad_corpus_does_not_stop_the_others(source, workplace, in_a_process):
    (source / "data" / "conll2003" / "dev.conll").write_text("other\tO\n\n")
    old = workplace / "out" / "conll2003" / "train.conll"
    old.parent.mkdir(parents=True)
    old.write_text("old\tO\n\n")
    result = in_a_process("--from", str(source), "--output-dir", "out", "--copy")
    assert result.returncode == 1
    assert "conll2003/dev.conll: found SHA-256" in result.stderr
    assert "Traceback" not in result.stderr
    assert old.read_text() == "old\tO\n\n"
    assert (workplace / "out" / "boats" / "train.conll").read_text() == PREPARED
    assert not (workplace / "out" / "boats" / "train.conll").is_symlink()


def test_download_and_own_originals(tmp_path, workplace, monkeypatch, capsys):
    for folder in ("public/b", "own"):
        (tmp_path / folder).mkdir(parents=True)
        for name in NAMES.values():
            (tmp_path / folder / name).write_text(ORIGINAL)
    monkeypatch.chdir(workplace)
    monkeypatch.setattr(Tqdm, "tqdm", functools.partial(Tqdm.tqdm, disable=False))
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "public"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        command = PrepareData(CORPORA, base_url=f"http://127.0.0.1:{server.server_port}")
        in_this_process(command, "--conll2003", "../own")
        server.shutdown()
        thread.join()
    for corpus in CORPORA:
        assert (workplace / "data" / corpus / "test.conll").read_text() == PREPARED
    captured = capsys.readouterr()
    assert "Rowers only." in captured.out
    assert "data/embeddings/en.50d.txt.gz" in captured.out
    assert "a.train: 100%" in captured.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--copy"], "--copy has nothing to copy without --from DIR"),
        (["--from", "missing"], "--from missing: no such folder"),
        (["--conll2003", "missing"], "--conll2003 missing: no such folder"),
    ],
)
def test_bad_options(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=message):
        in_this_process(PrepareData(), *arguments)
    assert list(tmp_path.iterdir()) == []
