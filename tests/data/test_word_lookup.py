from collections.abc import Iterator

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.token_indexers import WordVectorIndexer
from datnet_allennlp.data.word_lookup import FallbackLookup, WordLookup, word_class


@pytest.mark.parametrize(
    "word, expected",
    [
        ("@Mia_K9", "@user"),
        ("@", "@"),
        ("mia@example.org", "mia@example.org"),
        ("http://t.co/aB3", "<url>"),
        ("HTTPS://Example.org", "<url>"),
        ("www.example.org/a?b=1", "<url>"),
        ("www.", "www."),
        ("#run10k", "#run00k"),
        ("2024-06-01", "0000-00-00"),
        ("٣٤", "00"),
        ("Mira", "Mira"),
        ("", ""),
    ],
)
def test_word_class(word: str, expected: str) -> None:
    assert word_class(word) == expected


@pytest.mark.parametrize(
    "order, expected",
    [
        (None, ["Run10K", "run10k", "Run00K", "run00k"]),
        (["exact", "lowercase", "class"], ["Run10K", "run10k", "Run00K", "run00k"]),
        (["class", "exact"], ["Run00K", "run00k", "Run10K"]),
        (["lowercase"], ["run10k"]),
    ],
)
def test_order_of_the_forms(order: "list[str] | None", expected: list[str]) -> None:
    assert list(FallbackLookup(order).forms("Run10K")) == expected


def test_order_is_configurable() -> None:
    lookup = WordLookup.from_params(Params({"type": "fallback", "order": ["class"]}))
    assert list(lookup.forms("Run10K")) == ["Run00K", "run00k"]
    default = WordLookup.from_params(Params({}))
    assert list(default.forms("Mira"))[:2] == ["Mira", "mira"]


def test_another_lookup_can_be_registered() -> None:
    @WordLookup.register("first_letter")
    class FirstLetter(WordLookup):
        def forms(self, word: str) -> Iterator[str]:
            yield word[0]

    indexer = WordVectorIndexer.from_params(
        Params({"namespace": "target_tokens", "lookup": {"type": "first_letter"}})
    )
    assert list(indexer.lookup.forms("Mira")) == ["M"]


def test_refuses_no_step() -> None:
    with pytest.raises(ConfigurationError, match="lookup.order: found no form of a word"):
        FallbackLookup([])


def test_refuses_an_unknown_step() -> None:
    with pytest.raises(ConfigurationError) as error:
        FallbackLookup(["exact", "stem"])
    assert "lookup.order: found 'stem'" in str(error.value)
    assert "expected one of ['class', 'exact', 'lowercase']" in str(error.value)
