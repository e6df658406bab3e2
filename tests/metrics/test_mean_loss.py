from datnet_allennlp.metrics.mean_loss import MeanLoss


def test_the_mean_of_each_resource_since_the_last_reset() -> None:
    metric = MeanLoss()
    assert metric.get_metric() == {}
    for resource, loss in (("target", 1.0), ("source", 5.0), ("target", 2.0)):
        metric(resource, loss)
    assert metric.get_metric() == {"target": 1.5, "source": 5.0}
    assert metric.get_metric(reset=True) == {"target": 1.5, "source": 5.0}
    metric("source", -3.0)
    assert metric.get_metric() == {"source": -3.0}
