"""Maps of the encodings."""

from datnet_allennlp.experiments.report.maps import draw_maps

POINTS = {"source": [(0.0, 1.0), (2.0, 3.0)], "target": [(4.0, 5.0), (6.0, 7.0)]}


def test_a_panel_for_each_model_with_the_mean_distance_below(line, grid_of, tmp_path):
    lines = [
        line(
            {"model": model, "pair": pair},
            0.5,
            distance={"proxy_a_distance_source": distance + pair / 10},
            encoding_map=POINTS,
        )
        for model, distance in (("P-Transfer", 1.0), ("P-Transfer + GRAD", 0.5))
        for pair in (1, 2)
    ]
    drawn = draw_maps(grid_of(lines), tmp_path).with_suffix(".svg").read_text()
    assert ">P-Transfer + GRAD<" in drawn
    assert ">proxy A-distance 1.15<" in drawn and ">proxy A-distance 0.65<" in drawn
    assert drawn.count(">source<") == drawn.count(">target<") == 1


def test_no_maps_where_none_was_recorded(line, grid_of, tmp_path):
    assert draw_maps(grid_of([line({"model": "Base", "pair": 1}, 0.5)]), tmp_path) is None
