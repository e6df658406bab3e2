"""
What the paper reports (Zhou et al., ACL 2019): F1 on the test sets in percent, Tables 2 to 6.

The authors' code chose its checkpoints on the test set, so these figures are the best of many
evaluations and not comparable to the letter. Six cells of Table 4 are left out, because they could
not be read with certainty in the text at hand: `Base`, `Base + AT` and `P-Transfer + AT` of
WNUT-2016, and `P-Transfer + AT`, `F-Transfer + AT` and `F-Transfer + AD + AT` of Spanish. Of Table
2 there are the paper's own models alone.
"""

from typing import Any

from datnet_allennlp.experiments.combinations import COMBINATIONS

_SPANISH, _DUTCH, _WNUT16, _WNUT17 = "conll2002_es", "conll2002_nl", "wnut2016", "wnut2017"
_CORPORA = (_SPANISH, _DUTCH, _WNUT16, _WNUT17)
_RATIOS = (0.1, 0.2, 0.4, 0.6)

# Table 2: mean, standard deviation and best of 10 runs on all target sentences.
_TABLE_2 = {
    "Base": ((85.35, 0.15, 85.53), (85.24, 0.21, 85.55),
             (44.37, 0.31, 44.96), (34.67, 0.34, 35.20)),
    "DATNet-P": ((87.89, 0.18, 88.16), (88.09, 0.13, 88.32),
                 (50.41, 0.32, 50.85), (40.52, 0.38, 41.12)),
    "DATNet-F": ((86.79, 0.20, 87.04), (87.52, 0.19, 87.77),
                 (53.03, 0.24, 53.43), (42.32, 0.32, 42.83)),
}  # fmt: skip

# Table 3: few target sentences.
_SIZES = (10, 50, 100, 200, 500, 1000)
_TABLE_3 = {
    _SPANISH: {
        "Base": (21.53, 42.18, 48.35, 63.66, 68.83, 76.69),
        "Base + AT": (19.23, 41.01, 50.46, 64.83, 70.85, 77.91),
        "P-Transfer": (29.78, 61.09, 64.78, 66.54, 72.94, 78.49),
        "F-Transfer": (39.72, 63.00, 63.36, 66.39, 72.88, 78.04),
        "DATNet-P": (39.52, 62.57, 64.05, 68.95, 75.19, 79.46),
        "DATNet-F": (44.52, 63.89, 66.67, 68.35, 74.24, 78.56),
    },
    _WNUT16: {
        "Base": (3.80, 14.07, 17.99, 26.20, 31.78, 36.99),
        "Base + AT": (4.34, 16.87, 18.43, 26.32, 35.68, 41.69),
        "P-Transfer": (7.71, 16.17, 20.43, 29.20, 34.90, 41.20),
        "F-Transfer": (15.26, 20.04, 26.60, 32.22, 38.35, 44.81),
        "DATNet-P": (9.94, 17.09, 25.39, 30.71, 36.05, 42.30),
        "DATNet-F": (17.14, 22.59, 28.41, 32.48, 39.20, 45.25),
    },
}

# Table 4: all target sentences; the rows in the order of `COMBINATIONS`.
_TABLE_4 = {
    _SPANISH: (
        85.35, 86.12,
        86.15, None, 86.32, 87.19, 86.93, 88.16,
        85.46, None, 85.58, None, 85.91, 87.04,
    ),
    _WNUT16: (
        None, None,
        47.66, None, 48.14, 49.41, 48.91, 50.85,
        49.79, 50.93, 50.48, 51.84, 51.31, 53.43,
    ),
}  # fmt: skip

# Table 5: the weight alpha of GRAD (0.1, 0.15, ..., 0.8), Spanish, a row for each ratio.
_ALPHAS = tuple(round(0.05 * step, 2) for step in range(2, 17))
_TABLE_5 = (
    (78.37, 78.63, 78.70, 78.32, 77.96, 77.92, 77.88, 77.78, 77.85, 77.90, 77.65, 77.57, 77.38,
     77.49, 77.29),
    (80.99, 81.71, 82.18, 81.57, 81.53, 81.55, 81.44, 81.25, 81.32, 81.16, 81.02, 81.16, 80.63,
     80.79, 80.54),
    (83.76, 83.73, 84.18, 84.48, 84.26, 84.12, 83.54, 83.40, 83.52, 84.18, 83.42, 83.47, 83.28,
     83.33, 83.19),
    (85.18, 85.24, 85.85, 85.68, 85.84, 86.10, 85.71, 85.74, 85.42, 85.60, 85.20, 85.40, 85.26,
     85.24, 84.98),
)  # fmt: skip

# Table 6: AT's bound for the target's words (the source's is 5), Spanish, a row for each ratio.
_EPSILONS = (1.0, 3.0, 5.0, 7.0, 9.0)
_TABLE_6 = (
    (75.90, 76.23, 77.38, 77.77, 78.13),
    (81.54, 81.65, 81.32, 81.81, 81.68),
    (83.62, 83.83, 83.43, 83.99, 83.40),
    (84.44, 84.47, 84.72, 84.04, 84.05),
)


def _by_ratio(name: str, values: tuple[float, ...], rows: tuple[tuple[float, ...], ...]) -> list:
    return [
        {"corpus": _SPANISH, "ratio": ratio, name: value, "f1": f1}
        for ratio, row in zip(_RATIOS, rows, strict=True)
        for value, f1 in zip(values, row, strict=True)
    ]


# By number of the table: a record for each figure with its keys (`corpus`, `model`, `size`,
# `ratio`, `alpha`, `epsilon`) and `f1`; Table 2 also with `sd` and `best`, its `f1` being the mean.
TABLES: dict[int, list[dict[str, Any]]] = {
    2: [
        {"corpus": corpus, "model": model, "f1": mean, "sd": sd, "best": best}
        for model, row in _TABLE_2.items()
        for corpus, (mean, sd, best) in zip(_CORPORA, row, strict=True)
    ],
    3: [
        {"corpus": corpus, "model": model, "size": size, "f1": f1}
        for corpus, rows in _TABLE_3.items()
        for model, row in rows.items()
        for size, f1 in zip(_SIZES, row, strict=True)
    ],
    4: [
        {"corpus": corpus, "model": model, "f1": f1}
        for corpus, column in _TABLE_4.items()
        for model, f1 in zip(COMBINATIONS, column, strict=True)
        if f1 is not None
    ],
    5: _by_ratio("alpha", _ALPHAS, _TABLE_5),
    6: _by_ratio("epsilon", _EPSILONS, _TABLE_6),
}


def paper_f1(table: int, keys: dict[str, Any]) -> float | None:
    """
    The paper's F1 in percent.

    # Parameters

    table : `int`
        2 to 6.
    keys : `dict[str, Any]`
        Such as `{"corpus": "wnut2016", "model": "DATNet-F", "size": 100}`. Keys that the table does
        not have are of no effect.

    # Returns

    `float`, or `None` if the table has no figure, or more than one, with these keys.
    """
    found = [
        record["f1"]
        for record in TABLES[table]
        if all(keys.get(key) == record[key] for key in record.keys() - {"f1", "sd", "best"})
    ]
    return found[0] if len(found) == 1 else None
