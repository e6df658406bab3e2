"""Pretrained transformers that are not there."""

import os
from collections.abc import Mapping
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.named_transformers import named_transformers


def check_transformers(config: Mapping[str, Any]) -> None:
    """
    # Parameters

    config : `Mapping[str, Any]`

    Raises `ConfigurationError` that names the key of a folder that is not there or holds no
    transformer. Names on a hub are not looked up.
    """
    for key, name in named_transformers(config):
        if os.path.isdir(name):
            if not os.path.isfile(os.path.join(name, "config.json")):
                raise ConfigurationError(
                    f"{key}: found no config.json in the folder '{name}', expected what "
                    "`save_pretrained` of transformers writes"
                )
        elif not name or name.startswith(("/", ".", "~")) or name.count("/") > 1:
            raise ConfigurationError(
                f"{key}: found no folder '{name}', expected that of a transformer, or a name on a "
                "hub, such as 'bert-base-cased'"
            )
