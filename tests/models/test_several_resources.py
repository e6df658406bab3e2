"""More than one source, and resources without tags."""

import copy

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.modules.discriminators import Grad


@pytest.fixture
def three(small_config):
    """DATNet-P with a second source, `web`, the fixtures' source again."""
    config = small_config("datnet_p")
    model = config["model"]
    for resources in (
        config["dataset_reader"]["readers"],
        config["train_data_path"],
        model["tag_namespaces"],
        model["encoder"]["private"],
        model["text_field_embedder"]["per_resource"],
        config["data_loader"]["batch_sampler"]["rates"],
    ):
        resources["web"] = copy.deepcopy(resources["source"])
    model["discriminator"] = {
        "type": "grad",
        "alpha": {"source": 0.2, "target": 0.5, "web": 0.3},
        "gamma": 2.0,
    }
    return config


@pytest.fixture
def unlabelled(small_config):
    """DATNet-P with text of the target without tags."""
    config = small_config("datnet_p")
    readers = config["dataset_reader"]["readers"]
    readers["raw"] = {**copy.deepcopy(readers["target"]), "tag_column": None}
    config["train_data_path"]["raw"] = {**config["train_data_path"]["target"], "complement": True}
    config["model"]["unlabelled"] = {"raw": "target"}
    return config


@pytest.mark.long
def test_three_resources_train_and_report(three, build):
    run = build(three)
    assert isinstance(run.model.discriminator, Grad)
    assert run.model.discriminator.resources == ("target", "source", "web")
    metrics = run.trainer.train()
    for resource in ("target", "source", "web"):
        assert 0 <= metrics[f"training_discriminator_accuracy_{resource}"] <= 1
        assert metrics[f"training_tag_loss_{resource}"] > 0
    assert metrics["training_discriminator_loss"] > 0


def test_the_loss_is_that_of_the_batchs_own_resource(three, build, read, as_batch):
    model = build(three).model.eval()
    for number, resource in enumerate(("target", "source", "web")):
        output = model(**as_batch(read(three, resource, 5), model.vocab))
        tokens = as_batch(read(three, resource, 5), model.vocab)["tokens"]
        embedded = model.text_field_embedder(tokens, resource=resource)
        encoded = model.encoder(embedded, output["mask"], resource=resource)
        logits = model.discriminator(model.encoder.shared_part(encoded), output["mask"])
        p = logits.softmax(dim=1)[:, number]
        expected = -({0: 0.5, 1: 0.2, 2: 0.3}[number] * (1 - p) ** 2 * p.log()).mean()
        torch.testing.assert_close(output["discriminator_loss"], expected)


def test_text_without_tags_costs_the_discriminators_loss_alone(unlabelled, build, read, as_batch):
    model = build(unlabelled).model.train()
    batch = as_batch(read(unlabelled, "raw", 6), model.vocab)
    assert "tags" not in batch and set(batch["resource"]) == {"raw"}
    output = model(**batch)
    assert torch.equal(output["loss"], output["discriminator_loss"])
    output["loss"].backward()
    moved = {name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()}
    assert any(name.startswith("discriminator.") for name in moved)
    assert any(name.startswith("encoder.shared.") for name in moved)
    assert not any(name.startswith(("decoders.", "encoder.private.")) for name in moved)
    # It is the target's text, with the target's embeddings and class.
    as_target = model(
        **{**batch, "resource": ["target"] * 6, "tags": batch["tokens"]["words"]["tokens"] * 0}
    )
    torch.testing.assert_close(as_target["discriminator_loss"], output["discriminator_loss"])


@pytest.mark.long
def test_text_without_tags_in_training(unlabelled, build):
    run = build(unlabelled)
    metrics = run.trainer.train()
    assert "training_tag_loss_raw" not in metrics
    assert "training_discriminator_accuracy_raw" not in metrics
    assert metrics["training_discriminator_accuracy_target"] >= 0


@pytest.mark.parametrize(
    "changes",
    [
        {"unlabelled": {"source": "target"}},
        {"unlabelled": {"raw": "tweets"}},
    ],
)
def test_refuses_text_that_nothing_reads(changes, unlabelled, build):
    unlabelled["model"].update(changes)
    with pytest.raises(ConfigurationError, match=r"model\.unlabelled: found '.*' as text of '"):
        build(unlabelled)
