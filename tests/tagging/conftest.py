from pathlib import Path

import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params

from datnet_allennlp import Tagger


@pytest.fixture(scope="session")
def archive(small_config, tmp_path_factory) -> Path:
    """DATNet-F, trained for a moment."""
    folder = tmp_path_factory.mktemp("tagging") / "run"
    config = small_config("datnet_f")
    config["trainer"]["num_epochs"] = 1
    train_model(Params(config), str(folder))
    return folder / "model.tar.gz"


@pytest.fixture(scope="session")
def tagger(archive) -> Tagger:
    return Tagger.load(archive)
