import errno
import importlib
import shutil
import sys
from pathlib import Path
from typing import IO

import pytest
import spacy
from allennlp.common.checks import ConfigurationError
from spacy.language import Language

from datnet_allennlp import Tagger
from datnet_allennlp.export.folder import export
from datnet_allennlp.integrations.spacy_component import DatnetComponent, make_component

if sys.version_info >= (3, 11):
    import tomllib

ROOT = Path(__file__).parents[2]
# Trained long enough to find entities.
GOLDEN = ROOT / "fixtures" / "golden" / "model.tar.gz"
TEXTS = [
    "Mia Torres  sails\n to Dublin, isn't she?",
    "",
    "  ",
    "Halden United & Brightmoor Bank in Lisbon",
    "Zoë 😂 in Cape Town",
]


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return Tagger.load(GOLDEN)


@pytest.fixture(scope="session", params=["archive", "export"])
def model(request, tagger, tmp_path_factory) -> Path:
    if request.param == "archive":
        return GOLDEN
    folder = tmp_path_factory.mktemp("spacy") / "exported"
    export(tagger, folder)
    return folder


def pipeline(model: Path, **config: object) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("datnet", config={"archive": str(model), **config})
    return nlp


def found(doc: spacy.tokens.Doc) -> list[tuple]:
    spans = doc.spans["entities"]
    assert [(e.start, e.end, e.label_) for e in spans] == [
        (e.start, e.end, e.label_) for e in doc.ents
    ]
    return [
        (e.start_char, e.end_char, e.label_, pytest.approx(score, abs=1e-4))
        for e, score in zip(spans, spans.attrs["scores"], strict=True)
    ]


def test_entities_of_spacys_tokens(model: Path, tagger: Tagger) -> None:
    nlp = pipeline(model)
    docs = list(nlp.pipe(TEXTS, batch_size=2))
    assert [doc.text for doc in docs] == TEXTS
    number = 0
    for doc in docs:
        tokens = [token for token in doc if not token.is_space]
        expected = []
        for entity in tagger([token.text for token in tokens]).entities:
            last = tokens[entity.end_token - 1]
            end = last.idx + len(last)
            expected.append((tokens[entity.first_token].idx, end, entity.type, entity.confidence))
        assert found(doc) == expected
        assert found(nlp(doc.text)) == expected
        number += len(expected)
    assert number > 5


def test_threshold(model: Path) -> None:
    scores = [
        score
        for doc in pipeline(model).pipe(TEXTS)
        for score in doc.spans["entities"].attrs["scores"]
    ]
    middle = sorted(scores)[len(scores) // 2]
    kept = [len(doc.ents) for doc in pipeline(model, threshold=middle).pipe(TEXTS)]
    assert 0 < sum(kept) < len(scores)


@pytest.mark.long
def test_a_pipeline_has_its_own_copy(model: Path, tmp_path: Path) -> None:
    copy = tmp_path / model.name
    (shutil.copytree if model.is_dir() else shutil.copyfile)(model, copy)
    nlp = pipeline(copy, threshold=0.1)
    expected = [found(doc) for doc in nlp.pipe(TEXTS)]
    nlp.to_disk(tmp_path / "pipeline")
    (shutil.rmtree if copy.is_dir() else Path.unlink)(copy)
    loaded = spacy.load(tmp_path / "pipeline")
    component = loaded.get_pipe("datnet")
    assert isinstance(component, DatnetComponent) and component.threshold == 0.1
    assert [found(doc) for doc in loaded.pipe(TEXTS)] == expected


@pytest.mark.long
def test_a_pipeline_is_written_over_itself_and_over_another(
    model: Path, tagger: Tagger, tmp_path: Path
) -> None:
    expected = [found(doc) for doc in pipeline(model).pipe(TEXTS)]
    folder = tmp_path / "pipeline"
    pipeline(model).to_disk(folder)
    spacy.load(folder).to_disk(folder)
    assert [found(doc) for doc in spacy.load(folder).pipe(TEXTS)] == expected
    # An archive in the place of an exported folder, and the other way round.
    other = tmp_path / "other"
    shutil.copyfile(GOLDEN, other) if model.is_dir() else export(tagger, other)
    pipeline(other).to_disk(folder)
    assert (folder / "datnet" / "archive").is_dir() != model.is_dir()
    assert [found(doc) for doc in spacy.load(folder).pipe(TEXTS)] == expected


def test_a_copy_that_fails_leaves_the_archive_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_the_disk(source: IO[bytes], copy: IO[bytes]) -> None:
        copy.write(source.read(100))
        raise OSError(errno.ENOSPC, "No space left on device")

    component = pipeline(GOLDEN).get_pipe("datnet")
    assert isinstance(component, DatnetComponent)
    component.to_disk(tmp_path)
    monkeypatch.setattr(shutil, "copyfileobj", fill_the_disk)
    with pytest.raises(OSError, match=str(tmp_path / "archive")):
        component.to_disk(tmp_path)
    assert (tmp_path / "archive").read_bytes() == GOLDEN.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "options.json"]


@pytest.mark.long
def test_several_processes_and_what_goes_with_a_text(tmp_path: Path) -> None:
    nlp = pipeline(GOLDEN)
    nlp(TEXTS[0])  # a model that was loaded before there are processes
    pairs = [(text, number) for number, text in enumerate(TEXTS)]
    expected = [(number, found(doc)) for doc, number in nlp.pipe(pairs, as_tuples=True)]
    parallel = nlp.pipe(pairs, as_tuples=True, n_process=2, batch_size=2)
    assert [(number, found(doc)) for doc, number in parallel] == expected


def test_mistakes(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("datnet")
    with pytest.raises(ConfigurationError, match="components.datnet.archive: found none"):
        nlp("Mia")
    with pytest.raises(ConfigurationError, match="none: found no such file"):
        pipeline(tmp_path / "none")("Mia")
    for name in ("manifest.json", "settings.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ConfigurationError, match="manifest.json: found no 'sha256'"):
        list(pipeline(tmp_path).pipe(["Mia"]))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib")
def test_the_entry_point_is_the_factory() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, name = project["entry-points"]["spacy_factories"]["datnet"].split(":")
    assert getattr(importlib.import_module(module), name) is make_component
