"""Numbers that have to be above 0."""

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.sizes import check_sizes


@pytest.mark.parametrize(
    "key, value, message",
    [
        ("trainer.num_epochs", 0, "found 0, expected at least 1"),
        ("trainer.num_epochs", -3, "found -3, expected at least 1"),
        ("trainer.grad_norm", -1.0, "found -1.0, expected more than 0"),
        ("trainer.grad_norm", float("nan"), "found nan, expected more than 0"),
        ("numpy_seed", 2**32, "found 4294967296, expected 0 to 4294967295"),
        ("pytorch_seed", -(2**64), "found -18446744073709551616, expected -9223372036854775808 to"),
        ("trainer.optimizer.lr", -0.1, "found -0.1, expected 0 or more"),
        ("model.text_field_embedder.shared.characters.embedding.embedding_dim", 0, "found 0, exp"),
        ("model.text_field_embedder.shared.characters.encoder.num_filters", 0, "found 0, exp"),
        ("trainer.optimizer.lr", 0, "found 0, expected more than 0, there or in one of the"),
        ("trainer.optimizer.lr", float("nan"), "found nan, expected 0 or more"),
        ("trainer.optimizer.lr", float("inf"), "found inf, expected 0 or more"),
        ("trainer.learning_rate_scheduler.step_size", 0, "found 0, expected at least 1"),
        ("model.dropout", 1.0, "found 1.0, expected 0 or more, and less than 1"),
        ("model.dropout", float("nan"), "found nan, expected 0 or more, and less"),
        ("model.text_field_embedder.dropout", -0.1, "found -0.1, expected 0 or more, and less"),
        ("trainer.checkpointer.keep_most_recent_by_count", 0, "found 0, expected at least 1"),
        ("model.discriminator.attention_dim", 0, "found 0, expected at least 1"),
        ("model.encoder.shared.hidden_size", -4, "found -4, expected at least 1"),
        ("data_loader.batch_sampler.batch_size", 0, "found 0, expected at least 1"),
        ("data_loader.num_workers", -1, "found -1, expected 0 or more"),
        ("data_loader.max_instances_in_memory", 0, "found 0, expected at least 1"),
    ],
)
def test_a_size_is_named_with_its_key(key, value, message, small_config, changed) -> None:
    config = small_config("datnet_f")
    check_sizes(config)
    with pytest.raises(ConfigurationError, match=f"^{key}: {message}"):
        check_sizes(changed(config, key, value))


def test_within_a_list() -> None:
    with pytest.raises(ConfigurationError, match="^trainer.callbacks.1.batch_size: found 0"):
        check_sizes({"trainer": {"callbacks": [{}, {"batch_size": 0}]}})


def test_a_learning_rate_of_0_is_for_some_of_the_parameters(small_config, changed) -> None:
    config = small_config("base")
    groups = "trainer.optimizer.parameter_groups"
    check_sizes(changed(config, groups, [[["text_field_embedder"], {"lr": 0}]]))
    frozen = changed(config, "trainer.optimizer.lr", 0)
    check_sizes(changed(frozen, groups, [[["encoder"], {"lr": 0.001}]]))
    with pytest.raises(ConfigurationError, match="^trainer.optimizer.lr: found 0, expected more"):
        check_sizes(changed(frozen, groups, [[["encoder"], {"lr": 0.0}]]))
    with pytest.raises(
        ConfigurationError, match=rf"^{groups}.0.1.lr: found -1, expected 0 or more"
    ):
        check_sizes(changed(config, groups, [[["encoder"], {"lr": -1}]]))
