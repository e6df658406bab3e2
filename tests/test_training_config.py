import copy
import json
import os
import re
from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.data import BatchSampler, DatasetReader, Vocabulary
from allennlp.models import Model
from allennlp.training.callbacks import TrainerCallback
from allennlp.training.learning_rate_schedulers import LearningRateScheduler
from allennlp.training.optimizers import Optimizer

from datnet_allennlp.data.column_file import read_column_file
from datnet_allennlp.data.tag_coding import read_spans

ROOT = Path(__file__).parents[1]
CONFIGS = {path.stem: path for path in sorted((ROOT / "training_config").glob("*.jsonnet"))}
VARIANT = re.compile(r"(base_at|base|f_transfer|p_transfer|datnet_f|datnet_p)_")
OF_THE_PAPER = [name for name in CONFIGS if VARIANT.match(name)]
FIXTURE_VECTORS = str(ROOT / "fixtures" / "embeddings" / "en.50d.txt.gz")


def read(name):
    return Params.from_file(str(CONFIGS[name])).as_dict(quiet=True)


def on_fixture_vectors(config):
    """The corpora and their vectors are not part of the repository."""
    return json.loads(re.sub(r'"[^"]*\.txt\.gz"', f'"{FIXTURE_VECTORS}"', json.dumps(config)))


def vocabulary_of(config):
    """The vocabulary without the training files: one sentence of each resource."""
    resources = config["model"]["tag_namespaces"]
    params = Params(copy.deepcopy(config["vocabulary"]))
    counter = {f"{resource}_tokens": {"in": 1} for resource in resources}
    counter["characters"] = {character: 1 for character in "abcdefghijklmnopqrstuvwxyz"}
    return Vocabulary(counter=counter, **params.as_dict(quiet=True))


def test_there_are_all_variants_for_all_corpora():
    corpora = ("conll2002_es", "conll2002_nl", "wnut16", "wnut17")
    variants = ("base", "base_at", "f_transfer", "p_transfer", "datnet_f", "datnet_p")
    assert {f"{variant}_{corpus}" for variant in variants for corpus in corpora} <= CONFIGS.keys()


@pytest.mark.parametrize("name", CONFIGS)
def test_all_components_can_be_built(name):
    config = on_fixture_vectors(read(name))
    vocab = vocabulary_of(config)
    model = Model.from_params(vocab=vocab, params=Params(config["model"]))

    resources = set(model.decoders)
    assert resources in ({"target"}, {"source", "target"})
    assert config["train_data_path"].keys() == resources
    assert set(config["validation_data_path"]) == {"target"}
    for embedder in model.text_field_embedder.per_resource.values():
        known = embedder.vectors[1:][~embedder.is_unknown[1:]]
        assert known.std(correction=0).item() == pytest.approx(1.0, rel=1e-3)
    for key in ("dataset_reader", "validation_dataset_reader"):
        DatasetReader.from_params(Params(config[key]))
    sampler = BatchSampler.from_params(Params(config["data_loader"]["batch_sampler"]))
    assert sampler.rates.keys() <= resources
    parameters = [list(pair) for pair in model.named_parameters() if pair[1].requires_grad]
    trainer = config["trainer"]
    optimizer = Optimizer.from_params(Params(trainer["optimizer"]), model_parameters=parameters)
    LearningRateScheduler.from_params(
        Params(trainer["learning_rate_scheduler"]), optimizer=optimizer
    )
    for params in trainer.get("callbacks", []):
        callback = TrainerCallback.from_params(Params(params), serialization_dir="")
        assert callback.bounds.keys() <= dict(model.named_modules()).keys()


@pytest.mark.parametrize("name", OF_THE_PAPER)
def test_hyperparameters_are_those_of_section_4_2(name):
    config = read(name)
    variant = VARIANT.match(name).group(1)
    model, trainer = config["model"], config["trainer"]
    resources = {"target"} if variant.startswith("base") else {"source", "target"}

    embedder = model["text_field_embedder"]
    assert embedder["per_resource"].keys() == resources
    assert {words["embedding_dim"] for words in embedder["per_resource"].values()} == {50}
    characters = embedder["shared"]["characters"]
    assert characters["embedding"]["embedding_dim"] == 30
    assert characters["encoder"]["num_filters"] == 20
    assert embedder["dropout"] > 0 and model["dropout"] > 0

    encoder = model["encoder"]
    if variant in ("p_transfer", "datnet_p"):
        assert encoder["type"] == "shared_private"
        assert encoder["private"].keys() == resources
        assert {private["hidden_size"] for private in encoder["private"].values()} == {100}
        assert encoder["shared"]["hidden_size"] == 100
    else:
        assert encoder["type"] == "shared"
        assert encoder["shared"]["hidden_size"] == 200

    assert trainer["optimizer"] == {"type": "fused_adam", "lr": 0.001}
    assert trainer["grad_norm"] == 5.0
    assert trainer["learning_rate_scheduler"] == {"type": "inverse_time_decay", "rho": 0.05}

    if variant.startswith("datnet"):
        assert model["discriminator"]["type"] == "grad"
        assert model["discriminator"]["gamma"] == 2.0
    else:
        assert "discriminator" not in model
    if variant.startswith("datnet") or variant == "base_at":
        [callback] = trainer["callbacks"]
        assert callback["type"] == "adversarial_training"
        words = {f"text_field_embedder.per_resource.{resource}" for resource in resources}
        assert words < callback["epsilon"].keys()
        assert len(callback["epsilon"]) == len(words) + 1
    else:
        assert "callbacks" not in trainer


@pytest.mark.parametrize("name", OF_THE_PAPER)
def test_the_source_is_english_news_and_the_target_what_the_name_says(name):
    paths = read(name)["train_data_path"]
    target = VARIANT.sub("", name)
    folder = re.sub(r"_\d+$", "", target).replace("wnut", "wnut20")
    assert paths["target"] == f"data/{folder}/train.conll"
    assert paths.get("source", "data/conll2003/train.conll") == "data/conll2003/train.conll"


@pytest.mark.parametrize("name", [name for name in OF_THE_PAPER if re.search(r"_\d+$", name)])
def test_few_target_sentences(name):
    # A year is no number of sentences.
    number = int(name.rsplit("_", 1)[1])
    readers = read(name)["dataset_reader"]["readers"]
    assert readers["target"]["max_sentences"] == number
    assert "max_sentences" not in readers.get("source", {})


CORPORA = ("conll2002_es", "conll2002_nl", "wnut16", "wnut17")


@pytest.mark.parametrize("corpus", CORPORA)
def test_entity_types_are_those_of_the_corpus(corpus):
    config = read(f"datnet_f_{corpus}")
    files = [*config["train_data_path"].items(), *config["validation_data_path"].items()]
    missing = [path for _, path in files if not os.path.exists(ROOT / path)]
    if missing:
        pytest.skip(f"{missing} are not there; `make data` prepares them")
    for resource, path in files:
        types = config["dataset_reader"]["readers"][resource]["entity_types"]
        found = {
            span.entity_type
            for sentence in read_column_file(str(ROOT / path))
            for span in read_spans(sentence.tags, "IOB2")
        }
        assert found <= set(types)
        if "train" in path:
            assert found == set(types)
