import json
import random

import pytest
from allennlp.common.checks import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence
from datnet_allennlp.metrics import EntityF1

# What the original scripts print for `random_corpus(0)`, `random_corpus(1)`, ...:
# conlleval.pl (version 2004-01-26): correct, found and gold phrases, then precision, recall and F1
# in percent of creative-work and of person; wnuteval.py (the script of WNUT-2017), surface forms:
# correct, found and gold.
ORIGINALS = [
    ((210, 302, 302), (67.57, 68.49, 68.03), (71.43, 70.51, 70.97), (18, 24, 25)),
    ((210, 300, 291), (66.22, 70.00, 68.06), (73.68, 74.17, 73.93), (16, 26, 28)),
    ((189, 275, 273), (66.93, 69.11, 68.00), (70.27, 69.33, 69.80), (20, 28, 27)),
    ((199, 278, 277), (73.57, 75.74, 74.64), (69.57, 68.09, 68.82), (22, 25, 27)),
    ((213, 287, 292), (75.31, 76.25, 75.78), (72.80, 68.94, 70.82), (21, 30, 26)),
    ((195, 277, 262), (68.18, 68.70, 68.44), (72.41, 80.15, 76.09), (18, 25, 23)),
    ((191, 269, 264), (72.73, 71.64, 72.18), (69.34, 73.08, 71.16), (22, 25, 23)),
    ((196, 260, 275), (75.97, 72.59, 74.24), (74.81, 70.00, 72.32), (20, 22, 24)),
    ((186, 286, 292), (62.88, 58.87, 60.81), (66.88, 68.21, 67.54), (20, 28, 29)),
    ((214, 293, 291), (71.33, 71.81, 71.57), (74.83, 75.35, 75.09), (17, 27, 23)),
    ((244, 320, 316), (72.56, 77.27, 74.84), (80.13, 77.16, 78.62), (17, 23, 23)),
    ((219, 293, 297), (71.52, 72.97, 72.24), (78.17, 74.50, 76.29), (23, 30, 27)),
    ((203, 296, 288), (72.19, 76.76, 74.40), (64.83, 64.38, 64.60), (17, 24, 25)),
    ((233, 316, 322), (75.93, 74.10, 75.00), (71.43, 70.51, 70.97), (18, 28, 24)),
    ((205, 283, 283), (72.46, 70.92, 71.68), (72.41, 73.94, 73.17), (17, 20, 25)),
    ((193, 286, 275), (67.63, 69.12, 68.36), (67.35, 71.22, 69.23), (20, 29, 26)),
    ((207, 293, 292), (69.59, 71.03, 70.31), (71.72, 70.75, 71.23), (19, 27, 29)),
    ((187, 265, 265), (66.17, 69.84, 67.95), (75.00, 71.22, 73.06), (21, 23, 25)),
    ((213, 289, 285), (73.94, 73.94, 73.94), (73.47, 75.52, 74.48), (19, 27, 25)),
    ((189, 268, 267), (70.59, 70.59, 70.59), (70.45, 70.99, 70.72), (18, 30, 27)),
]


def sentence(text: str, gold: str, predicted: str) -> TaggedSentence:
    return TaggedSentence(text.split(), gold.split(), predicted.split())


def numbers(values) -> tuple[int, int, int]:
    return values["correct"], values["predicted"], values["gold"]


@pytest.mark.parametrize(("seed", "expected"), list(enumerate(ORIGINALS)))
def test_counts_as_the_original_scripts(seed: int, expected, random_corpus) -> None:
    conlleval, creative_work, person, surface = expected
    scores = score(random_corpus(seed))
    assert numbers(scores["conlleval"]) == conlleval
    assert numbers(scores["surface"]) == surface
    for name, percent in (("creative-work", creative_work), ("person", person)):
        values = scores["per_type"][name]
        ratios = [100 * values[key] for key in ("precision", "recall", "f1")]
        assert ratios == pytest.approx(percent, abs=0.00501)


# Each with the counts of conlleval, strict, untyped and surface: (correct, predicted, gold).
@pytest.mark.parametrize(
    ("corpus", "conlleval", "strict", "untyped", "surface"),
    [
        ([sentence("a b c", "B-X I-X O", "B-X I-X O")], *[(1, 1, 1)] * 4),
        # Right place, wrong type.
        ([sentence("a b", "B-X O", "B-Y O")], (0, 1, 1), (0, 1, 1), (1, 1, 1), (0, 1, 1)),
        # An entity that begins with I.
        ([sentence("a b", "O B-X", "O I-X")], (1, 1, 1), (0, 0, 1), (1, 1, 1), (1, 1, 1)),
        # The type changes inside: two to conlleval, the first one to seqeval's strict reading.
        ([sentence("a b", "B-X O", "B-X I-Y")], (1, 2, 1), (1, 1, 1), (1, 2, 1), (1, 2, 1)),
        # One form, found once of two times, is found.
        (
            [sentence("a", "B-X", "B-X"), sentence("a", "B-X", "O")],
            (1, 1, 2),
            (1, 1, 2),
            (1, 1, 2),
            (1, 1, 1),
        ),
        # One form in gold and in prediction, but never in the same place.
        (
            [sentence("a", "B-X", "O"), sentence("a", "O", "B-X")],
            (0, 1, 1),
            (0, 1, 1),
            (0, 1, 1),
            (0, 1, 1),
        ),
        # Casing and type make different forms.
        (
            [sentence("a A a", "B-X B-X B-Y", "B-X B-X B-Y")],
            (3, 3, 3),
            (3, 3, 3),
            (3, 3, 3),
            (3, 3, 3),
        ),
        ([sentence("a", "O", "O")], *[(0, 0, 0)] * 4),
        ([], *[(0, 0, 0)] * 4),
    ],
)
def test_counted_by_hand(corpus, conlleval, strict, untyped, surface) -> None:
    scores = score(corpus)
    assert numbers(scores["conlleval"]) == conlleval
    assert numbers(scores["strict"]) == strict
    assert numbers(scores["untyped"]) == untyped
    assert numbers(scores["surface"]) == surface
    assert "seen" not in scores


def test_ratios() -> None:
    assert score([sentence("a b c", "B-X B-X B-X", "B-X O B-Y")])["conlleval"] == {
        "precision": 1 / 2,
        "recall": 1 / 3,
        "f1": pytest.approx(2 / 5),
        "correct": 1,
        "predicted": 2,
        "gold": 3,
    }


def test_per_type() -> None:
    per_type = score([sentence("a b c", "B-X B-X B-Y", "B-X O B-Z")])["per_type"]
    assert {name: numbers(values) for name, values in per_type.items()} == {
        "X": (1, 1, 2),
        "Y": (0, 0, 1),
        "Z": (0, 1, 0),
    }


def test_seen_and_unseen() -> None:
    corpus = [
        # Seen and found; seen with another type and found, so unseen; unseen and missed.
        sentence("New York and Ann or Bo", "B-L I-L O B-P O B-P", "B-L I-L O B-P O O"),
        # Gold is seen and of length two; what is predicted in its place is unseen.
        sentence("New York", "B-L I-L", "O B-L"),
        # A seen form where there is no entity, and a seen form in another casing.
        sentence("New York , new york", "O O O B-L I-L", "B-L I-L O B-L I-L"),
    ]
    scores = score(corpus, {("New York", "L"), ("Ann", "X")})
    assert numbers(scores["seen"]) == (1, 2, 2)
    assert numbers(scores["unseen"]) == (2, 3, 3)
    assert numbers(scores["conlleval"]) == (3, 5, 5)


def test_the_seen_and_the_unseen_are_all(random_corpus) -> None:
    scores = score(random_corpus(7), {("a", "person"), ("b A", "creative-work")})
    parts = numbers(scores["seen"]), numbers(scores["unseen"])
    assert min(map(min, parts)) > 0
    assert tuple(map(sum, zip(*parts, strict=True))) == numbers(scores["conlleval"])


def test_agrees_with_seqeval_and_the_metric_of_training(random_corpus) -> None:
    corpus = random_corpus(3)
    gold = [each.gold for each in corpus]
    predicted = [each.predicted for each in corpus]
    scores = score(corpus)
    for name, options in (("conlleval", {}), ("strict", {"mode": "strict", "scheme": IOB2})):
        for key, function in (
            ("precision", precision_score),
            ("recall", recall_score),
            ("f1", f1_score),
        ):
            assert scores[name][key] == pytest.approx(function(gold, predicted, **options))
    assert scores["strict"] != scores["conlleval"]
    metric = EntityF1()
    metric(predicted, gold)
    assert metric.get_metric()["f1-measure-overall"] == scores["conlleval"]["f1"]


TAGS = st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"])
ROWS = st.lists(st.tuples(st.sampled_from("abA"), TAGS, TAGS), min_size=1, max_size=8)
CORPORA = st.lists(
    ROWS.map(lambda rows: TaggedSentence(*map(list, zip(*rows, strict=True)))), max_size=8
)


@given(CORPORA, st.randoms(use_true_random=False))
def test_properties(corpus: list[TaggedSentence], rng: random.Random) -> None:
    training = {("a", "X"), ("b", "Y")}
    scores = score(corpus, training)
    assert json.loads(json.dumps(scores)) == scores
    shuffled = corpus[:]
    rng.shuffle(shuffled)
    assert score(shuffled, training) == scores
    swapped = score([TaggedSentence(t, p, g) for t, g, p in corpus], training)
    perfect = score([TaggedSentence(t, g, g) for t, g, _ in corpus], training)
    kinds = scores.keys() - {"per_type"}
    for kind in kinds:
        values = scores[kind]
        assert values["correct"] <= min(values["predicted"], values["gold"])
        assert swapped[kind]["precision"] == values["recall"]
        assert swapped[kind]["f1"] == values["f1"]
        assert perfect[kind]["f1"] == float(perfect[kind]["gold"] > 0)
    assert scores["conlleval"]["correct"] <= scores["untyped"]["correct"]
    sums = [numbers(values) for values in scores["per_type"].values()] or [(0, 0, 0)]
    assert tuple(map(sum, zip(*sums, strict=True))) == numbers(scores["conlleval"])


@pytest.mark.parametrize(("gold", "predicted"), [("O", "O O"), ("O O", "O"), ("O O O", "O O O")])
def test_lengths_must_agree(gold: str, predicted: str) -> None:
    good = sentence("a", "O", "O")
    with pytest.raises(ConfigurationError, match="sentence 1: found .* expected one for each of"):
        score([good, sentence("a b", gold, predicted)])
