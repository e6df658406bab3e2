import logging
from typing import List

import pytest
import torch

from datnet_allennlp.models.discriminator_report import DiscriminatorReport

LOGGER = "datnet_allennlp.models.discriminator_report"


def count(report: DiscriminatorReport, *batches) -> None:
    for logits, loss, resource in batches:
        says_source = torch.tensor(logits) > 0
        report(says_source == (resource != "target"), torch.tensor(loss), resource)


def report_of(*batches) -> DiscriminatorReport:
    report = DiscriminatorReport()
    count(report, *batches)
    return report


def test_accuracy_and_loss() -> None:
    report = report_of(
        ([2.0, 0.1, -1.0, 3.0], 0.5, "source"),
        ([-1.0], 2.0, "target"),
        ([4.0, -0.5], 1.0, "source"),
    )
    metrics = report.get_metric()
    assert metrics == {
        "discriminator_loss": pytest.approx((4 * 0.5 + 1 * 2.0 + 2 * 1.0) / 7),
        "discriminator_accuracy_source": pytest.approx(4 / 6),
        "discriminator_accuracy_target": pytest.approx(1.0),
        # The mean of the resources, not of the sentences.
        "discriminator_accuracy": pytest.approx((4 / 6 + 1) / 2),
    }


def test_several_sources() -> None:
    report = report_of(([1.0], 1.0, "news"), ([-1.0], 1.0, "web"), ([1.0], 1.0, "target"))
    metrics = report.get_metric()
    assert metrics["discriminator_accuracy_news"] == 1
    assert metrics["discriminator_accuracy_web"] == 0
    assert metrics["discriminator_accuracy_target"] == 0


def test_reset() -> None:
    report = report_of(([1.0], 3.0, "source"))
    assert report.get_metric(reset=False) == report.get_metric(reset=True) != {}
    assert report.get_metric() == {}
    report(torch.tensor([False]), torch.tensor(1.0), "source")
    assert report.get_metric()["discriminator_loss"] == 1.0
    assert report.get_metric()["discriminator_accuracy_source"] == 0.0


def test_keeps_no_graph() -> None:
    report = DiscriminatorReport()
    logits = torch.randn(3, requires_grad=True)
    report(logits > 0, logits.sum(), "source")
    assert isinstance(report.get_metric()["discriminator_loss"], float)


@pytest.mark.parametrize(
    "source, target, collapsed",
    [
        ([1.0] * 40, [1.0] * 40, "target"),
        ([-1.0] * 40, [-1.0] * 40, "source"),
        # 1 in 40 is right: next to nothing.
        ([1.0] * 40, [1.0] * 39 + [-1.0], "target"),
        # It is right of both, or wrong of both.
        ([1.0] * 40, [-1.0] * 40, None),
        ([-1.0] * 40, [1.0] * 40, None),
        # A tenth of the target is told apart.
        ([1.0] * 40, [1.0] * 36 + [-1.0] * 4, None),
        # Too few to say.
        ([1.0] * 40, [1.0] * 29, None),
    ],
)
def test_warns_of_a_collapsed_discriminator(
    source: List[float], target: List[float], collapsed, caplog: pytest.LogCaptureFixture
) -> None:
    report = report_of()
    with caplog.at_level(logging.WARNING, logger=LOGGER):
        for epoch in range(5):
            count(report, (source, 1.0, "source"), (target, 1.0, "target"))
            report.get_metric()
            report.get_metric(reset=True)
            # The dev set, which holds the target alone, says nothing.
            count(report, (target, 1.0, "target"))
            report.get_metric(reset=True)
            if epoch < 2:
                assert not caplog.records  # it may be about to learn
    if collapsed is None:
        assert not caplog.records
    else:
        [record] = caplog.records  # once is enough
        assert f"of the '{collapsed}' sentences" in record.getMessage()


def test_one_resource_cannot_collapse(caplog: pytest.LogCaptureFixture) -> None:
    report = report_of(([1.0] * 40, 1.0, "target"))
    with caplog.at_level(logging.WARNING, logger=LOGGER):
        report.get_metric(reset=True)
    assert not caplog.records


@pytest.mark.parametrize(
    "right, collapsed",
    [
        ({"news": 1.0, "web": 0.0, "target": 0.0}, "target', 'web"),
        ({"news": 1.0, "web": 1.0, "target": 0.0}, None),  # it tells news from web
        ({"news": 0.3, "web": 0.3, "target": 0.3}, None),
    ],
)
def test_several_sources_collapse_into_one(right, collapsed, caplog) -> None:
    report = report_of()
    with caplog.at_level(logging.WARNING, logger=LOGGER):
        for _ in range(3):
            for resource, share in right.items():
                report(torch.arange(40) < 40 * share, torch.tensor(1.0), resource)
            report.get_metric(reset=True)
    assert len(caplog.records) == (collapsed is not None)
    assert all(f"of the '{collapsed}' sentences" in r.getMessage() for r in caplog.records)
