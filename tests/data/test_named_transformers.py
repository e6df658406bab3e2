"""Transformers within a configuration."""

from datnet_allennlp.data.named_transformers import named_transformers


def test_each_is_found_with_its_key() -> None:
    part = {"type": "pretrained_transformer_mismatched", "model_name": "a"}
    config = {
        "model": {"embedder": part, "model_name": "no type"},
        "others": [{"type": "pretrained_transformer", "model_name": "b"}, {"type": "x"}],
    }
    assert list(named_transformers(config)) == [
        ("model.embedder.model_name", "a"),
        ("others.0.model_name", "b"),
    ]
    assert list(named_transformers(part)) == [("model_name", "a")]
