import copy
from pathlib import Path

import numpy
import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from datnet_allennlp.evaluation.batches import read_set
from datnet_allennlp.evaluation.resource_distance import (
    proxy_a_distance,
    resource_distance,
    resource_logits,
    shared_encodings,
)


@pytest.fixture
def untrained(small_config, build):
    """Makes a model, its reader, and the dev set of each of its resources."""

    def make(variant: str):
        config = small_config(variant)
        reader = DatasetReader.from_params(Params(copy.deepcopy(config["dataset_reader"])))
        paths = {
            name: str(Path(part["path"]).with_name("dev.conll"))
            for name, part in config["train_data_path"].items()
        }
        return build(config).model, reader, paths

    return make


@pytest.mark.long
@pytest.mark.parametrize("variant", ["datnet_f", "datnet_p"])
def test_sentence_by_sentence(variant: str, untrained, as_batch) -> None:
    model, reader, paths = untrained(variant)
    logits, encodings = {}, {}
    for name in paths:
        instances = read_set(reader, paths[name], name)
        logits[name] = resource_logits(model, instances)
        encodings[name] = shared_encodings(model, instances)
        model.eval()
        for row, instance in enumerate(instances):
            batch = as_batch([instance], model.vocab)
            with torch.no_grad():
                mask = torch.ones(1, len(instance["tokens"]), dtype=torch.bool)
                embedded = model.text_field_embedder(batch["tokens"], resource=name)
                shared = model.encoder(embedded, mask, resource=name)[..., -12:]
                logit = model.discriminator(shared, mask)
            assert logits[name][row] == pytest.approx(logit.item(), abs=1e-5)
            numpy.testing.assert_allclose(
                encodings[name][row], shared[0].mean(dim=0).numpy(), atol=1e-5
            )

    # An untrained discriminator gives all sentences one answer, so the border is moved to where it
    # calls a third of the target the target.
    ordered = numpy.sort(logits["target"])
    third = len(ordered) // 3
    border = ordered[third - 1 : third + 1].mean()
    model.discriminator.projection.bias.data -= float(border)
    found = resource_distance(model, reader, paths, seed=3)
    of_source = numpy.mean([logit > border for logit in logits["source"]])
    assert found == {
        "discriminator_accuracy_source": pytest.approx(of_source),
        "discriminator_accuracy_target": pytest.approx(third / len(ordered)),
        "discriminator_accuracy": pytest.approx((of_source + third / len(ordered)) / 2),
        "proxy_a_distance_source": proxy_a_distance(encodings["source"], encodings["target"], 3),
    }


def test_without_a_discriminator(untrained) -> None:
    model, reader, paths = untrained("f_transfer")
    found = resource_distance(model, reader, paths)
    assert found.keys() == {"proxy_a_distance_source"}
    with pytest.raises(ConfigurationError, match=r"model\.discriminator: found none"):
        resource_logits(model, read_set(reader, paths["target"]))


def test_one_resource_is_no_distance(untrained) -> None:
    model, reader, paths = untrained("f_transfer")
    for name in paths:
        with pytest.raises(ConfigurationError, match="expected one for the target 'target'"):
            resource_distance(model, reader, {name: paths[name]})


def test_training_goes_on_as_before(untrained) -> None:
    model, reader, paths = untrained("datnet_f")
    model.train()
    before = torch.get_rng_state()
    resource_distance(model, reader, paths)
    assert model.training
    assert torch.equal(before, torch.get_rng_state())
    assert model.get_metrics() == {}


class TestProxyADistance:
    @pytest.mark.long
    def test_alike(self) -> None:
        rng = numpy.random.default_rng(0)
        distances = [
            proxy_a_distance(rng.normal(size=(200, 8)), rng.normal(size=(200, 8)), seed)
            for seed in range(30)
        ]
        # An accuracy of 200 test sentences has a standard deviation of 0.035, times 4.
        assert numpy.mean(distances) == pytest.approx(0, abs=3 * 0.14 / 30**0.5)

    def test_apart(self) -> None:
        rng = numpy.random.default_rng(0)
        first, second = rng.normal(size=(100, 8)), rng.normal(size=(100, 8))
        second[:, 3] += 20
        assert proxy_a_distance(first, second) == 2

    def test_between(self) -> None:
        """The best linear classifier of N(0, 1) and N(2, 1) is wrong with probability 0.1587."""
        rng = numpy.random.default_rng(0)
        first, second = rng.normal(0, 1, (4000, 1)), rng.normal(2, 1, (4000, 1))
        assert proxy_a_distance(first, second) == pytest.approx(2 * (1 - 2 * 0.1587), abs=0.07)

    @pytest.mark.long
    def test_a_large_resource_is_no_easier(self) -> None:
        rng = numpy.random.default_rng(0)
        distances = [
            proxy_a_distance(rng.normal(size=(2000, 2)), rng.normal(size=(100, 2)), seed)
            for seed in range(30)
        ]
        assert numpy.mean(distances) == pytest.approx(0, abs=3 * 0.2 / 30**0.5)

    def test_seeded(self) -> None:
        rng = numpy.random.default_rng(0)
        first, second = rng.normal(size=(60, 2)), rng.normal(1, 1, size=(90, 2))
        found = [proxy_a_distance(first, second, seed) for seed in (1, 1, 5, 6, 7)]
        assert found[0] == found[1]
        assert len(set(found)) > 1

    def test_too_few(self) -> None:
        with pytest.raises(ConfigurationError, match="found 3 and 9 sentences, expected at least"):
            proxy_a_distance(numpy.ones((3, 2)), numpy.ones((9, 2)))
