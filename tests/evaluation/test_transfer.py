import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence
from datnet_allennlp.evaluation.transfer import by_type, gains_and_losses

GOLD = ["B-a O B-b I-b", "B-a O O B-a"]


def tagged(*predicted: str) -> list[TaggedSentence]:
    return [
        TaggedSentence(["w", "x", "y", "z"], gold.split(), tags.split())
        for gold, tags in zip(GOLD, predicted, strict=True)
    ]


def test_gained_and_lost() -> None:
    base = tagged("O O B-b I-b", "B-a O O O")
    other = tagged("B-a O O O", "B-a O O B-a")
    gained, lost = gains_and_losses(base, other)
    assert [each[:4] for each in gained] == [(0, 0, 1, "a"), (1, 3, 4, "a")]
    assert [each[:4] for each in lost] == [(0, 2, 4, "b")]
    table = by_type(base, other)
    assert list(table) == ["a", "b"]
    assert [(row["gold"], row["gained"], row["lost"]) for row in table.values()] == [
        (3, 2, 0),
        (1, 0, 1),
    ]
    # F1 of type a: 2 / (1 + 3) of the base model, 1 of the other; of type b: 1 and 0.
    assert table["a"]["difference"].mean == pytest.approx(0.5)
    assert table["b"]["difference"].mean == -1.0
    assert [row["negative"] for row in table.values()] == [False, True]


def test_certain_with_many_sentences() -> None:
    base, other = tagged("B-a O O O", "B-a O O B-a"), tagged("O O O O", "O O O O")
    assert by_type(base * 20, other * 20)["a"]["certain"]
    assert not by_type(base * 20, base * 20)["a"]["certain"]


def test_other_sentences() -> None:
    with pytest.raises(ConfigurationError, match="found other sentences"):
        by_type(tagged("O O O O", "O O O O"), tagged("O O O O", "O O O O")[:1])
