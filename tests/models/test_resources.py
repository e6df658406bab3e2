"""Which resources a tagger knows."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.models.resources import Resources


def test_an_unlabelled_resource_goes_with_the_one_whose_text_it_holds() -> None:
    resources = Resources(["target", "source"], "target", {"raw": "target"})
    assert resources.names == ["raw", "source", "target"]
    assert [resources.tagged(name) for name in resources.names] == ["target", "source", "target"]
    assert resources.of_batch(["raw", "raw"]) == "raw"


def test_a_batch_without_a_resource_is_of_the_only_one() -> None:
    assert Resources(["tweets"], "tweets").of_batch(None) == "tweets"
    with pytest.raises(ConfigurationError, match=r"without a resource.*\['source', 'target'\]"):
        Resources(["target", "source"], "target").of_batch(None)


@pytest.mark.parametrize(
    "batch, message",
    [
        (["target", "source"], r"several resources \['source', 'target'\], expected one"),
        (["news"], r"resource 'news', expected one of .*: \['raw', 'source', 'target'\]"),
    ],
)
def test_a_batch_that_no_decoder_can_take_is_named(batch, message) -> None:
    resources = Resources(["target", "source"], "target", {"raw": "target"})
    with pytest.raises(ConfigurationError, match=message):
        resources.of_batch(batch)


@pytest.mark.parametrize(
    "target, unlabelled, message",
    [
        ("tweets", {}, r"model\.target: found 'tweets', expected .*\['source', 'target'\]"),
        ("target", {"source": "target"}, r"model\.unlabelled: found 'source' as text of 'target'"),
        ("target", {"raw": "tweets"}, r"model\.unlabelled: found 'raw' as text of 'tweets'"),
    ],
)
def test_what_does_not_fit_together_is_named(target, unlabelled, message) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Resources(["target", "source"], target, unlabelled)
