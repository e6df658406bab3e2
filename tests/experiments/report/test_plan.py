"""Specifications, read without their data."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.experiments.report.plan import read_plans


def test_names_and_factors(tmp_path):
    (tmp_path / "a.jsonnet").write_text(
        "{ factors: { n: [1, 2] }, cells: [{ factors: { n: i }, config: 'none' } for i in [1, 2]] }"
    )
    (tmp_path / "b.jsonnet").write_text("{ name: 'other', factors: { n: [1] }, cells: [] }")
    plans = read_plans([tmp_path / "a.jsonnet", tmp_path / "b.jsonnet"])
    assert list(plans) == ["a", "other"]
    assert [cell["factors"] for cell in plans["a"]["cells"]] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "s.jsonnet: no specification of experiments: .*unexpected"),
        ("[]", "s.jsonnet: no specification of experiments"),
        ("{ name: 'x' }", "found name, expected factors and cells"),
        ("{ factors: { n: [1] }, cells: [{ factors: {} }] }", "found a cell with other factors"),
        ("{ factors: { n: [1] }, cells: [1] }", "s.jsonnet: no specification of experiments"),
    ],
)
def test_no_specification(text: str, message: str, tmp_path):
    (tmp_path / "s.jsonnet").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        read_plans([tmp_path / "s.jsonnet"])


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigurationError, match="--spec: found no file"):
        read_plans([tmp_path / "s.jsonnet"])
