"""Precision, recall and F1 from counts."""


def ratios(correct: int, predicted: int, gold: int) -> dict[str, float]:
    """
    `precision`, `recall` and `f1`, from 0 to 1. A ratio without any entities below the line is 0.
    """
    return {
        "precision": correct / predicted if predicted else 0.0,
        "recall": correct / gold if gold else 0.0,
        "f1": 2 * correct / (predicted + gold) if correct else 0.0,
    }
