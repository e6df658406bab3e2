import copy
from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.data import DatasetReader

from datnet_allennlp import Tagger
from datnet_allennlp.export.folder import export

ROOT = Path(__file__).parents[2]
# Trained long enough to find entities.
GOLDEN = ROOT / "fixtures" / "golden" / "model.tar.gz"


@pytest.fixture(scope="session")
def tagger() -> Tagger:
    return Tagger.load(GOLDEN)


@pytest.fixture(scope="session")
def exported(tagger, tmp_path_factory):
    """The folder of `tagger`. Not to be changed."""
    folder = tmp_path_factory.mktemp("export") / "exported"
    export(tagger, folder)
    return folder


@pytest.fixture
def untrained(build):
    """The tagger of a configuration, with random weights."""

    def untrained(config) -> Tagger:
        model = build(config).model
        reader = DatasetReader.from_params(Params(copy.deepcopy(config["dataset_reader"])))
        return Tagger(model, reader)

    return untrained
