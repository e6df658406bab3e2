"""Curves of F1."""

from datnet_allennlp.experiments.combinations import COMBINATIONS
from datnet_allennlp.experiments.report.curves import draw_curves


def test_many_models_get_a_panel_for_each_architecture(line, grid_of, tmp_path):
    lines = [
        line({"model": model, "size": size, "pair": pair}, size / 1000 + pair / 50)
        for model in COMBINATIONS
        for size in (50, 100)
        for pair in (1, 2)
    ]
    path = draw_curves(grid_of(lines), tmp_path)
    drawn = path.with_suffix(".svg").read_text()
    assert drawn.count(">Base<") == 2
    assert all(drawn.count(f">{model}<") == 1 for model in COMBINATIONS if "Base" not in model)
    assert ">the paper<" not in drawn


def test_no_curves_of_what_is_no_number(line, grid_of, plan, tmp_path):
    lines = [line({"model": "Base", "coding": each, "seed": 1}, 0.1) for each in ("BIO", "IO")]
    report = {"columns": ["coding"]}
    factors = {"model": ["Base"], "coding": ["BIO", "IO"], "seed": [1]}
    assert draw_curves(grid_of(lines, plan(factors, report=report)), tmp_path) is None
    assert draw_curves(grid_of(lines[:1]), tmp_path) is None
    assert list(tmp_path.iterdir()) == []
