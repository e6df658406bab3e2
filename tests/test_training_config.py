import copy
import functools
import itertools
import json
import os
import random
import re
from pathlib import Path

import _jsonnet
import pytest
import torch
from allennlp.common import Params
from allennlp.common.params import with_overrides
from allennlp.data import BatchSampler, DatasetReader, Token, Vocabulary
from allennlp.models import Model
from allennlp.training.callbacks import TrainerCallback
from allennlp.training.learning_rate_schedulers import LearningRateScheduler
from allennlp.training.optimizers import Optimizer

from datnet_allennlp.data.column_file import read_column_file
from datnet_allennlp.data.corpus_part import CorpusPart
from datnet_allennlp.data.tag_coding import all_tags, read_spans
from datnet_allennlp.modules.discriminators import CrossEntropyDiscriminator, Grad
from datnet_allennlp.modules.encoders import SharedPrivateEncoder
from datnet_allennlp.training import AdversarialTraining

ROOT = Path(__file__).parents[1]
# Those with a transformer are in test_transformer_config.py, fine-tuning in test_fine_tuning.py.
CONFIGS = {
    path.stem: path
    for path in sorted((ROOT / "training_config").glob("*.jsonnet"))
    if not path.stem.endswith("_transformer") and not path.stem.startswith(("source", "fine_tuned"))
}
VARIANT = re.compile(r"(base_at|base|f_transfer|p_transfer|datnet_f|datnet_p)_")
OF_THE_PAPER = [name for name in CONFIGS if VARIANT.match(name)]
FIXTURE_VECTORS = str(ROOT / "fixtures" / "embeddings" / "en.50d.txt.gz")


@functools.cache
def texts():
    """Of all files at once, for Jsonnet reads its own library at each call."""
    all_files = ", ".join(f"'{name}': import '{path.name}'" for name, path in CONFIGS.items())
    return {
        name: json.dumps(config) for name, config in evaluate_snippet(f"{{ {all_files} }}").items()
    }


def read(name):
    return json.loads(texts()[name])


def on_fixture_vectors(config):
    """The corpora and their vectors are not part of the repository."""
    return json.loads(re.sub(r'"[^"]*\.txt\.gz"', f'"{FIXTURE_VECTORS}"', json.dumps(config)))


def vocabulary_of(config):
    """The vocabulary without the training files: one sentence of each resource."""
    reader = DatasetReader.from_params(Params(copy.deepcopy(config["dataset_reader"])))
    words = [Token("in"), Token("abcdefghijklmnopqrstuvwxyz")]
    instances = []
    for resource in config["model"]["tag_namespaces"]:
        instances.append(reader.text_to_instance(words, ["O", "O"], resource=resource))
        reader.apply_token_indexers(instances[-1])
    return Vocabulary.from_instances(instances)


def model_of(config):
    vocab = vocabulary_of(config)
    return Model.from_params(vocab=vocab, params=Params(copy.deepcopy(config["model"])))


def evaluate_snippet(text):
    """As a file beside those of `training_config/`."""
    path = ROOT / "training_config" / "snippet.jsonnet"
    return json.loads(_jsonnet.evaluate_snippet(str(path), text))


def evaluate(expression):
    """The configuration that an expression over `datnet` gives."""
    text = f"local datnet = import 'datnet.libsonnet';\n{expression}"
    return on_fixture_vectors(evaluate_snippet(text))


def test_there_are_all_variants_for_all_corpora():
    corpora = ("conll2002_es", "conll2002_nl", "wnut16", "wnut17")
    variants = ("base", "base_at", "f_transfer", "p_transfer", "datnet_f", "datnet_p")
    assert {f"{variant}_{corpus}" for variant in variants for corpus in corpora} <= CONFIGS.keys()


@pytest.mark.long
@pytest.mark.parametrize("name", CONFIGS)
def test_all_components_can_be_built(name):
    config = on_fixture_vectors(read(name))
    model = model_of(config)
    resources = set(model.decoders)
    assert resources in ({"target"}, {"source", "target"})
    assert config["train_data_path"].keys() == resources
    assert set(config["validation_data_path"]) == {"target"}
    for embedder in model.text_field_embedder.per_resource.values():
        known = embedder.vectors[1:][~embedder.is_unknown[1:]]
        assert known.std(correction=0).item() == pytest.approx(1.0, rel=1e-3)
    sampler = BatchSampler.from_params(Params(config["data_loader"]["batch_sampler"]))
    assert sampler.rates.keys() <= resources
    parameters = [list(pair) for pair in model.named_parameters() if pair[1].requires_grad]
    trainer = config["trainer"]
    optimizer = Optimizer.from_params(Params(trainer["optimizer"]), model_parameters=parameters)
    LearningRateScheduler.from_params(
        Params(trainer["learning_rate_scheduler"]), optimizer=optimizer
    )
    for params in trainer["callbacks"]:
        callback = TrainerCallback.from_params(Params(params), serialization_dir="")
        if isinstance(callback, AdversarialTraining):
            assert callback.bounds.keys() <= dict(model.named_modules()).keys()


@pytest.mark.parametrize("name", OF_THE_PAPER)
def test_each_file_is_the_model_of_its_name(name):
    config = read(name)
    variant = VARIANT.match(name).group(1)
    model, trainer = config["model"], config["trainer"]
    resources = {"target"} if variant.startswith("base") else {"source", "target"}

    embedder = model["text_field_embedder"]
    assert embedder["per_resource"].keys() == resources
    assert {words["type"] for words in embedder["per_resource"].values()} == {"word_vectors"}
    assert embedder["dropout"] > 0 and model["dropout"] > 0

    encoder = model["encoder"]
    if variant in ("p_transfer", "datnet_p"):
        assert encoder["type"] == "shared_private"
        assert encoder["private"].keys() == resources
    else:
        assert encoder["type"] == "shared"
    assert trainer["optimizer"]["type"] == "fused_adam"
    assert trainer["learning_rate_scheduler"]["type"] == "inverse_time_decay"

    if variant.startswith("datnet"):
        assert model["discriminator"]["type"] == "grad"
        assert model["discriminator"]["gamma"] == 2.0
    else:
        assert "discriminator" not in model
    if variant.startswith("datnet") or variant == "base_at":
        callback, *_ = trainer["callbacks"]
        assert callback["type"] == "adversarial_training"
        words = {f"text_field_embedder.per_resource.{resource}" for resource in resources}
        assert words < callback["epsilon"].keys()
        assert len(callback["epsilon"]) == len(words) + 1
    else:
        assert trainer["callbacks"] == [{"type": "finite_loss"}, {"type": "progress_lines"}]


@pytest.mark.parametrize("name", OF_THE_PAPER)
def test_the_source_is_english_news_and_the_target_what_the_name_says(name):
    paths = read(name)["train_data_path"]
    target = VARIANT.sub("", name)
    folder = re.sub(r"_\d+$", "", target).replace("wnut", "wnut20")
    assert CorpusPart.of(paths["target"]).paths == [f"data/{folder}/train.conll"]
    assert paths.get("source", "data/conll2003/train.conll") == "data/conll2003/train.conll"


@pytest.mark.parametrize("name", [name for name in OF_THE_PAPER if re.search(r"_\d+$", name)])
def test_few_target_sentences(name):
    # A year is no number of sentences.
    number = int(name.rsplit("_", 1)[1])
    paths = read(name)["train_data_path"]
    assert CorpusPart.of(paths["target"]).max_sentences == number
    assert "source" not in paths or CorpusPart.of(paths["source"]).is_whole


CORPORA = ("conll2002_es", "conll2002_nl", "wnut16", "wnut17")


@pytest.mark.long
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


@pytest.mark.parametrize(
    "architecture, discriminator",
    [(None, None), *itertools.product(["F", "P"], [None, "AD", "GRAD"])],
)
def test_the_models_of_table_4(architecture, discriminator):
    both = evaluate(
        "[datnet.combination(datnet.wnut17, "
        f"{json.dumps([architecture, discriminator])[1:-1]}, with_at) for with_at in [false, true]]"
    )
    model = model_of(both[0])
    assert both[0]["model"] == both[1]["model"]
    kinds = {None: type(None), "AD": CrossEntropyDiscriminator, "GRAD": Grad}
    assert type(model.discriminator) is kinds[discriminator]
    assert set(model.decoders) == ({"target"} if architecture is None else {"source", "target"})
    assert isinstance(model.encoder, SharedPrivateEncoder) == (architecture == "P")
    without, with_at = ([each["type"] for each in c["trainer"]["callbacks"]] for c in both)
    assert without == ["finite_loss", "progress_lines"]
    assert with_at == ["adversarial_training", *without]


@pytest.mark.parametrize("coding", ["BIO", "BIOUL", "BMES"])
def test_one_override_changes_the_coding(coding):
    config = with_overrides(read("datnet_p_wnut17"), {"dataset_reader.coding": coding})
    model = model_of(on_fixture_vectors(config))
    for resource, decoder in model.decoders.items():
        types = config["dataset_reader"]["readers"][resource]["entity_types"]
        assert set(decoder.labels.values()) == set(all_tags(types, coding))
        # As long as its best path is allowed, a sentence without entities can be decoded.
        tags = decoder.decode(torch.randn(1, 3, len(decoder.labels)), torch.ones(1, 3).bool())
        read_spans(decoder.to_labels(tags[0]), coding)


def test_settings_have_one_place():
    changed = evaluate(
        "datnet.datnet_p(datnet.wnut17) + datnet.coding('BIOUL') + datnet.seed(7)"
        " + datnet.with({ char_dim: 9, private_size: 70, alpha: 0.5, clip: 3.0 })"
    )
    assert changed["dataset_reader"]["coding"] == "BIOUL"
    assert changed["trainer"]["grad_norm"] == 3.0
    seeds = [changed[key] for key in ("random_seed", "numpy_seed", "pytorch_seed")]
    assert seeds == [7, 7, 7]
    model = model_of(changed)
    assert model.discriminator.weights == [0.5, 0.5]
    assert model.encoder.private["target"].lstm.hidden_size == 70
    assert model.text_field_embedder.shared["characters"].encoder.get_input_dim() == 9


def test_a_dev_set_held_out_of_a_sample():
    config = evaluate("datnet.base(datnet.wnut16) + datnet.few(50, 3) + datnet.held_out(0.2)")
    train, dev = (
        CorpusPart.of(config[key]["target"]) for key in ("train_data_path", "validation_data_path")
    )
    assert train.paths == dev.paths == ["data/wnut2016/train.conll"]
    assert len(train.chosen(1000)) == 40 and len(dev.chosen(1000)) == 10
    sample = random.Random(3).sample(range(1000), 50)
    assert sorted(train.chosen(1000) + dev.chosen(1000)) == sorted(sample)


def test_a_share_of_the_target():
    config = evaluate("datnet.f_transfer(datnet.conll2002_es) + datnet.fraction(0.05, 2)")
    part = CorpusPart.of(config["train_data_path"]["target"])
    assert part.chosen(1000) == sorted(random.Random(2).sample(range(1000), 50))


def test_without_a_dev_set_the_last_weights_are_kept(small_config, build, tmp_path):
    config = small_config("base")
    fixed = evaluate("datnet.base(datnet.wnut17) + datnet.fixed_epochs(2)")
    config["trainer"] = fixed["trainer"]
    config["validation_data_path"] = fixed["validation_data_path"]
    run = build(config, "run")
    metrics = run.run()
    assert metrics["epoch"] == 1 and "validation_loss" not in metrics
    kept = torch.load(tmp_path / "run" / "best.th")
    for name, value in run.model.state_dict().items():
        assert torch.equal(kept[name], value)


@pytest.mark.parametrize("corpus", CORPORA)
def test_section_4_2_to_the_letter(corpus):
    # Whatever the settings become by tuning.
    for variant, sizes in (("datnet_f", {200}), ("datnet_p", {100})):
        config = evaluate(
            f"datnet.{variant}(datnet.{corpus})"
            " + datnet.with({ [key]: 7 for key in ['char_dim', 'num_filters', 'hidden_size',"
            " 'private_size', 'shared_size', 'clip', 'decay', 'learning_rate', 'bound'] })"
            " + datnet.paper"
        )
        characters = config["model"]["text_field_embedder"]["shared"]["characters"]
        assert characters["embedding"]["embedding_dim"] == 30
        assert characters["encoder"]["num_filters"] == 20
        encoder = config["model"]["encoder"]
        lstms = [encoder["shared"], *encoder.get("private", {}).values()]
        assert {lstm["hidden_size"] for lstm in lstms} == sizes
        trainer = config["trainer"]
        assert trainer["optimizer"]["lr"] == 0.001 and trainer["grad_norm"] == 5.0
        assert trainer["learning_rate_scheduler"] == {"type": "inverse_time_decay", "rho": 0.05}
        bounds = trainer["callbacks"][0]["epsilon"].values()
        assert all(bound == {"type": "absolute", "epsilon": 5.0} for bound in bounds)
        assert config["model"]["discriminator"]["gamma"] == 2.0


@pytest.mark.parametrize("variant, resources", [("base", 1), ("datnet_p", 2)])
def test_other_vectors_are_one_key_for_each_resource(variant, resources, tmp_path):
    (tmp_path / "v.txt").write_text("in 1 2 3 4 5 6 7\nOslo 7 6 5 4 3 2 1\n")
    config = read(f"{variant}_wnut17")
    keys = [
        f"model.text_field_embedder.per_resource.{resource}.pretrained_file"
        for resource in config["model"]["tag_namespaces"]
    ]
    assert len(keys) == resources
    model = model_of(with_overrides(config, {key: str(tmp_path / "v.txt") for key in keys}))
    assert model.encoder.get_input_dim() == 7 + 3 * 20
    assert model.vocab.get_vocab_size("target_tokens") == 4


@pytest.mark.long
def test_an_epoch_of_virtual_adversarial_training_on_text_without_tags(as_small, build):
    """Without a discriminator nothing else learns from it."""
    config = evaluate(
        "datnet.base(datnet.wnut17) + datnet.few(20) + datnet.unlabelled_rest"
        " + datnet.virtual(['unlabelled'])"
    )
    config = as_small(json.dumps(config))
    config["trainer"]["num_epochs"] = 1
    run = build(config)
    assert len(run.trainer.data_loader) > 4
    metrics = run.trainer.train()
    assert (
        metrics["training_tag_loss_target"] > 0 and metrics["best_validation_tag_loss_target"] > 0
    )


@pytest.mark.long
def test_resources_of_one_language_train_one_embedding_of_the_words(as_small, build):
    """Of those without tags too."""
    without = "local without(corpus) = corpus { vectors: null }; "
    model = "datnet.datnet_f(without(datnet.wnut17), without(datnet.conll2003))"
    config = evaluate(
        f"{without}{model} + datnet.few(20) + datnet.shared_words + datnet.unlabelled_rest"
    )
    config = as_small(json.dumps(config))
    config["trainer"]["num_epochs"] = 1
    run = build(config)
    embedding = run.model.text_field_embedder.shared["words"].weight
    vocab = run.model.vocab
    assert len(embedding) == vocab.get_vocab_size("tokens")
    assert not vocab.get_namespaces() & {"source_tokens", "target_tokens"}
    before = embedding.detach().clone()
    metrics = run.trainer.train()
    assert metrics["training_tag_loss_target"] > 0 and metrics["training_tag_loss_source"] > 0
    assert (embedding[2:] != before[2:]).any(dim=1).float().mean() > 0.5


def test_virtual_adversarial_training_comes_behind_adversarial_training():
    trainer = evaluate("datnet.datnet_f(datnet.wnut17) + datnet.virtual()")["trainer"]
    at, virtual, *watching = trainer["callbacks"]
    assert at["type"] == "adversarial_training"
    assert [each["type"] for each in watching] == ["finite_loss", "progress_lines"]
    assert virtual["type"] == "virtual_adversarial_training" and "resources" not in virtual
    assert virtual["epsilon"].keys() == at["epsilon"].keys()


@pytest.mark.parametrize(
    "expression, message",
    [
        (
            "datnet.base(datnet.wnut17) + datnet.with({ hiden: 3 })",
            "with: found ..hiden.., expected some of",
        ),
        ("datnet.base(datnet.wnut17) + datnet.few(0)", "few: found 0, expected a number"),
        ("datnet.base(datnet.wnut17) + datnet.few('5')", 'few: found "5", expected a number'),
        ("datnet.base('wnut17')", "found a target that is no corpus, expected one such as"),
        ("datnet.combination(datnet.wnut17, 'X')", "found the architecture X, expected null or"),
        ("datnet.combination(datnet.wnut17, 'F', 'X')", "found the discriminator X, expected"),
        ("datnet.base(datnet.wnut17) + datnet.aligned", "aligned: found no source, expected one"),
        (
            "datnet.f_transfer(datnet.wnut17) + datnet.shared_words",
            "shared_words: found word vectors of ..source., .target.., expected corpora without",
        ),
        (
            "datnet.base(datnet.wnut17 { vectors: null }) + datnet.shared_words",
            "shared_words: found one resource, expected several",
        ),
        ("datnet.f_transfer(datnet.wnut17, {})", "found no source, expected at least one"),
        (
            "datnet.f_transfer(datnet.wnut17, { target: datnet.conll2003 })",
            "a source is named 'target', expected another name",
        ),
        (
            "datnet.f_transfer(datnet.wnut17, [datnet.conll2003])",
            "found a source that is no corpus, expected one with entity_types",
        ),
        (
            "datnet.f_transfer(datnet.wnut17, { train: 'a', dev: 'b', vectors: null })",
            "found a source that is no corpus, expected one with entity_types",
        ),
    ],
)
def test_mistakes_in_a_file_are_one_line(expression, message):
    text = f"local datnet = import 'datnet.libsonnet'; {expression}"
    with pytest.raises(RuntimeError, match=f"^RUNTIME ERROR: (datnet.)?{message}"):
        evaluate_snippet(text)
