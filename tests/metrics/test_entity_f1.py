from typing import Any

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training.metrics import Metric
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score

from datnet_allennlp.metrics import EntityF1

TAGS = ["O"] + [f"{letter}-{t}" for letter in "BIES" for t in ("PER", "geo-loc")]
PAIRS = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=12)


@given(st.lists(PAIRS, min_size=1, max_size=8), st.integers(1, 3))
def test_agrees_with_seqeval(sentences, batch_size: int) -> None:
    predicted = [[pair[0] for pair in sentence] for sentence in sentences]
    gold = [[pair[1] for pair in sentence] for sentence in sentences]
    metric = EntityF1(per_type=True)
    for i in range(0, len(gold), batch_size):
        metric(predicted[i : i + batch_size], gold[i : i + batch_size])
    values = metric.get_metric(reset=True)

    assert values["f1-measure-overall"] == pytest.approx(f1_score(gold, predicted, zero_division=0))
    assert values["precision-overall"] == pytest.approx(
        precision_score(gold, predicted, zero_division=0)
    )
    assert values["recall-overall"] == pytest.approx(recall_score(gold, predicted, zero_division=0))
    if any(tag != "O" for tags in predicted + gold for tag in tags):
        report = classification_report(gold, predicted, output_dict=True, zero_division=0)
        types = set(report) - {"micro avg", "macro avg", "weighted avg"}
        assert {key.split("-", 1)[1] for key in values} - {"measure-overall", "overall"} == {
            name for t in types for name in (t, f"measure-{t}")
        }
        for t in types:
            assert values[f"precision-{t}"] == pytest.approx(report[t]["precision"])
            assert values[f"recall-{t}"] == pytest.approx(report[t]["recall"])
            assert values[f"f1-measure-{t}"] == pytest.approx(report[t]["f1-score"])


# The counts are those that conlleval prints: (correct, predicted, gold).
@pytest.mark.parametrize(
    "predicted, gold, counts",
    [
        # Two adjacent entities of one type, predicted as one.
        ("B-PER I-PER I-PER", "B-PER I-PER B-PER", (0, 1, 2)),
        ("B-PER I-PER B-PER", "B-PER I-PER B-PER", (2, 2, 2)),
        # The type changes inside an entity: a second one starts.
        ("B-PER I-LOC", "B-PER I-PER", (0, 2, 1)),
        ("B-PER I-LOC", "B-PER B-LOC", (2, 2, 2)),
        # An I after an O starts an entity.
        ("O I-PER I-PER", "O B-PER I-PER", (1, 1, 1)),
        ("I-PER I-PER B-PER", "B-PER I-PER B-PER", (2, 2, 2)),
        # Right boundaries, wrong type.
        ("B-PER I-PER", "B-LOC I-LOC", (0, 1, 1)),
        ("O O", "O O", (0, 0, 0)),
        ("B-PER O", "O O", (0, 1, 0)),
        # BIOUL and BMES against BIO.
        ("U-PER B-PER L-PER O", "B-PER B-PER I-PER O", (2, 2, 2)),
        ("S-PER B-PER M-PER E-PER", "B-PER B-PER I-PER I-PER", (2, 2, 2)),
        ("U-PER U-PER", "B-PER I-PER", (0, 2, 1)),
    ],
)
def test_hand_counted(predicted: str, gold: str, counts) -> None:
    correct, num_predicted, num_gold = counts
    metric = EntityF1()
    metric([predicted.split()], [gold.split()])
    values = metric.get_metric()
    precision = correct / num_predicted if num_predicted else 0.0
    recall = correct / num_gold if num_gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if correct else 0.0
    assert values == pytest.approx(
        {"precision-overall": precision, "recall-overall": recall, "f1-measure-overall": f1}
    )


def test_an_entity_does_not_cross_sentences() -> None:
    metric = EntityF1()
    metric([["B-PER"], ["I-PER"]], [["B-PER"], ["B-PER"]])
    assert metric.get_metric()["f1-measure-overall"] == 1.0


def test_reset() -> None:
    metric = EntityF1(per_type=True)
    metric([["B-PER"]], [["B-PER"]])
    assert metric.get_metric()["f1-measure-PER"] == 1.0
    assert metric.get_metric(reset=True)["f1-measure-PER"] == 1.0
    assert metric.get_metric() == {
        "precision-overall": 0.0,
        "recall-overall": 0.0,
        "f1-measure-overall": 0.0,
    }


def test_is_registered() -> None:
    assert isinstance(Metric.from_params(Params({"type": "entity_f1"})), EntityF1)


@pytest.mark.parametrize(
    "predicted, gold", [([["O"]], [["O"], ["O"]]), ([["O"]], [["O", "O"]]), ([["O"]], [])]
)
def test_lengths_must_agree(predicted: list[list[str]], gold: list[list[str]]) -> None:
    with pytest.raises(ConfigurationError, match=r"sentences of \[1\] tokens, expected"):
        EntityF1()(predicted, gold)


def _count_on_two_workers(rank: int, rendezvous: str, expected: dict[str, Any]) -> None:
    # A file, for a port may be taken by another run of the tests.
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{rendezvous}", world_size=2, rank=rank
    )
    metric = EntityF1(per_type=True)
    # The workers see different numbers of batches and different types.
    if rank == 0:
        metric([["B-PER", "O"]], [["B-PER", "O"]])
        metric([["B-PER", "O"]], [["O", "O"]])
        assert metric.get_metric()["precision-overall"] == 0.5
    else:
        metric([["O", "B-LOC"]], [["B-MISC", "B-LOC"]])
        assert metric.get_metric()["precision-overall"] == 1.0
    assert metric.get_metric(reset=True) == pytest.approx(expected)
    assert metric.get_metric(reset=True)["f1-measure-overall"] == 0.0
    torch.distributed.destroy_process_group()


def test_distributed_counts_are_summed(tmp_path) -> None:
    expected = {
        "precision-overall": 2 / 3,
        "recall-overall": 2 / 3,
        "f1-measure-overall": 2 / 3,
        "precision-PER": 0.5,
        "recall-PER": 1.0,
        "f1-measure-PER": 2 / 3,
        "precision-LOC": 1.0,
        "recall-LOC": 1.0,
        "f1-measure-LOC": 1.0,
        "precision-MISC": 0.0,
        "recall-MISC": 0.0,
        "f1-measure-MISC": 0.0,
    }
    assert torch.distributed.is_available()
    arguments = (str(tmp_path / "rendezvous"), expected)
    torch.multiprocessing.start_processes(
        _count_on_two_workers, arguments, nprocs=2, start_method="fork"
    )
