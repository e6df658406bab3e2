"""Overrides that lead nowhere, seen from where all commands read a configuration."""

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.configuration.overrides import check_overrides

CONFIG = {
    "trainer": {"num_epochs": 3, "callbacks": [{"type": "a", "epsilon": {"text.words": 1.0}}]},
    "model": {"discriminator": {"alpha": 0.5}},
}


@pytest.mark.parametrize(
    "key",
    [
        "trainer",
        "trainer.num_epochs",
        "trainer.patience",
        "vocabulary",
        "trainer.callbacks.0.type",
        "trainer.callbacks.0",
        "trainer.callbacks.0.epsilon.text.words",
    ],
)
def test_keys_that_lead_somewhere(key) -> None:
    check_overrides(CONFIG, {key: 1})


@pytest.mark.parametrize(
    "key, message",
    [
        ("trainr.num_epochs", "no 'trainr' in the configuration, expected 'trainer'"),
        (
            "zzz.num_epochs",
            r"no 'zzz' in the configuration, expected one of \['model', 'trainer'\]",
        ),
        ("model.encoder.shared", r"no 'encoder' in 'model', expected one of \['discriminator'\]"),
        ("trainer.callbacks.7.type", r"no '7' in 'trainer.callbacks', expected one of \['0'\]"),
        ("trainer.callbacks.1", r"no '1' in 'trainer.callbacks', expected one of \['0'\]"),
        ("model.discriminator.alpha.source", "'model.discriminator.alpha' is 0.5, expected an obj"),
    ],
)
def test_keys_that_lead_nowhere(key, message) -> None:
    with pytest.raises(
        ConfigurationError, match=f"^--overrides: found the key '{key}', .*{message}"
    ):
        check_overrides(CONFIG, {"trainer.num_epochs": 1, key: 1})


@pytest.mark.parametrize(
    "text, message",
    [
        ("[1]", r"found '\[1\]', expected an object as JSON"),
        ("3", "found '3', expected an object as JSON"),
        ("trainer.num_epochs=3", r"found 'trainer.num_epochs=3' \(STATIC ERROR: .*\), expected"),
        ('{"a": 1', r"""found '{"a": 1' \(STATIC ERROR: .*\), expected an object"""),
        ('{"trainr.a": 1}', "found the key 'trainr.a'"),
    ],
)
def test_every_command_says_so(text, message, tmp_path) -> None:
    (tmp_path / "a.jsonnet").write_text('{"trainer": {"num_epochs": 3}}')
    with pytest.raises(ConfigurationError, match=f"^--overrides: {message}"):
        Params.from_file(str(tmp_path / "a.jsonnet"), text)
    params = Params.from_file(str(tmp_path / "a.jsonnet"), '{"trainer.num_epochs": 4}')
    assert params.as_dict(quiet=True) == {"trainer": {"num_epochs": 4}}
    assert Params.from_file(str(tmp_path / "a.jsonnet"), "")["trainer"]["num_epochs"] == 3
