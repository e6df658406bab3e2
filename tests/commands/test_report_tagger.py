import html.parser
import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.archive import load
from datnet_allennlp.evaluation.entities import entities_of_training
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.tag_corpus import tag_corpus

ROOT = Path(__file__).parents[2]
TARGET, SOURCE = (ROOT / "fixtures" / name / "test.conll" for name in ("target", "source"))
TRAIN = ROOT / "fixtures" / "target" / "train.conll"


@pytest.fixture
def report(monkeypatch):
    def report(*arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", ["allennlp", "report-tagger", *map(str, arguments)])
        main(prog="allennlp")

    return report


@pytest.fixture
def other(archive, tmp_path):
    """The same model under another name, without the metrics of its run."""
    return shutil.copy(archive, tmp_path / "other.tar.gz")


class Reader(html.parser.HTMLParser):
    """What a page asks for from elsewhere, and its elements that are left open."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs) -> None:
        names = {"src", "href", "action", "data"}
        self.links += [value for name, value in attrs if name in names]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.long
def test_page_and_json(report, archive, other, tmp_path, capsys) -> None:
    page = tmp_path / "page.html"
    report(
        *(archive, "--base", other, "--data", TARGET, f"source={SOURCE}"),
        *("--train", TRAIN, "--robustness", "-o", page),
    )
    found = json.loads((tmp_path / "page.json").read_text())
    assert capsys.readouterr().out.endswith(f"{page}\n{tmp_path / 'page.json'}\n")
    assert (found["reference"], found["is_base"]) == ("other", True)
    target, source = found["data"]

    # As the model itself tags the corpora, without the tagger.
    loaded = load(archive)
    train = loaded.config.params["train_data_path"]["target"]
    assert train["max_sentences"] == 40
    held = entities_of_training(loaded.dataset_reader, {"target": {**train, "path": str(TRAIN)}})
    for data, path, resource, seen in (
        (target, TARGET, "target", held),
        (source, SOURCE, "source", None),
    ):
        tagged = tag_corpus(loaded.model, loaded.validation_dataset_reader, str(path), resource)
        expected = score(tagged, seen)
        for model in data["models"].values():
            assert model["scores"] == expected
            assert model["f1"]["mean"] == pytest.approx(expected["conlleval"]["f1"])
            assert (
                sum(b["num_entities"] for b in model["calibration"]["bins"])
                == (expected["conlleval"]["predicted"])
            )
        assert data["sentences"] == [each.tokens for each in tagged]
        assert data["num_sentences"] == len(tagged)
    assert "seen" in target["models"]["run"]["scores"]

    # The two are the same model.
    run = target["models"]["run"]
    assert run["against"]["mean"] == run["against"]["low"] == run["against"]["high"] == 0
    assert (run["transfer"]["gained"], run["transfer"]["lost"]) == (0, 0)
    assert target["models"]["other"]["transfer"] is None
    cases = [case for case in target["cases"] if case["model"] == "run"]
    assert len(cases) == sum(run["errors"].values())
    assert found["maps"]["run"]["points"].keys() == {"target", "source"}
    assert set(found["robustness"]["perturbed"]) > {"typos"}
    assert found["training"]["other"] == {}
    assert len(found["training"]["run"]["validation_loss"]) == 1

    # No network, no file: links go to places in the page.
    reader = read(page)
    assert reader.links and all(link.startswith("#") for link in reader.links)
    assert not re.search(
        r"url\((?!#)|@import|fetch\(|//[a-z]+\.",
        re.sub(r"xmlns\S+|<li.*?</li>", "", page.read_text(), flags=re.DOTALL),
    )
    text = "".join(reader.text)
    for heading in ("Calibration", "Robustness", "No type is worse than with other"):
        assert heading in text


def test_everything_is_escaped(report, archive, tmp_path) -> None:
    hostile = "<script>alert(1)</script>"
    corpus = tmp_path / "<b>&.conll"
    corpus.write_text(f"{hostile}\tB-group\n\u202eevil\tO\n\U0001f600\tB-person\n\n" * 3)
    name = tmp_path / "<img src=x>.tar.gz"
    shutil.copy(archive, name)
    report(name, "--data", corpus, "-o", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert hostile not in page and "<img" not in page and '<i>"' not in page and "<b>&" not in page
    text = "".join(read(tmp_path / "page.html").text)
    assert hostile in text and "<img src=x>" in text and "\U0001f600" in text


def test_a_corpus_without_entities(report, tmp_path) -> None:
    corpus = tmp_path / "outside.conll"
    corpus.write_text("just\tO\nwords\tO\n\nhere\tO\n")
    golden = ROOT / "fixtures" / "golden" / "model.tar.gz"
    report(golden, "--data", corpus, "-o", tmp_path / "page.html")
    found = json.loads((tmp_path / "page.json").read_text())
    assert found["data"][0]["num_entities"] == 0
    assert found["data"][0]["models"]["golden"]["confusion"] == {}
    text = "".join(read(tmp_path / "page.html").text)
    assert text.count("o entities, neither gold nor predicted.") == 2


def test_mistakes(report, archive, tmp_path) -> None:
    page = tmp_path / "page.html"
    for arguments, message in (
        ((archive, "--data", TARGET, "-o", tmp_path / "page.pdf"), "expected one in .html"),
        ((archive, "--data", TARGET, "-o", tmp_path / "no" / "p.html"), "found no folder"),
        ((archive, archive, "--data", TARGET, "-o", page), "found this archive twice"),
        ((archive, "--data", TARGET, TARGET, "-o", page), "found 'target: test.conll' twice"),
        ((archive, "--data", f"no={TARGET}", "-o", page), "found the resource 'no', expected"),
        ((archive, "--data", tmp_path / "none", "-o", page), "none: found no such file"),
        ((tmp_path / "none", "--data", TARGET, "-o", page), "none: found no such file"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            report(*arguments)
    empty = tmp_path / "empty.conll"
    empty.write_text("\n")
    for path in (tmp_path / "data.html", tmp_path / "data.json"):
        path.write_text("as it was")
        with pytest.raises(ConfigurationError, match="found the input, expected another name of"):
            report(archive, "--data", path, "-o", tmp_path / "data.html")
        assert path.read_text() == "as it was"
        path.unlink()
    with pytest.raises(ConfigurationError, match="empty.conll: found no sentence"):
        report(archive, "--data", empty, "-o", page)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.conll"]


def test_needs_matplotlib(report, archive, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigurationError, match="found no matplotlib, expected the extra"):
        report(archive, "--data", TARGET, "-o", tmp_path / "page.html")
