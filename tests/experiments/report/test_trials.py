"""The expected best of tuning."""

import pytest

from datnet_allennlp.experiments.report.trials import find_trials, trials_table

FACTORS = {"model": ["Base", "DATNet-F"], "lr": [0.1, 0.2], "seed": [1, 2]}
# Dev F1 is 5 points more.
SCORES = {
    ("Base", 0.1): (0.10, 0.20),
    ("Base", 0.2): (0.30, 0.20),
    ("DATNet-F", 0.1): (0.40, 0.60),
}


@pytest.fixture
def lines(line):
    return [
        line({"model": model, "lr": lr, "seed": seed}, f1)
        for (model, lr), of_seeds in SCORES.items()
        for seed, f1 in enumerate(of_seeds, start=1)
    ]


def test_a_trial_is_a_mean_over_seeds(lines, grid_of, plan):
    grid = grid_of(lines, plan(FACTORS, report={"trials_over": ["lr"]}))
    table = trials_table(grid, find_trials(grid))
    assert table.columns == ["model", "trials", "best of 1", "best of 2", "winner"]
    # Base: trials of 20 and 30. The best of two draws is 20 in one case of four.
    assert table.rows == [
        ["Base", "2", "25.0", "27.5", "lr=0.2"],
        ["DATNet-F", "1", "55.0", "", "lr=0.1"],
    ]
    assert [each["expected"] for each in table.records] == pytest.approx([0.25, 0.275, 0.55])


def test_seeds_may_be_trials(lines, grid_of, plan):
    grid = grid_of(lines, plan(FACTORS, report={"trials_over": ["lr", "seed"]}))
    base, datnet = find_trials(grid)
    assert (base.best, len(base.expected.mean)) == ((0.2, 1), 4)
    assert (datnet.best, len(datnet.expected.mean)) == ((0.1, 2), 2)


def test_tuning_is_shown_on_dev(lines, grid_of, plan):
    grid = grid_of(lines, plan(FACTORS, report={"trials_over": ["lr"]}))
    assert grid.settings.metric == "best_dev_f1"


def test_nothing_tuned(lines, grid_of):
    assert find_trials(grid_of(lines)) == []
