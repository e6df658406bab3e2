import pickle
import sys
from collections.abc import Iterator

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.data.tokenizers import CharacterTokenizer
from allennlp_models.tagging.models import CrfTagger

from datnet_allennlp import Entity, TaggedText, Tagger
from datnet_allennlp.standalone import windows

TEXTS = [f"Mia Torres {'sails ' * (i * 7 % 12)} to Dublin &amp; back" for i in range(20)]


def with_options(tagger: Tagger, **options) -> Tagger:
    return Tagger(tagger.model, tagger.dataset_reader, **options)


def entities(tagged: TaggedText) -> list[Entity]:
    """The entities, after a check of their places."""
    for entity in tagged.entities:
        assert tagged.text[entity.start : entity.end] == entity.text != ""
        spans = tagged.token_spans[entity.first_token : entity.end_token]
        assert (spans[0][0], spans[-1][1]) == (entity.start, entity.end)
        assert entity.confidence is not None and 0 < entity.confidence <= 1
    return tagged.entities


def test_a_text(tagger: Tagger) -> None:
    tagged = tagger("Mia Torres  is in Dublin &amp; Zoë 😂")
    assert tagged.tokens == ["Mia", "Torres", "is", "in", "Dublin", "&", "Zoë", "😂"]
    assert len(tagged.tags) == 8 and tagged.alternatives == [] and tagged.carried == {}
    assert tagged.token_spans[5] == (25, 30)
    assert entities(tagged)
    assert pickle.loads(pickle.dumps(tagged)) == tagged


def test_words_and_records(tagger: Tagger) -> None:
    words = ["Mia", "Torres", "in", "Dublin"]
    expected = tagger("Mia Torres in Dublin")
    assert tagger(words) == tagger(tuple(words)) == tagger({"tokens": words}) == expected
    tagged = tagger({"text": "Mia Torres in Dublin", "id": 3, "resource": "source"})
    assert tagged.carried == {"id": 3, "resource": "source"}
    assert tagger("") == TaggedText("", [], [], [], [])
    for wrong in (3, None, {"id": 3}, ["a", 3]):
        with pytest.raises(ConfigurationError, match="cannot tag the record"):
            tagger(wrong)  # type: ignore[arg-type]


def test_the_resource_of_texts_that_do_not_say_theirs(tagger: Tagger) -> None:
    as_source = with_options(tagger, resource="source")
    expected = tagger({"text": TEXTS[1], "resource": "source"})
    assert as_source(TEXTS[1]).tags == expected.tags
    assert {entity.type for entity in as_source(TEXTS[1]).entities} <= {"LOC", "MISC", "ORG", "PER"}
    assert as_source({"text": TEXTS[1], "resource": "target"}).tags == tagger(TEXTS[1]).tags


def test_confidence_is_the_sum_over_the_taggings_that_hold_the_entity(tagger: Tagger) -> None:
    """
    Of three tokens and six types: O or U at each, B L and another, or B I L.
    """
    tagged = with_options(tagger, top_k=10_000)("Mia Torres Dublin")
    probabilities = [each.probability for each in tagged.alternatives]
    assert len(probabilities) == 7**3 + 2 * 6 * 7 + 6
    assert sum(probabilities) == pytest.approx(1)
    assert probabilities == sorted(probabilities, reverse=True)
    assert tagged.alternatives[0].tags == tagged.tags
    assert entities(tagged)
    for entity in tagged.entities:
        place = (entity.type, entity.first_token, entity.end_token)
        holding = [
            alternative.probability
            for alternative in tagged.alternatives
            if place in [(e.type, e.first_token, e.end_token) for e in alternative.entities]
        ]
        assert entity.confidence == pytest.approx(sum(holding))


def test_a_batch_changes_nothing(tagger: Tagger) -> None:
    piped = list(tagger.pipe(TEXTS))
    for together, text in zip(piped, TEXTS, strict=True):
        alone = tagger(text)
        assert together.tags == alone.tags
        assert [e.confidence for e in entities(together)] == pytest.approx(
            [e.confidence for e in entities(alone)], abs=1e-5
        )


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_pipe_by_two_processes(tagger: Tagger, monkeypatch) -> None:
    monkeypatch.setattr(windows, "_FIRST_ITEMS", 4)
    monkeypatch.setattr(windows, "_MAX_ITEMS", 4)
    assert list(tagger.pipe(TEXTS, processes=2)) == list(tagger.pipe(TEXTS))


def test_pipe_does_not_wait_for_the_end(tagger: Tagger, monkeypatch) -> None:
    monkeypatch.setattr(windows, "_FIRST_ITEMS", 3)

    def texts() -> Iterator[str]:
        yield from TEXTS[:3]
        raise ValueError("the fourth")

    piped = tagger.pipe(texts())
    assert [next(piped).text for _ in range(3)] == TEXTS[:3]
    with pytest.raises(ValueError, match="the fourth"):
        next(piped)


def test_a_text_in_place_of_several(tagger: Tagger) -> None:
    with pytest.raises(ConfigurationError, match="texts: found a single string, expected several"):
        tagger.pipe("Mia in Dublin")
    with pytest.raises(ConfigurationError, match="texts: found a single record, expected several"):
        tagger.pipe({"text": "Mia in Dublin"})


def test_threshold(tagger: Tagger) -> None:
    found = [entity for tagged in tagger.pipe(TEXTS) for entity in entities(tagged)]
    confidences = sorted(entity.confidence for entity in found)
    middle = confidences[len(confidences) // 2]
    assert confidences[0] < middle
    kept = list(with_options(tagger, threshold=middle).pipe(TEXTS))
    assert [e for t in kept for e in t.entities] == [e for e in found if e.confidence >= middle]
    assert [tagged.tags for tagged in kept] == [tagged.tags for tagged in tagger.pipe(TEXTS)]


def test_temperature(tagger: Tagger, monkeypatch) -> None:
    plain = tagger(TEXTS[0])
    monkeypatch.setitem(tagger.model.temperature, "target", 0.01)
    sharp = tagger(TEXTS[0])
    assert sharp.tags == plain.tags
    assert entities(sharp)[0].confidence > 0.95 > entities(plain)[0].confidence
    monkeypatch.setitem(tagger.model.temperature, "target", 100.0)
    assert entities(tagger(TEXTS[0]))[0].confidence < entities(plain)[0].confidence


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"threshold": 1.5}, "threshold: found 1.5, expected 0 to 1"),
        ({"threshold": float("nan")}, "threshold: found nan, expected 0 to 1"),
        ({"threshold": "0.5"}, "threshold: found '0.5', expected 0 to 1"),
        ({"top_k": -1}, "top_k: found -1, expected a whole number, 0 or more"),
        ({"top_k": 1.5}, "top_k: found 1.5, expected a whole number"),
        ({"top_k": True}, "top_k: found True, expected a whole number"),
        ({"resource": "x"}, r"resource: found 'x', expected one .*: \['source', 'target'\]"),
    ],
)
def test_bad_options(tagger: Tagger, options, expected) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        with_options(tagger, **options)


def test_a_tokenizer_that_fails(tagger: Tagger, monkeypatch) -> None:
    tokenizer = CharacterTokenizer(byte_encoding="utf-99")
    monkeypatch.setattr(type(tagger.dataset_reader), "tokenizer", tokenizer)
    said = (
        r"the archive's tokenizer \(CharacterTokenizer\): .*\(LookupError: unknown encoding: utf-99"
    )
    with pytest.raises(ConfigurationError, match=said):
        tagger("Mia sails")
    with pytest.raises(ConfigurationError, match=said):
        list(tagger.pipe(["Mia sails"]))


def test_a_model_without_confidence(tagger: Tagger) -> None:
    with pytest.raises(ConfigurationError, match=r"found a model \(CrfTagger\) that gives no conf"):
        Tagger(CrfTagger.__new__(CrfTagger), tagger.dataset_reader, threshold=0.5)


class Silent(torch.nn.Module):
    """A model that is no tagger."""

    def __init__(self, vocab: Vocabulary) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))
        self.vocab = vocab

    def forward(self, **_):
        return {"loss": self.weight}

    def make_output_human_readable(self, output):
        return output


def test_a_model_that_is_no_tagger(tagger: Tagger) -> None:
    silent = Tagger(Silent(tagger.model.vocab), tagger.dataset_reader)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"found a model \(Silent\) that gives no tags"):
        silent("Mia")
