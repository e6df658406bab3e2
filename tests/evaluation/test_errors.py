from datnet_allennlp.evaluation.entities import read_entities
from datnet_allennlp.evaluation.errors import (
    CORRECT,
    KINDS,
    NONE,
    confusion,
    count_kinds,
    match_entities,
)
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence


def sentence(gold: str, predicted: str) -> TaggedSentence:
    return TaggedSentence(
        [f"w{i}" for i in range(len(gold.split()))], gold.split(), predicted.split()
    )


def kinds(gold: str, predicted: str) -> list[str]:
    return [match.kind for match in match_entities([sentence(gold, predicted)])]


def test_each_kind() -> None:
    assert kinds("B-a I-a O", "B-a I-a O") == [CORRECT]
    assert kinds("B-a I-a O", "O O O") == ["missed"]
    assert kinds("O O O", "O B-a O") == ["spurious"]
    assert kinds("B-a I-a O", "B-b I-b O") == ["wrong type"]
    assert kinds("B-a I-a O", "B-a O O") == ["wrong boundary"]
    assert kinds("B-a I-a O", "O B-b I-b") == ["wrong type and boundary"]
    assert kinds("B-a O B-a", "O B-a O") == ["missed", "spurious", "missed"]


def test_the_better_partner() -> None:
    # Of two predicted entities in one gold entity that of its type, and of these the longer one.
    assert kinds("B-a I-a I-a", "B-b I-b B-a") == ["spurious", "wrong boundary"]
    [_, pair] = match_entities([sentence("B-a I-a I-a", "B-a B-a I-a")])
    assert pair.kind == "wrong boundary" and pair.predicted and pair.predicted.start == 1
    # A correct one goes before any overlap.
    assert kinds("B-a I-a B-b", "O B-a B-b") == ["wrong boundary", CORRECT]
    assert kinds("B-a B-b", "B-b I-b") == ["missed", "wrong boundary"]


def test_what_must_hold_for_any_tags(random_corpus) -> None:
    sentences = random_corpus(3)
    matches = match_entities(sentences)
    counts = score(sentences)["conlleval"]
    assert sum(match.kind == CORRECT for match in matches) == counts["correct"]
    gold = [match.gold for match in matches if match.gold]
    predicted = [match.predicted for match in matches if match.predicted]
    everything = list(enumerate(sentences))
    assert sorted(gold) == sorted(
        each for i, (words, tags, _) in everything for each in read_entities(i, words, tags)
    )
    assert sorted(predicted) == sorted(
        each for i, (words, _, tags) in everything for each in read_entities(i, words, tags)
    )
    kinds = count_kinds(matches)
    assert list(kinds) == list(KINDS) and min(kinds.values()) > 0
    wrong = kinds["wrong type"] + kinds["wrong boundary"] + kinds["wrong type and boundary"]
    assert kinds["missed"] + wrong + counts["correct"] == counts["gold"]
    assert kinds["spurious"] + wrong + counts["correct"] == counts["predicted"]
    table = confusion(matches)
    assert sum(sum(row.values()) for row in table.values()) == len(matches)
    assert table[NONE] and NONE not in table[NONE]
    assert sum(row.get(NONE, 0) for row in table.values()) == kinds["missed"]


def test_confusion() -> None:
    matches = match_entities([sentence("B-a B-b O B-a", "B-b B-b B-a O")])
    assert confusion(matches) == {"a": {"b": 1, NONE: 1}, "b": {"b": 1}, NONE: {"a": 1}}
