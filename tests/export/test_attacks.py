"""An exported folder that is damaged, or made by someone else."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from datnet_allennlp.standalone.refusal import Refusal
from datnet_allennlp.standalone.tagger import ExportedTagger


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    return shutil.copytree(exported, tmp_path / "exported")


def change(folder: Path, name: str, content: bytes | None) -> None:
    """Changes a file, or removes it, and the manifest with it."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    if content is None:
        del manifest["sha256"][name]
    else:
        (folder / name).write_bytes(content)
        manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def refusal(folder: Path) -> str:
    with pytest.raises(Refusal) as raised:
        ExportedTagger(folder)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_no_export(tmp_path: Path, exported: Path) -> None:
    assert "found no manifest.json, expected what `allennlp export` writes" in refusal(tmp_path)
    with pytest.raises(Refusal, match="threshold: found 2, expected 0 to 1"):
        ExportedTagger(exported, threshold=2)


@pytest.mark.parametrize("name", ["target.onnx", "words.target.npy", "standalone/crf.py"])
def test_damage(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert f"{name}: found SHA-256" in refusal(folder)
    (folder / name).unlink()
    assert f"{name}: found no such plain file" in refusal(folder)


def test_manifests(folder: Path) -> None:
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_bytes())
    for text, expected in (
        ("{", "found no JSON"),
        ("[" * 100_000, "found no JSON"),
        ("[]", "found no 'sha256'"),
        (json.dumps({**content, "format": 2}), "found the format 2, expected 1"),
        (json.dumps({**content, "sha256": {"../other": "0"}}), "../other: found no such plain"),
    ):
        manifest.write_text(text)
        assert expected in refusal(folder)


def test_a_link(folder: Path, exported: Path) -> None:
    (folder / "target.onnx").unlink()
    (folder / "target.onnx").symlink_to(exported / "target.onnx")
    assert "target.onnx: found no such plain file" in refusal(folder)


def test_a_file_that_the_manifest_does_not_know(folder: Path) -> None:
    change(folder, "target.onnx", None)
    assert "found no 'target.onnx' in manifest.json" in refusal(folder)


def test_no_network(folder: Path) -> None:
    change(folder, "target.onnx", b"\x08\x01 no network")
    assert "target.onnx: found no network" in refusal(folder)


def test_no_matrix(folder: Path, tmp_path: Path) -> None:
    pickled = tmp_path / "pickled.npy"
    numpy.save(pickled, numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
    change(folder, "words.target.npy", pickled.read_bytes())
    assert "words.target.npy: found no matrix" in refusal(folder)
    numpy.save(pickled, numpy.array(["a", "b"]))
    change(folder, "words.target.npy", pickled.read_bytes())
    assert "words.target.npy: found something else, expected a matrix" in refusal(folder)
    # A header that promises more than the file has.
    header = (folder / "words.source.npy").read_bytes()[:128]
    change(folder, "words.target.npy", header)
    assert "words.target.npy: found no matrix" in refusal(folder)


@pytest.mark.parametrize(
    "key, value",
    [
        ("labels", None),
        ("labels", ["O"] * 1001),
        ("labels", 3),
        ("transitions", [[1.0, 2.0]]),
        ("transitions", [["a"]]),
        ("start", []),
        ("temperature", 0),
        ("temperature", "hot"),
        ("labels", ["O"] * 24 + [3]),
        ("start", [1e39] * 25),
        ("transitions", [[3e38] * 25] * 25),
        ("start", [None] * 25),
        ("start", [float("nan")] * 25),
        ("temperature", 1e-320),
        ("temperature", float("nan")),
        ("parts", []),
        ("parts", [{}]),
        (
            "parts",
            [{"unknown": 10**9, "words": "words.target.json", "vectors": "words.target.npy"}],
        ),
        ("network", 3),
        # Of other widths than what goes in or comes out.
        ("network", "characters.onnx"),
        ("parts", [{"unknown": 1, "ids": {"a": 1}, "network": "characters.onnx"}]),
        ("parts", [{"unknown": 1, "ids": {"a": 10**40}, "network": "characters.onnx"}]),
        ("parts", [{"unknown": 1, "ids": {"a": 4000}, "network": "characters.onnx"}]),
        ("parts", [{"unknown": True, "ids": {}, "network": "characters.onnx"}]),
    ],
)
def test_settings_that_make_no_tagger(folder: Path, key: str, value: object) -> None:
    settings = json.loads((folder / "settings.json").read_bytes())
    settings["resources"]["target"][key] = value
    change(folder, "settings.json", json.dumps(settings).encode())
    assert refusal(folder)
    settings["default"] = "other"
    change(folder, "settings.json", json.dumps(settings).encode())
    assert refusal(folder)


@pytest.mark.parametrize("key, value", [("order", ["other"]), ("order", []), ("words", "a")])
def test_words_that_have_no_vectors(folder: Path, key: str, value: object) -> None:
    settings = json.loads((folder / "settings.json").read_bytes())
    settings["resources"]["source"]["parts"][0][key] = value
    change(folder, "settings.json", json.dumps(settings).encode())
    assert refusal(folder)


@pytest.mark.process
def test_patterns_that_are_none(folder: Path) -> None:
    """`tag.py` reads them from its folder, not this package."""
    run = [sys.executable, str(folder / "tag.py"), "-", "--input-format", "text"]
    for content in (b"[]", b'{"words": ["(", 0], "hangs": ["a", 0]}'):
        change(folder, "patterns.json", content)
        done = subprocess.run(run, input="!!!!! :-)", capture_output=True, encoding="utf-8")
        assert done.stderr.startswith("error: <stdin>:1: patterns.json: found no patterns (")
        assert done.returncode == 1 and "Traceback" not in done.stderr


def test_vectors_that_are_no_numbers(folder: Path, tmp_path: Path) -> None:
    vectors = numpy.load(folder / "words.target.npy")
    vectors[1] = numpy.nan  # of unknown words
    numpy.save(tmp_path / "vectors.npy", vectors)
    change(folder, "words.target.npy", (tmp_path / "vectors.npy").read_bytes())
    with pytest.raises(Refusal, match="found word vectors that are no numbers"):
        ExportedTagger(folder)("zzzyx")


def test_a_folder_of_two_exports(folder: Path) -> None:
    """A network that gives another kind of scores than the tags need."""
    change(folder, "target.onnx", (folder / "characters.onnx").read_bytes())
    assert "target.onnx: found a network that cannot be run" in refusal(folder)
