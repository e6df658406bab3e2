"""The table of scores."""

from datnet_allennlp.experiments.report.scores import scores_table

FACTORS = {"model": ["Base", "DATNet-F"], "size": [10, 100], "pair": [1, 2]}


def test_by_hand_with_the_paper_beside(few_sizes, grid_of, plan):
    paper = {"table": 3, "corpus": "wnut2016"}
    table = scores_table(grid_of(few_sizes[:-2], plan(FACTORS, report={"paper": paper})))
    assert table.columns == ["model", "10", "paper", "100", "paper"]
    assert table.rows == [
        ["Base", "11.0 ± 1.4 (2)", "3.8", "22.0 ± 2.8 (2)", "18.0"],
        ["DATNet-F", "17.0 ± 2.8 (2)", "17.1", "–", "28.4"],
    ]
    assert [(each["model"], each["size"], each["n"]) for each in table.records] == [
        ("Base", 10, 2),
        ("Base", 100, 2),
        ("DATNet-F", 10, 2),
    ]
    assert table.records[2]["best"] == 0.19
    assert table.records[2]["paper"] == 0.1714


def test_without_the_paper(few_sizes, grid_of):
    table = scores_table(grid_of(few_sizes))
    assert table.columns == ["model", "10", "100"]
    assert "paper" not in table.caption


def test_without_columns(line, grid_of):
    table = scores_table(grid_of([line({"model": "Base", "seed": 1}, 0.3)]))
    assert (table.columns, table.rows) == (["model", "F1"], [["Base", "30.0 (1)"]])
