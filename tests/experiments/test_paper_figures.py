"""The paper's figures against sums and relations that the paper's text states."""

import pytest

from datnet_allennlp.experiments.combinations import COMBINATIONS
from datnet_allennlp.experiments.paper_figures import TABLES, paper_f1


def test_names_of_the_combinations():
    assert list(COMBINATIONS)[:4] == ["Base", "Base + AT", "P-Transfer", "P-Transfer + AT"]
    assert list(COMBINATIONS)[-4:] == [
        "F-Transfer + AD",
        "F-Transfer + AD + AT",
        "F-Transfer + GRAD",
        "DATNet-F",
    ]
    assert COMBINATIONS["DATNet-P"] == {"architecture": "P", "discriminator": "GRAD", "AT": "AT"}
    assert len({tuple(each.values()) for each in COMBINATIONS.values()}) == 14


@pytest.mark.parametrize(
    ("table", "keys", "f1"),
    [
        (2, {"corpus": "wnut2017", "model": "DATNet-F"}, 42.32),
        (3, {"corpus": "wnut2016", "model": "P-Transfer", "size": 100}, 20.43),
        (3, {"corpus": "conll2002_es", "model": "DATNet-P", "size": 1000, "pair": 1}, 79.46),
        (4, {"corpus": "wnut2016", "model": "F-Transfer + AD"}, 50.48),
        (4, {"corpus": "wnut2016", "model": "Base"}, None),
        (5, {"corpus": "conll2002_es", "alpha": 0.35, "ratio": 0.6}, 86.10),
        (6, {"corpus": "conll2002_es", "epsilon": 9.0, "ratio": 0.1}, 78.13),
        (3, {"corpus": "wnut2016", "model": "DATNet-F"}, None),
        (3, {"corpus": "wnut2017", "model": "DATNet-F", "size": 100}, None),
    ],
)
def test_look_up(table, keys, f1):
    assert paper_f1(table, keys) == f1


def test_sizes():
    assert {number: len(table) for number, table in TABLES.items()} == {
        2: 12,
        3: 72,
        4: 22,
        5: 60,
        6: 20,
    }


def test_full_models_of_table_4_are_the_best_of_table_2():
    best = {(each["corpus"], each["model"]): each["best"] for each in TABLES[2]}
    for each in TABLES[4]:
        if each["model"] in ("DATNet-P", "DATNet-F"):
            assert each["f1"] == best[each["corpus"], each["model"]]


def test_best_rows_of_tables_5_and_6():
    """Section 4.5: the larger the ratio, the larger the best alpha."""
    best = {}
    for each in TABLES[5]:
        best[each["ratio"]] = max(best.get(each["ratio"], (0, 0)), (each["f1"], each["alpha"]))
    assert [alpha for _, alpha in best.values()] == [0.2, 0.2, 0.25, 0.35]
