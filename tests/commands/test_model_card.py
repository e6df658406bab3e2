import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import yaml
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError

ROOT = Path(__file__).parents[2]
TEST = ROOT / "fixtures" / "target" / "test.conll"


@pytest.fixture
def run(monkeypatch):
    def run(*arguments: object) -> None:
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["allennlp", *map(str, arguments)])
        main(prog="allennlp")

    return run


def head_of(card: str) -> dict[str, Any]:
    return yaml.safe_load(card.split("---\n", 2)[1])


def test_the_card(run, archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "README.md"
    run("model-card", archive, "-o", target, "--data", TEST)
    card = target.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    body = card.split("---\n", 2)[2]
    assert head_of(card)["pipeline_tag"] == "token-classification"
    assert "language" not in head_of(card)
    assert "# Named entity tagger: encoder `shared`, discriminator `grad`" in body
    assert "A tagger of `corporation`, `creative-work`, `group`, `location`" in body
    assert re.search(
        r"- `source`, a source: `source/train.conll`, of which `{\"max_sentences\": 40}`. Its "
        r"terms are not known here",
        body,
    )
    assert "- `target`, the target: `target/train.conll`" in body
    assert "- word vectors: `embeddings/en.50d.txt.gz`" in body
    assert "adversarial training of the embeddings: yes" in body
    assert "bibtex" in body and "was not calibrated" in body
    assert str(ROOT) not in card
    metrics = json.loads((archive.parent / "metrics.json").read_text())
    f1 = 100 * metrics["best_validation_f1-measure-overall"]
    assert f"F1 {f1:.2f} (entities, in %)" in body
    [row] = re.findall(r"^\| `target/test.conll` \| 30 \| .*$", body, re.MULTILINE)
    f1, low, high = map(float, re.findall(r"([\d.]+) \| ([\d.]+) to ([\d.]+) \|$", row)[0])
    assert 0 <= low <= f1 <= high <= 100


def test_known_corpora_and_no_metrics(run, archive: Path, tmp_path: Path, edited) -> None:
    def change(config: dict[str, Any]) -> None:
        config["train_data_path"] = {
            "source": ["away/conll2003/train.conll", "away/own/train.conll"],
            "target": "away/wnut2017/train`|.conll",
        }
        config["model"]["temperature"] = {"target": 1.5}

    folder = edited(change)
    run("model-card", folder, "-o", tmp_path / "README.md")
    card = (tmp_path / "README.md").read_text()
    assert head_of(card)["language"] == ["en"] and "license" not in head_of(card)
    own = ("--language", "en", "nl", "--license", "cc-by-4.0")
    run("model-card", folder, "-o", tmp_path / "own.md", *own)
    head = head_of((tmp_path / "own.md").read_text())
    assert head["language"] == ["en", "nl"] and head["license"] == "cc-by-4.0"
    with pytest.raises(ConfigurationError, match="found the language or license 'my own', expect"):
        run("model-card", folder, "-o", tmp_path / "own.md", "--license", "my own")
    assert "`conll2003/train.conll`. [conll2003](https://www.clips" in card
    assert "Do not redistribute" in card
    assert "`own/train.conll`. Its terms are not known here" in card
    assert "`wnut2017/train'/.conll`. [wnut2017](https://github.com" in card
    assert "None are known here" in card
    assert "calibrated, at a temperature of 1.500" in card


@pytest.fixture
def edited(archive: Path, tmp_path: Path):
    """A folder with the archive's files and another configuration."""

    def edited(change) -> Path:
        folder = tmp_path / "edited"
        folder.mkdir()
        subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
        (folder / "manifest.json").unlink()
        config = json.loads((folder / "config.json").read_text())
        change(config)
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return edited


class Hub(BaseHTTPRequestHandler):
    """As much of the hub as an upload needs: large files go by LFS, others into the commit."""

    private: dict[str, bool] = {}
    stored: dict[str, bytes] = {}
    files: dict[str, bytes] = {}
    message = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Authorization"] != "Bearer hf_right":
            self.answer({"error": "Invalid token"}, 401)
        elif self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization'] or 'someone'}/{asked['name']}"
            known = name in self.private
            self.private.setdefault(name, asked["private"])
            self.answer({"url": f"{self.address}/{name}"}, 409 if known else 200)
        elif self.path == "/api/validate-yaml":
            self.answer({"errors": [], "warnings": []})
        elif self.path == "/api/models/someone/tagger/preupload/main":
            names = [file["path"] for file in json.loads(body)["files"]]
            self.answer({"files": [self.describe(name) for name in names]})
        elif self.path == "/someone/tagger.git/info/lfs/objects/batch":
            objects = [
                {**each, "actions": {"upload": {"href": f"{self.address}/{each['oid']}"}}}
                for each in json.loads(body)["objects"]
            ]
            self.answer({"objects": objects})
        elif self.path == "/api/models/someone/tagger/commit/main":
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "file":
                    self.files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    self.files[value["path"]] = self.stored[value["oid"]]
                elif line["key"] == "header":
                    type(self).message = value["summary"]
            self.answer(
                {"commitOid": "0" * 40, "commitUrl": f"{self.address}/someone/tagger/commit/0"}
            )
        else:
            self.answer({"error": f"no {self.path}"}, 404)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert hashlib.sha256(body).hexdigest() == self.path.strip("/")
        self.stored[self.path.strip("/")] = body
        self.answer({})

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def describe(self, name: str) -> dict[str, Any]:
        mode = "lfs" if name.endswith((".gz", ".onnx", ".npy")) else "regular"
        return {"path": name, "uploadMode": mode, "shouldIgnore": False}

    def answer(self, content: object, status: int = 200) -> None:
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch):
    Hub.private, Hub.stored, Hub.files = {}, {}, {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # What HF_ENDPOINT sets, once, when the library is imported.
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    yield Hub
    server.shutdown()
    server.server_close()


def test_publish(run, archive: Path, hub: type[Hub], tmp_path: Path, capsys) -> None:
    run("publish", archive, "someone/tagger")
    assert hub.private == {"someone/tagger": True}
    assert set(hub.files) == {"model.tar.gz", "README.md"}
    assert hub.files["model.tar.gz"] == archive.read_bytes()
    assert b"# Named entity tagger" in hub.files["README.md"]
    assert capsys.readouterr().out.splitlines()[-1].endswith("/someone/tagger")
    # Of a run, the archive alone.
    hub.files.clear()
    run("publish", archive.parent, "someone/tagger")
    assert set(hub.files) == {"model.tar.gz", "README.md"}
    # Once more, with a card of one's own; the repository stays private.
    (tmp_path / "card.md").write_text("My own card.\n")
    run("publish", archive, "someone/tagger", "--card", tmp_path / "card.md", "--public")
    assert hub.private == {"someone/tagger": True}
    assert hub.files["README.md"] == b"My own card.\n"


@pytest.mark.parametrize("owner", [("-o", "someone"), ()])
def test_allennlps_own_command(owner, run, archive: Path, hub: type[Hub], capsys) -> None:
    """Without an organization the hub says whose the token is."""
    for place in (("-s", archive.parent), ("-a", archive)):
        hub.files.clear()
        run("push-to-hf", "-n", "tagger", *owner, *place, "-c", "First")
        assert set(hub.files) == {"model.tar.gz", "README.md"}
        assert b"# Named entity tagger" in hub.files["README.md"]
        assert capsys.readouterr().out.splitlines()[-1].endswith("/someone/tagger")
    assert hub.private == {"someone/tagger": True} and hub.message == "First"


def test_an_exported_folder(run, archive: Path, hub: type[Hub], tmp_path: Path) -> None:
    run("export", archive, tmp_path / "exported", "--resource", "target")
    (tmp_path / "card.md").write_text("A card.\n")
    folder = tmp_path / "exported"
    run("publish", folder, "someone/tagger", "--card", tmp_path / "card.md", "--public")
    assert hub.private == {"someone/tagger": False}
    assert hub.files.pop("README.md") == b"A card.\n"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert set(hub.files) == found


def test_mistakes(run, archive: Path, hub: type[Hub], tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(ConfigurationError, match="found no folder for it, expected a file"):
        run("model-card", archive, "-o", tmp_path / "no" / "README.md")
    shutil.copy(TEST, tmp_path / "data")
    with pytest.raises(ConfigurationError, match="data: found the input, expected another file"):
        run("model-card", archive, "-o", tmp_path / "data", "--data", tmp_path / "data")
    with pytest.raises(ConfigurationError, match="none: found No such file .*, expected a card"):
        run("publish", archive, "someone/tagger", "--card", tmp_path / "none")
    with pytest.raises(
        ConfigurationError, match="tar.gz: found bytes that are not UTF-8, expected"
    ):
        run("publish", archive, "someone/tagger", "--card", archive)
    with pytest.raises(ConfigurationError, match="test.conll: found no archive, expected a model."):
        run("publish", TEST, "someone/tagger", "--card", TEST)
    with pytest.raises(ConfigurationError, match="^a/b/c: found a hub at .* did not take the mod"):
        run("publish", archive, "a/b/c")
    card = TEST  # anything
    with pytest.raises(ConfigurationError, match="found no archive, expected a model.tar.gz"):
        run("publish", tmp_path, "someone/tagger", "--card", card)
    for name in ("manifest.json", "settings.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ConfigurationError, match="manifest.json: found no 'sha256'"):
        run("publish", tmp_path, "someone/tagger", "--card", card)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(ConfigurationError, match="did not take the model .*401"):
        run("publish", archive, "someone/tagger")
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(
        ConfigurationError, match="no connection to the hub at http://127.0.0.1:9, e"
    ):
        run("publish", archive, "someone/tagger")
    assert hub.files == {}
