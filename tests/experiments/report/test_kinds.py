"""Kinds of scores side by side."""

from datnet_allennlp.experiments.report.kinds import kinds_table


def test_those_that_were_recorded(line, grid_of):
    lines = [line({"model": "Base", "pair": pair}, f1) for pair, f1 in ((1, 0.2), (2, 0.3))]
    lines[0]["scores"]["test"]["unseen"] = {"f1": 0.1}
    lines[1]["distance"] = {"discriminator_accuracy": 0.625, "proxy_a_distance_source": 1.254}
    lines[1]["scores"]["source"] = {"conlleval": {"f1": 0.8}}
    table = kinds_table(grid_of(lines))
    assert table.columns == [
        *("model", "n", "conlleval", "unseen", "dev", "source"),
        *("discriminator", "A-distance"),
    ]
    assert table.rows == [["Base", "2", "25.0", "10.0", "30.0", "80.0", "62.5", "1.25"]]


def test_f1_of_no_entity_is_none(line, grid_of):
    lines = [line({"model": "Base", "pair": pair}, 0.2) for pair in (1, 2)]
    for each in lines:
        each["scores"]["test"]["seen"] = {"f1": 0.0, "gold": 0}
        each["scores"]["test"]["unseen"] = {"f1": 0.3, "gold": 7}
    table = kinds_table(grid_of(lines))
    assert table.columns == ["model", "n", "conlleval", "unseen", "dev"]
    assert table.rows == [["Base", "2", "20.0", "30.0", "25.0"]]


def test_one_kind_is_no_comparison(line, grid_of):
    only = line({"model": "Base", "pair": 1}, 0.2)
    del only["scores"]["dev"]
    assert kinds_table(grid_of([only])) is None
