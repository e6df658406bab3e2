import json
import resource
import signal
from pathlib import Path

import numpy
import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp import TaggedText, Tagger
from datnet_allennlp.export import words
from datnet_allennlp.export.folder import export
from datnet_allennlp.standalone.tagger import ExportedTagger

ROOT = Path(__file__).parents[2]
WNUT = ROOT / "data" / "wnut2017" / "test.conll"


def sentences(path: Path) -> list[list[str]]:
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [[line.split("\t")[0] for line in block.splitlines()] for block in blocks]


TWEETS = [json.loads(line) for line in (ROOT / "fixtures" / "tweets.jsonl").open(encoding="utf-8")]
WORDS = sentences(ROOT / "fixtures" / "target" / "test.conll")
TEXTS = [
    *TWEETS,
    *WORDS,
    *({"tokens": words, "resource": "source", "id": i} for i, words in enumerate(WORDS)),
    "",
    "a",
    "\U0001f602" * 40 + " \ufffd\u4e2d \u0130stanbul",
    "x" * 1500,
    " ".join(["Mia"] * 3000),
]


def assert_same(found: list[TaggedText], expected: list[TaggedText]) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        ours_as_line, line = ours.to_dict(), theirs.to_dict()
        confidences = [entity.pop("confidence") for entity in line["entities"]]
        assert [e.pop("confidence") for e in ours_as_line["entities"]] == pytest.approx(
            confidences, abs=1e-4
        )
        assert ours_as_line == line
        assert ours.token_spans == theirs.token_spans


def test_the_same_as_the_archive(tagger: Tagger, exported: Path) -> None:
    expected = list(tagger.pipe(TEXTS))
    assert sum(len(tagged.entities) for tagged in expected) > 30
    assert_same(list(ExportedTagger(exported).pipe(TEXTS)), expected)
    assert_same([ExportedTagger(exported)(text) for text in TEXTS[:9]], expected[:9])
    high = ExportedTagger(exported, threshold=0.2)
    kept = [[e for e in each.entities if e.confidence >= 0.2] for each in expected]
    assert [len(tagged.entities) for tagged in high.pipe(TEXTS)] == list(map(len, kept))


@pytest.mark.long
@pytest.mark.skipif(not WNUT.exists(), reason="needs `make data`")
def test_the_same_on_wnut2017(tagger: Tagger, exported: Path) -> None:
    texts = sentences(WNUT)
    assert_same(list(ExportedTagger(exported).pipe(texts)), list(tagger.pipe(texts)))


@pytest.mark.long
@pytest.mark.parametrize("variant, vectors", [("datnet_p", True), ("base", False)])
def test_other_models(
    variant: str, vectors: bool, small_config, untrained, tmp_path, monkeypatch
) -> None:
    """A shared-private encoder; one resource, whose embeddings are trained."""
    config = small_config(variant)
    if not vectors:
        model, [reader] = config["model"], config["dataset_reader"]["readers"].values()
        namespace = {"type": "single_id", "namespace": "target_tokens", "lowercase_tokens": True}
        reader["token_indexers"]["words"] = namespace
        model["text_field_embedder"]["per_resource"]["target"] = {
            "type": "embedding",
            "vocab_namespace": "target_tokens",
            "embedding_dim": 5,
        }
    tagger = untrained(config)
    tagger.model.temperature["target"] = 1.7
    export(tagger, tmp_path / "exported")
    texts = [text for text in TEXTS if vectors or "resource" not in text]
    expected = list(tagger.pipe(texts))
    assert sum(len(tagged.entities) for tagged in expected) > 30
    assert_same(list(ExportedTagger(tmp_path / "exported").pipe(texts)), expected)


@pytest.mark.parametrize("vector_type, error", [("float16", 2e-3), ("int8", 0.05)])
def test_smaller_vectors(tagger: Tagger, exported, tmp_path, vector_type, error) -> None:
    export(tagger, tmp_path / "small", vector_type, ["target"])
    assert not (tmp_path / "small" / "source.onnx").exists()
    full, small = (numpy.load(f / "words.target.npy") for f in (exported, tmp_path / "small"))
    assert small.dtype == vector_type
    if vector_type == "int8":
        scale = numpy.load(tmp_path / "small" / "words.target.scale.npy")
        # Rounding moves a value by half a step at most.
        assert (abs(small * scale - full) <= 0.5001 * scale).all()
    found = list(ExportedTagger(tmp_path / "small").pipe(WORDS))
    expected = list(tagger.pipe(WORDS))
    pairs = [
        (mine, theirs)
        for ours, other in zip(found, expected, strict=True)
        for mine, theirs in zip(ours.entities, other.entities, strict=False)
        if mine.type == theirs.type and mine.first_token == theirs.first_token
    ]
    assert len(pairs) > 20
    assert all(abs(mine.confidence - theirs.confidence) < error for mine, theirs in pairs)


def refused(tagger: Tagger, folder: Path, *options: object) -> str:
    with pytest.raises(ConfigurationError) as raised:
        export(tagger, folder, *options)
    assert not folder.exists() and not list(folder.parent.glob(".*unfinished"))
    return str(raised.value)


def test_what_cannot_be_exported_is_named(small_config, untrained, tmp_path) -> None:
    folder = tmp_path / "exported"
    config = small_config("datnet_f")
    config["model"]["encoder"]["shared"] = {"type": "gru", "input_size": 110, "hidden_size": 4}
    assert refused(untrained(config), folder) == (
        "model.encoder.shared: found GruSeq2SeqEncoder, which cannot be exported, expected 'bilstm'"
    )
    config = small_config("datnet_f")
    config["dataset_reader"]["readers"]["target"]["tokenizer"] = "whitespace"
    assert "dataset_reader.tokenizer: found WhitespaceTokenizer" in refused(
        untrained(config), folder
    )
    config = small_config("datnet_f")
    characters = config["dataset_reader"]["readers"]["target"]["token_indexers"]["characters"]
    characters["character_tokenizer"] = {"lowercase_characters": True}
    assert refused(untrained(config), folder).startswith(
        "dataset_reader.token_indexers.characters: found a character tokenizer with options"
    )


def test_a_transformer_is_named(small_config, tiny_transformer, untrained, tmp_path) -> None:
    tagger = untrained(small_config("datnet_f", tiny_transformer("bert")))
    assert "PretrainedTransformer" in refused(tagger, tmp_path / "exported")


def test_bad_options(tagger: Tagger, exported: Path, tmp_path) -> None:
    assert "resource: found 'other', expected one of ['source', 'target']" in refused(
        tagger, tmp_path / "exported", "float32", ["other"]
    )
    with pytest.raises(ConfigurationError, match="found that it exists, expected a new folder"):
        export(tagger, exported)
    assert "found no folder around it" in refused(tagger, tmp_path / "no" / "exported")


def test_a_full_disk(tagger, tmp_path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 12, hard))
    try:
        with pytest.raises(ConfigurationError, match="exported: found that .* .File too large"):
            export(tagger, tmp_path / "exported")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert not list(tmp_path.iterdir())


def test_an_indexer_that_is_not_there(tagger, tmp_path, monkeypatch) -> None:
    """A reader of another model's."""
    monkeypatch.setattr(words, "_indexers", lambda *_: {})
    with pytest.raises(ConfigurationError, match="token_indexers: found none named 'words'"):
        export(tagger, tmp_path / "exported")
