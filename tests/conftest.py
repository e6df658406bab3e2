"""The configurations of the paper on the fixtures, made small."""

import copy
import functools
import itertools
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from allennlp.commands.train import TrainModel, train_model
from allennlp.common import Params
from allennlp.common.util import prepare_environment
from allennlp.data import Batch, DatasetReader, Instance, Vocabulary

import datnet_allennlp  # noqa: F401  (registers the components)

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "fixtures" / "embeddings" / "en.50d.txt.gz"
# The fixtures have the entity types of these corpora.
_PLACES = {
    "data/wnut2017/": f"{ROOT}/fixtures/target/",
    "data/conll2003/": f"{ROOT}/fixtures/source/",
    "data/embeddings/en.50d.txt.gz": str(VECTORS),
}


@pytest.fixture(scope="session")
def small_config():
    """
    Makes the configuration of a variant (`base`, `datnet_f`, ...) for the fixtures: narrow LSTMs,
    no dropout, 40 sentences of each resource, two epochs.
    """

    @functools.cache
    def small_text(variant: str) -> str:
        params = Params.from_file(str(ROOT / "training_config" / f"{variant}_wnut17.jsonnet"))
        text = json.dumps(params.as_dict(quiet=True))
        for place, fixture in _PLACES.items():
            text = text.replace(place, fixture)
        text = re.sub(r'"hidden_size": \d+', '"hidden_size": 6', text)
        return re.sub(r'"dropout": [\d.]+', '"dropout": 0.0', text)

    def make(variant: str) -> dict[str, Any]:
        config = json.loads(small_text(variant))
        config["train_data_path"] = {
            resource: {"path": path, "max_sentences": 40}
            for resource, path in config["train_data_path"].items()
        }
        config["trainer"]["num_epochs"] = 2
        return config

    return make


@pytest.fixture(scope="session")
def archive(small_config, tmp_path_factory) -> Path:
    """A DATNet-F that was trained for a moment."""
    folder = tmp_path_factory.mktemp("archive") / "run"
    config = small_config("datnet_f")
    config["trainer"]["num_epochs"] = 1
    train_model(Params(config), str(folder))
    return folder / "model.tar.gz"


@pytest.fixture
def build(tmp_path):
    """
    Builds what `allennlp train` would: an object with `model`, `trainer` and `data_loader`. It goes
    on with the run in `folder`, a folder within `tmp_path`, if there is one.
    """
    folders = (f"run{number}" for number in itertools.count())

    def build(config: dict[str, Any], folder: str | None = None) -> TrainModel:
        params = Params(copy.deepcopy(config))
        prepare_environment(params)
        path = tmp_path / (folder or next(folders))
        path.mkdir(exist_ok=True)
        return TrainModel.from_params(params=params, serialization_dir=str(path), local_rank=0)

    return build


@pytest.fixture(scope="session")
def read():
    """Reads the first training sentences of one resource: `read(config, resource, number)`."""

    def read(config: dict[str, Any], resource: str, number: int) -> list[Instance]:
        reader = DatasetReader.from_params(Params(copy.deepcopy(config["dataset_reader"])))
        path = config["train_data_path"][resource]
        return list(reader.read({resource: path}))[:number]

    return read


@pytest.fixture(scope="session")
def as_batch():
    """Turns instances into the tensors of one batch."""

    def as_batch(instances: list[Instance], vocab: Vocabulary) -> dict[str, Any]:
        batch = Batch(instances)
        batch.index_instances(vocab)
        return batch.as_tensor_dict()

    return as_batch


@pytest.fixture(autouse=True)
def _clean_process(monkeypatch):
    """Undoes the handlers that AllenNLP's training puts on the root logger and `sys`."""
    torch.set_num_threads(1)  # narrow layers gain nothing from more
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
