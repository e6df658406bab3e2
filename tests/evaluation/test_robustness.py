import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.tag_coding import Span, read_spans
from datnet_allennlp.evaluation.gold_sentence import GoldSentence
from datnet_allennlp.evaluation.robustness import PERTURBATIONS, perturb

CORPUS = [
    GoldSentence(
        "Mia Torres moved from Porto to New Haven , @bob says https://a.b 12".split(),
        [Span(0, 2, "person"), Span(4, 5, "location"), Span(6, 8, "location")],
    ),
    GoldSentence("Oslo Berlin tonight".split(), [Span(0, 1, "location"), Span(1, 2, "location")]),
    GoldSentence(["and", "so", "on"], []),
] * 30


def surfaces(sentence: GoldSentence) -> list[tuple[str, str]]:
    return [(" ".join(sentence.tokens[a:b]), name) for a, b, name in sentence.spans]


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_entities_keep_their_number_and_types_and_outside_words_their_order(name: str) -> None:
    changed = perturb(CORPUS, name)
    assert changed != CORPUS and changed == perturb(CORPUS, name)
    for before, after in zip(CORPUS, changed, strict=True):
        assert [s.entity_type for s in after.spans] == [s.entity_type for s in before.spans]
        # Every tag belongs to a token, and the tags read back are the entities.
        assert read_spans(after.tags, "IOB2") == after.spans
        assert len(after.tags) == len(after.tokens) and all(after.tokens)
        outside = [
            [token for token, tag in zip(each.tokens, each.tags, strict=True) if tag == "O"]
            for each in (before, after)
        ]
        assert len(outside[0]) == len(outside[1])
        # What is no word stays.
        assert [token for token in outside[1] if token in (",", "@bob", "https://a.b")] == [
            token for token in outside[0] if token in (",", "@bob", "https://a.b")
        ]


@pytest.mark.parametrize("name", sorted(PERTURBATIONS.keys() - {"no casing"}))
def test_another_seed_is_another_copy(name: str) -> None:
    assert perturb(CORPUS, name, seed=1) != perturb(CORPUS, name)


def test_no_casing() -> None:
    [first, *_] = perturb(CORPUS, "no casing")
    assert surfaces(first)[0] == ("mia torres", "person")


def distance(first: str, second: str) -> int:
    """Of Levenshtein, with swaps of neighbours."""
    table = [[i + j for j in range(len(second) + 1)] for i in range(len(first) + 1)]
    for i, a in enumerate(first, 1):
        for j, b in enumerate(second, 1):
            table[i][j] = min(
                table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a != b)
            )
            if i > 1 and j > 1 and (a, b) == (second[j - 2], first[i - 2]):
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


def test_a_typo_is_one_edit_in_a_third_of_the_long_words() -> None:
    pairs = [
        (a, b)
        for before, after in zip(CORPUS, perturb(CORPUS, "typos"), strict=True)
        for a, b in zip(before.tokens, after.tokens, strict=True)
    ]
    assert {distance(a, b) for a, b in pairs} == {0, 1}
    assert all(a == b for a, b in pairs if len(a) < 4 or not a.isalpha())
    long = [(a, b) for a, b in pairs if len(a) >= 4 and a.isalpha()]
    assert 0.2 < sum(a != b for a, b in long) / len(long) < 0.4
    assert all(a[0] == b[0] and a[-1] == b[-1] for a, b in long if a[-2] != b[-1])


def test_hashtags_join_entities_and_mark_other_words_too() -> None:
    changed = perturb(CORPUS, "hashtags")
    found = {surface for each in changed for surface, _ in surfaces(each)}
    assert {"Mia Torres", "#MiaTorres", "New Haven", "#NewHaven", "Porto", "#Porto"} <= found
    outside = {
        token
        for each in changed
        for token, tag in zip(each.tokens, each.tags, strict=True)
        if tag == "O"
    }
    assert {"moved", "#moved", "12"} <= outside and "#@bob" not in outside


def test_elongations() -> None:
    words = {word for each in perturb(CORPUS, "elongations") for word in each.tokens}
    assert {"so", "sooo", "soooo", "sooooo", "Porto", "Portooo"} <= words
    assert not any("oooooo" in word for word in words) and "soo" not in words


def test_swaps_take_other_names_of_the_type() -> None:
    changed = perturb(CORPUS, "entity swaps")
    for before, after in zip(CORPUS, changed, strict=True):
        for (old, of_type), (new, _) in zip(surfaces(before), surfaces(after), strict=True):
            # There is but one person.
            assert new == old if of_type == "person" else new != old
            assert (new, of_type) in {each for all_ in CORPUS for each in surfaces(all_)}


def test_an_unknown_name() -> None:
    with pytest.raises(ConfigurationError, match="found 'none', expected one of .'no casing'"):
        perturb(CORPUS, "none")
