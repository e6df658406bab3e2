"""The table of cells."""

import pytest

from datnet_allennlp.experiments.report.cells import cells_table

EPOCHS = "best test of epochs (checkpoint chosen on test, as the authors' code)"


def test_table_by_hand(few_sizes, grid_of):
    table = cells_table(grid_of(few_sizes))
    assert table.columns == [
        "model",
        "size",
        "mean ± sd (n)",
        "best",
        "difference (n)",
        "over sentences",
        "over runs",
    ]
    assert table.rows[0] == ["Base", "10", "11.0 ± 1.4 (2)", "12.0", "", "", ""]
    assert table.rows[3][:6] == ["DATNet-F", "100", "31.0 ± 1.4 (2)", "32.0", "+9.0 (2)", ""]
    assert table.records[3]["difference"] == pytest.approx(0.09)
    assert table.records[3]["pairs"] == 2


def test_the_best_of_epochs_only_under_its_name(line, grid_of):
    lines = [
        line({"model": "Base", "pair": 1}, 0.2, best_test_f1_of_epochs=0.25),
        line({"model": "DATNet-F", "pair": 1}, 0.3),
    ]
    table = cells_table(grid_of(lines))
    place = table.columns.index(EPOCHS)
    assert [row[place] for row in table.rows] == ["25.0 (1)", ""]
    assert [each[EPOCHS] for each in table.records] == [0.25, None]
    assert all("25.0" not in cell for row in table.rows for cell in row[:place])


def test_the_paper_beside_and_no_baseline(few_sizes, grid_of, plan):
    factors = {"model": ["Base", "DATNet-F"], "size": [10, 100], "pair": [1, 2]}
    report = {"paper": {"table": 3, "corpus": "wnut2016"}}
    grid = grid_of(few_sizes, plan(factors, report=report))
    grid.baseline = {}
    table = cells_table(grid)
    assert table.columns == ["model", "size", "mean ± sd (n)", "best", "paper"]
    assert table.rows[3] == ["DATNet-F", "100", "31.0 ± 1.4 (2)", "32.0", "28.4"]
    assert table.caption == "F1 on the test set in percent."
