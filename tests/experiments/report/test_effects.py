"""Main effects by hand."""

import pytest

from datnet_allennlp.experiments.report.effects import draw_effects, effects_table, find_effects
from datnet_allennlp.experiments.report.formats import Bold

# F1 of pairs 1 and 2, at sizes 10 and 100.
SCORES = {
    "Base": {10: (0.10, 0.10), 100: (0.20, 0.20)},
    "Base + AT": {10: (0.12, 0.12), 100: (0.24, 0.24)},
    "F-Transfer": {10: (0.20, 0.22), 100: (0.30, 0.36)},
    "F-Transfer + AT": {10: (0.21, 0.23), 100: (0.35, 0.41)},
}


@pytest.fixture
def lines(line):
    return [
        line({"model": model, "size": size, "pair": pair}, f1)
        for model, of_sizes in SCORES.items()
        for size, of_pairs in of_sizes.items()
        for pair, f1 in enumerate(of_pairs, start=1)
    ]


def test_effects_are_paired_and_pooled(lines, grid_of):
    effects = {(each["name"], each["at"]): each for each in find_effects(grid_of(lines))}
    assert set(effects) == {
        (name, at) for name in ("AT against none", "F against base") for at in ("all", "10", "100")
    }
    # AT: +2, +2, +1, +1 at 10; +4, +4, +5, +5 at 100.
    found = effects["AT against none", "all"]
    assert (found["n"], found["num_clusters"]) == (8, 2)
    assert found["mean"] == pytest.approx(0.03)
    assert effects["AT against none", "10"]["mean"] == pytest.approx(0.015)
    assert effects["AT against none", "100"]["mean"] == pytest.approx(0.045)
    # F: +10, +12, +9, +11 at 10 without and with AT; +10, +16, +11, +17 at 100.
    found = effects["F against base", "all"]
    assert found["mean"] == pytest.approx(0.12)
    # The means of the two pairs are +10 and +14: a standard error of 2, times 12.706.
    assert found["low"] == pytest.approx(0.12 - 0.25412, abs=0.006)
    assert found["paper"] is None


def test_datnet_against_transfer_alone(line, grid_of) -> None:
    lines = [
        line({"model": model, "size": 10, "pair": pair}, f1)
        for model, of_pairs in {"F-Transfer": (0.20, 0.22), "DATNet-F": (0.23, 0.23)}.items()
        for pair, f1 in enumerate(of_pairs, start=1)
    ]
    effect, *rest = find_effects(grid_of(lines))
    assert effect["name"] == "model: DATNet-F against F-Transfer" and not rest
    assert effect["mean"] == pytest.approx(0.02)


def test_bold_where_the_interval_leaves_out_zero(lines, grid_of):
    grid = grid_of(lines)
    rows = {(row[0], row[1]): row for row in effects_table(grid, find_effects(grid)).rows}
    # The pairs agree on AT, and they do not on F.
    assert rows["AT against none", "all"][2:4] == ["+3.0", "[+3.0, +3.0]"]
    assert isinstance(rows["AT against none", "all"][2], Bold)
    assert rows["F against base", "all"][2] == "+12.0"
    assert not isinstance(rows["F against base", "all"][2], Bold)


def test_the_same_differences_of_the_paper(lines, grid_of, plan):
    factors = {"model": list(SCORES), "size": [10, 100], "pair": [1, 2]}
    paper = {"table": 3, "corpus": "wnut2016"}
    grid = grid_of(lines, plan(factors, report={"paper": paper}))
    found = {(each["name"], each["at"]): each["paper"] for each in find_effects(grid)}
    # Table 3: base 3.80 and 17.99, with AT 4.34 and 18.43; it has no F-Transfer with AT.
    assert found["AT against none", "10"] == pytest.approx(0.0054)
    assert found["AT against none", "all"] == pytest.approx((0.0054 + 0.0044) / 2)
    # F-Transfer 15.26 and 26.60.
    assert found["F against base", "100"] == pytest.approx(0.2660 - 0.1799)


def test_contrasts_of_ones_own(lines, grid_of, plan):
    factors = {"model": list(SCORES), "size": [10, 100], "pair": [1, 2]}
    contrasts = [{"factor": "size", "of": 100, "against": 10}]
    grid = grid_of(lines, plan(factors, report={"contrasts": contrasts}))
    (effect,) = find_effects(grid)
    assert (effect["name"], effect["at"], effect["n"]) == ("size: 100 against 10", "all", 8)
    # Base +10, +10; with AT +12, +12; F +10, +14; with AT +14, +18.
    assert effect["mean"] == pytest.approx(0.125)


def test_no_pairs_no_effect(lines, grid_of):
    base = [each for each in lines if each["factors"]["model"] == "Base"]
    assert find_effects(grid_of(base)) == []


def test_figure(lines, grid_of, tmp_path):
    grid = grid_of(lines)
    drawn = draw_effects(grid, find_effects(grid), tmp_path).with_suffix(".svg").read_text()
    for text in ("AT against none", "F against base", "all", "size 10", "size 100"):
        assert f">{text}<" in drawn
