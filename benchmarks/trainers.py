"""Trainers of real configurations, built in this process; to be imported after `pin_threads`."""

import sys
from pathlib import Path
from typing import Any

import allennlp_models.tagging  # noqa: F401  (registers stock crf_tagger)
import torch
from allennlp.common import Params
from allennlp.common.util import prepare_environment
from allennlp.data import DataLoader, DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.training import Trainer
from timing import ROOT

import datnet_allennlp  # noqa: F401  (registers the components)

PEERS = Path(__file__).parent / "peers"
if str(PEERS) not in sys.path:
    sys.path.append(str(PEERS))
import stock_tagger  # noqa: E402, F401  (registers the peer's reader and predictor)


def ours(variant: str, batch_size: int) -> dict[str, Any]:
    """The configuration `training_config/<variant>.jsonnet` with another batch size."""
    config = _load(ROOT / "training_config" / f"{variant}.jsonnet")
    config["data_loader"]["batch_sampler"]["batch_size"] = batch_size
    # As the peers have them, whatever the settings become by tuning.
    config["dataset_reader"]["coding"] = "BIOUL"
    config["trainer"]["grad_norm"] = 5.0
    return config


def stock(batch_size: int) -> dict[str, Any]:
    """AllenNLP's `crf_tagger` with the dimensions of our base model."""
    config = _load(PEERS / "stock_tagger.jsonnet")
    config["data_loader"]["batch_sampler"]["batch_size"] = batch_size
    return config


def without_at(config: dict[str, Any]) -> dict[str, Any]:
    """The same configuration without adversarial training."""
    callbacks = config["trainer"]["callbacks"]
    config["trainer"]["callbacks"] = [c for c in callbacks if c["type"] != "adversarial_training"]
    return config


def build_trainer(config: dict[str, Any], device: str = "cpu") -> Trainer:
    """
    What `allennlp train` would build, to train an epoch with each call of `train()`, without
    validation and without writing to the disk.
    """
    params = Params(config)
    prepare_environment(params)
    paths = params.pop("train_data_path")
    trainer = params.pop("trainer")
    for key in ("validation_metric", "patience"):
        trainer.pop(key, None)
    # The learning rate's schedule needs no more than one epoch here.
    trainer["num_epochs"] = 1
    # The one that recovers needs a folder to write to.
    trainer["type"] = "gradient_descent"
    trainer["checkpointer"] = None
    trainer["cuda_device"] = 0 if device == "cuda" else -1
    loader = DataLoader.from_params(
        params.pop("data_loader"),
        reader=DatasetReader.from_params(params.pop("dataset_reader")),
        data_path=paths.as_dict(quiet=True) if isinstance(paths, Params) else paths,
    )
    vocab = Vocabulary.from_params(
        params.pop("vocabulary", Params({})), instances=loader.iter_instances()
    )
    model = Model.from_params(params.pop("model"), vocab=vocab)
    loader.index_with(vocab)
    return Trainer.from_params(
        trainer,
        model=model.to(torch.device(device)),
        data_loader=loader,
        serialization_dir=None,
    )


def size_of(trainer: Trainer) -> tuple[int, int]:
    """Batches and sentences of an epoch."""
    batches = sentences = 0
    for batch in trainer.data_loader:
        batches += 1
        sentences += len(batch["tags"])
    return batches, sentences


def _load(path: Path) -> dict[str, Any]:
    return Params.from_file(str(path), ext_vars={"ROOT": str(ROOT)}).as_dict(quiet=True)
