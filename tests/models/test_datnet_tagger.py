import json
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import ModelTestCase
from allennlp.data import Batch, Token
from allennlp.modules import ConditionalRandomField
from seqeval.metrics import f1_score, precision_score, recall_score

from datnet_allennlp import kernels
from datnet_allennlp.data.dataset_readers import ConllColumnsReader
from datnet_allennlp.models import DatnetTagger

FIXTURES = Path(__file__).parents[2] / "fixtures"
VARIANTS = ("base", "f_transfer", "p_transfer", "datnet_f", "datnet_p")
RESOURCES = ("source", "target")


def without_sampling_rates(config):
    """The batches of a development set of one resource cannot be drawn at two rates."""
    config["data_loader"]["batch_sampler"].pop("rates", None)
    return config


class OfResource:
    """The parameters of one resource, by name."""

    def __init__(self, resource):
        self.resource = resource

    def __contains__(self, name):
        return f".{self.resource}." in name


@pytest.mark.parametrize("variant", VARIANTS)
class TestDatnetTagger(ModelTestCase):
    def set_up(self, config, build, read):
        """What `set_up_model` does, which knows one file, so the vocabulary of one resource."""
        self.model = build(config).model
        self.vocab = self.model.vocab
        self.instances = read(config, "target", 8)
        assert len({len(instance["tokens"]) for instance in self.instances}) > 2
        self.dataset = Batch(self.instances)
        self.dataset.index_instances(self.vocab)

    def test_model_batch_norm_verification(self, variant, small_config, build, read):
        self.set_up(small_config(variant), build, read)
        super().test_model_batch_norm_verification()

    def test_a_sentence_is_tagged_alike_alone_and_in_a_batch(
        self, variant, small_config, build, read
    ):
        self.set_up(small_config(variant), build, read)
        self.ensure_batch_predictions_are_consistent(keys_to_ignore=["mask", "logits"])

    @pytest.mark.long
    def test_can_train_save_and_load(self, variant, small_config, tmp_path, monkeypatch):
        for checked, unused in zip(RESOURCES, reversed(RESOURCES), strict=True):
            if checked == "source" and variant == "base":
                continue
            # ModelTestCase compares the first batch of two runs over the development set, so there
            # must be one batch, and one resource.
            config = without_sampling_rates(small_config(variant))
            config["validation_data_path"] = {checked: str(FIXTURES / checked / "dev.conll")}
            config["trainer"]["validation_metric"] = f"-tag_loss_{checked}"
            config["data_loader"]["batch_sampler"].update(batch_size=40, padding_noise=0.0)
            config_file = tmp_path / f"{checked}.json"
            config_file.write_text(json.dumps(config))
            monkeypatch.setattr(self, "TEST_DIR", tmp_path / checked)
            _, loaded = self.ensure_model_can_train_save_and_load(
                config_file, gradients_to_ignore=OfResource(unused)
            )
            assert isinstance(loaded, DatnetTagger)

    def test_padding_does_not_change_losses_and_logits(
        self, variant, small_config, build, read, as_batch
    ):
        config = small_config(variant)
        model = build(config).model.eval()
        for resource in RESOURCES[variant == "base" :]:
            instances = read(config, resource, 6)
            together = model(**as_batch(instances, model.vocab))
            alone = [model(**as_batch([instance], model.vocab)) for instance in instances]
            for key in [key for key in together if key.endswith("loss")]:
                mean = torch.stack([output[key] for output in alone]).mean()
                torch.testing.assert_close(together[key], mean)
            for i, output in enumerate(alone):
                length = output["logits"].size(1)
                torch.testing.assert_close(together["logits"][i, :length], output["logits"][0])
                assert together["tags"][i] == output["tags"][0]

    def test_without_kernels_and_in_mixed_precision_it_is_the_same_model(
        self, variant, small_config, build, read, as_batch
    ):
        config = small_config(variant)
        model = build(config).model.train()

        def losses_and_gradients():
            model.zero_grad()
            output = model(**batch)
            output["loss"].backward()
            gradients = [p.grad.double() for p in model.parameters() if p.grad is not None]
            return [
                output[key].double() for key in sorted(output) if key.endswith("loss")
            ], gradients

        for resource in RESOURCES[variant == "base" :]:
            model.float()
            batch = as_batch(read(config, resource, 7), model.vocab)
            losses, gradients = losses_and_gradients()
            with torch.autocast("cpu", dtype=torch.bfloat16):
                rounded_losses, rounded_gradients = losses_and_gradients()
            with kernels.disabled():
                # The way of a GPU, but for the LSTM.
                plain_losses, plain_gradients = losses_and_gradients()
                model.double()
                exact_losses, exact_gradients = losses_and_gradients()
            torch.testing.assert_close(plain_losses, exact_losses, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(plain_gradients, exact_gradients, rtol=1e-3, atol=1e-4)
            torch.testing.assert_close(losses, exact_losses, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(gradients, exact_gradients, rtol=1e-3, atol=1e-4)
            torch.testing.assert_close(rounded_losses, exact_losses, rtol=3e-2, atol=1e-2)
            for rounded, exact in zip(rounded_gradients, exact_gradients, strict=True):
                assert (rounded - exact).norm() <= 0.1 * exact.norm() + 1e-2

    def test_each_resource_trains_its_own_and_the_shared_parameters(
        self, variant, small_config, build, read, as_batch
    ):
        config = small_config(variant)
        model = build(config).model.train()
        for resource in RESOURCES[variant == "base" :]:
            instances = read(config, resource, 8)
            # A word without a vector, so that the vector of unknown words is used.
            reader = ConllColumnsReader(
                token_indexers=instances[0]["tokens"].token_indexers,
                tag_namespace=f"{resource}_tags",
            )
            unknown = reader.text_to_instance([Token("qxqzj")], ["O"])
            unknown.add_field("resource", instances[0]["resource"])
            unknown["tokens"].token_indexers = instances[0]["tokens"].token_indexers

            model.zero_grad()
            model(**as_batch([*instances, unknown], model.vocab))["loss"].backward()

            trained = {
                name
                for name, parameter in model.named_parameters()
                if parameter.grad is not None and parameter.grad.abs().sum() > 0
            }
            others = {name for name in RESOURCES if name != resource}
            expected = {
                name
                for name, parameter in model.named_parameters()
                if parameter.requires_grad and not any(f".{other}." in name for other in others)
            }
            assert trained == expected


class TestLosses:
    @pytest.mark.parametrize("variant", VARIANTS)
    def test_tag_loss_is_that_of_allennlps_crf(self, variant, small_config, build, read, as_batch):
        config = small_config(variant)
        model = build(config).model.train()
        for resource in RESOURCES[variant == "base" :]:
            batch = as_batch(read(config, resource, 7), model.vocab)
            output = model(**batch)
            own = model.decoders[resource].crf
            crf = ConditionalRandomField(own.num_tags, None, own.include_start_end_transitions)
            crf.load_state_dict({**crf.state_dict(), **parameters(own)})
            expected = -crf(output["logits"], batch["tags"], output["mask"]) / 7
            torch.testing.assert_close(output["tag_loss"], expected)

    @pytest.mark.parametrize("variant", ["base", "f_transfer", "p_transfer"])
    def test_without_a_discriminator_the_loss_is_the_tag_loss(
        self, variant, small_config, build, read, as_batch
    ):
        config = small_config(variant)
        model = build(config).model.train()
        output = model(**as_batch(read(config, "target", 5), model.vocab))
        assert output["loss"].item() == output["tag_loss"].item()
        assert "discriminator_loss" not in output

    @pytest.mark.parametrize("resource", RESOURCES)
    @pytest.mark.parametrize("variant", ["datnet_f", "datnet_p"])
    def test_equation_2(self, variant, resource, small_config, build, read, as_batch):
        """The loss is the sum of both; GRAD's part by Eq. 1 from the discriminator's verdicts."""
        config = small_config(variant)
        model = build(config).model.train()
        verdicts = []
        model.discriminator.register_forward_hook(lambda *call: verdicts.append(call[-1]))
        output = model(**as_batch(read(config, resource, 5), model.vocab))
        r = torch.sigmoid(verdicts[0].double())
        alpha, gamma = 0.25, 2
        if resource == "source":
            grad = -(alpha * (1 - r) ** gamma * torch.log(r)).mean()
        else:
            grad = -((1 - alpha) * r**gamma * torch.log(1 - r)).mean()
        torch.testing.assert_close(output["discriminator_loss"].double(), grad)
        torch.testing.assert_close(output["loss"], output["tag_loss"] + grad.float())

    @pytest.mark.parametrize("variant", ["datnet_f", "datnet_p"])
    def test_the_discriminator_learns_and_what_lies_below_unlearns(
        self, variant, small_config, build, read, as_batch
    ):
        config = small_config(variant)
        rate = config["model"]["gradient_reversal"]["rate"]
        model = build(config).model.train()
        batch = as_batch(read(config, "source", 6), model.vocab)

        def gradients():
            model.zero_grad()
            model(**batch)["discriminator_loss"].backward()
            return {
                name: parameter.grad.clone()
                for name, parameter in model.named_parameters()
                if parameter.grad is not None and parameter.grad.abs().sum() > 0
            }

        reversed_ = gradients()
        model.gradient_reversal.forward = lambda shared: shared
        straight = gradients()

        assert reversed_.keys() == straight.keys()
        touched = {name.split(".")[0] for name in straight}
        assert touched == {"text_field_embedder", "encoder", "discriminator"}
        assert not any("private" in name for name in straight)
        for name, gradient in straight.items():
            factor = 1.0 if name.startswith("discriminator") else -rate
            torch.testing.assert_close(reversed_[name], factor * gradient, msg=name)

    def test_dann_reversal_advances_once_a_training_batch(
        self, small_config, build, read, as_batch
    ):
        config = small_config("datnet_f")
        config["model"]["gradient_reversal"] = {"type": "dann", "num_steps": 10}
        model = build(config).model
        batch = as_batch(read(config, "source", 2), model.vocab)
        model.eval()(**batch)
        assert model.gradient_reversal.step == 0
        model.train()(**batch)
        with model.counting_paused():
            model(**batch)
        assert model.gradient_reversal.step == 1

    def test_both_passes_over_a_batch_are_reversed_at_the_same_rate(
        self, small_config, build, read, as_batch
    ):
        config = small_config("datnet_f")
        config["model"]["gradient_reversal"] = {"type": "dann", "num_steps": 3}
        model = build(config).model.train()
        batch = as_batch(read(config, "source", 3), model.vocab)

        def gradient():
            model.zero_grad()
            model(**batch)["discriminator_loss"].backward()
            return model.encoder.shared.lstm.weight_ih_l0.grad.clone()

        counted = gradient()
        with model.counting_paused():
            torch.testing.assert_close(gradient(), counted)
        assert counted.abs().sum() > 0


@pytest.mark.parametrize("variant", ["datnet_f", "base"])
def test_in_distributed_training_several_resources_need_an_accelerator(
    variant, small_config, build, tmp_path
):
    """Without one, torch ends the training in the second step, with advice for programmers."""
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path}/processes", rank=0, world_size=1
    )
    try:
        if variant == "base":
            build(small_config(variant))
        else:
            with pytest.raises(
                ConfigurationError,
                match=r"distributed\.ddp_accelerator: found none, .*find_unused_parameters",
            ):
                build(small_config(variant))
    finally:
        torch.distributed.destroy_process_group()


def parameters(module):
    return {name: parameter.data for name, parameter in module.named_parameters()}


def to_iob2(tags):
    return [tag.replace("L-", "I-").replace("U-", "B-") for tag in tags]


def gold_tags(path):
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    return [[line.split("\t")[1] for line in block.split("\n")] for block in blocks]


class TestMetrics:
    @pytest.fixture
    def trained(self, small_config, build):
        """Trained far enough to find something, on all sentences."""
        config = small_config("datnet_f")
        for path in config["train_data_path"].values():
            del path["max_sentences"]
        config["data_loader"]["batch_sampler"].update(batch_size=8, rates={"source": 1.0})
        config["trainer"].update(optimizer={"type": "adam", "lr": 0.02}, num_epochs=8, callbacks=[])
        run = build(config)
        run.trainer.train()
        return config, run.model.eval()

    @pytest.mark.long
    def test_they_are_seqevals_over_the_whole_file(self, trained, read, as_batch):
        config, model = trained
        model.get_metrics(reset=True)
        expected = {}
        for resource, prefix in (("target", ""), ("source", "source/")):
            path = FIXTURES / resource / "dev.conll"
            config["train_data_path"][resource] = str(path)
            instances = read(config, resource, 1000)
            predicted = []
            for start in range(0, len(instances), 7):
                output = model(**as_batch(instances[start : start + 7], model.vocab))
                predicted += map(to_iob2, model.make_output_human_readable(output)["tags"])
            gold = gold_tags(path)
            expected[f"{prefix}precision-overall"] = precision_score(gold, predicted)
            expected[f"{prefix}recall-overall"] = recall_score(gold, predicted)
            expected[f"{prefix}f1-measure-overall"] = f1_score(gold, predicted)
        metrics = model.get_metrics(reset=True)
        assert {key: metrics[key] for key in expected} == pytest.approx(expected)
        assert 0 < metrics["f1-measure-overall"] < 1
        assert metrics["f1-measure-overall"] != metrics["source/f1-measure-overall"]
        assert model.get_metrics() == {}

    def test_of_a_resource_that_was_not_seen_there_are_none(
        self, small_config, build, read, as_batch
    ):
        config = small_config("datnet_p")
        model = build(config).model.eval()
        model(**as_batch(read(config, "target", 4), model.vocab))
        metrics = model.get_metrics(reset=True)
        assert "f1-measure-overall" in metrics
        assert not any("source" in key for key in metrics)

    def test_losses_and_accuracies_are_those_of_the_batches(
        self, small_config, build, read, as_batch
    ):
        config = small_config("datnet_f")
        model = build(config).model.train()
        outputs = [
            model(**as_batch(read(config, resource, 4), model.vocab)) for resource in RESOURCES
        ]
        metrics = model.get_metrics()
        for resource, output in zip(RESOURCES, outputs, strict=True):
            assert metrics[f"tag_loss_{resource}"] == pytest.approx(output["tag_loss"].item())
            assert f"discriminator_accuracy_{resource}" in metrics
        mean = sum(output["discriminator_loss"].item() for output in outputs) / 2
        assert metrics["discriminator_loss"] == pytest.approx(mean)
        # An untrained discriminator says nearly the same of all.
        assert metrics["discriminator_accuracy"] == 0.5
        assert not any("f1" in key for key in metrics)

    def test_f1_in_training_if_wanted(self, small_config, build, read, as_batch):
        config = small_config("base")
        config["model"].update(decode_in_training=True, per_type_f1=True)
        model = build(config).model.train()
        output = model(**as_batch(read(config, "target", 20), model.vocab))
        assert len(output["tags"]) == 20
        assert {"f1-measure-overall", "f1-measure-person"} <= model.get_metrics().keys()

    def test_a_pass_that_does_not_count(self, small_config, build, read, as_batch):
        config = small_config("datnet_f")
        model = build(config).model.train()
        with model.counting_paused():
            model(**as_batch(read(config, "target", 4), model.vocab))
        assert model.get_metrics() == {}


class TestDecoding:
    @pytest.mark.parametrize("seed", range(3))
    def test_is_always_valid_bioul(self, seed, small_config, build, read, as_batch):
        config = small_config("f_transfer")
        config["dataset_reader"]["coding"] = "BIOUL"
        model = build(config).model.eval()
        torch.manual_seed(seed)
        for resource in RESOURCES:
            decoder = model.decoders[resource]
            for parameter in decoder.parameters():
                if not parameter.requires_grad:  # the constraints themselves
                    continue
                torch.nn.init.normal_(parameter, std=5.0)
            batch = as_batch(read(config, resource, 40), model.vocab)
            output = model(**batch)
            free = [
                decoder.to_labels(scores.argmax(dim=-1)[mask].tolist())
                for scores, mask in zip(output["logits"], output["mask"], strict=True)
            ]
            assert not all(map(is_bioul, free))
            tags = model.make_output_human_readable(output)["tags"]
            assert all(map(is_bioul, tags))
            assert [len(each) for each in tags] == output["mask"].sum(dim=1).tolist()

    @pytest.mark.parametrize("resource", RESOURCES)
    def test_a_model_in_training_mode_is_decoded_where_labels_are_asked_for(
        self, resource, small_config, build, read, as_batch
    ):
        config = small_config("datnet_p")
        model = build(config).model.train()
        instances = read(config, resource, 3)
        output = model(**as_batch(instances, model.vocab))
        assert "tags" not in output
        tags = model.make_output_human_readable(output)["tags"]
        assert [len(each) for each in tags] == [len(each["tokens"]) for each in instances]
        predicted = model.forward_on_instances(instances)
        assert [each["tags"] for each in predicted] == tags


def is_bioul(tags):
    inside = None
    for tag in tags:
        prefix, _, entity_type = tag.partition("-")
        if inside is not None:
            if prefix not in "IL" or entity_type != inside:
                return False
        elif prefix not in "BUO":
            return False
        if prefix in "BI":
            inside = entity_type
        else:
            inside = None
    return inside is None


@pytest.mark.parametrize(
    ("tags", "valid"), [("O U-a B-a I-a L-a O", True), ("B-a", False), ("B-a L-b", False)]
)
def test_the_check_of_bioul_itself(tags, valid):
    assert is_bioul(tags.split()) is valid


class TestBadInput:
    @pytest.mark.parametrize(
        ("variant", "change", "message"),
        [
            (
                "datnet_f",
                {"tag_namespaces": {"source": "source_tags", "target": "labels"}},
                r"model\.tag_namespaces: found 'labels', expected .*'source_tags', .*'target_tags'",
            ),
            (
                "datnet_f",
                {"target": "tweets"},
                r"model\.target: found 'tweets', expected .*\['source', 'target'\]",
            ),
            (
                "base",
                {"discriminator": {"type": "grad"}},
                r"model\.discriminator: found one with a single resource, expected at least two",
            ),
            (
                "f_transfer",
                {"gradient_reversal": {"type": "constant"}},
                r"model\.gradient_reversal: found one without a discriminator, expected",
            ),
            (
                "base",
                {"temperature": {"target": 0.0}},
                r"model\.temperature: found 0\.0 for 'target', expected a number above 0",
            ),
            (
                "base",
                {"temperature": {"source": 1.0}},
                r"model\.temperature: found 1\.0 for 'source', expected .*\['target'\]",
            ),
            *(
                ("base", {key: value}, f"Extra parameters .*'{key}'")
                # Keys of AllenNLP's tagger that mean nothing here.
                for key, value in {
                    "feedforward": {
                        "input_dim": 8,
                        "num_layers": 1,
                        "hidden_dims": 8,
                        "activations": "relu",
                    },
                    "top_k": 3,
                    "constrain_crf_decoding": True,
                    "calculate_span_f1": True,
                    "verbose_metrics": True,
                    "label_weights": {"O": 0.1},
                    "weight_strategy": "emission",
                    "ignore_loss_on_o_tags": True,
                    "label_namespace": "labels",
                }.items()
            ),
        ],
    )
    def test_configurations(self, variant, change, message, small_config, build):
        config = small_config(variant)
        config["model"].update(change)
        with pytest.raises(ConfigurationError, match=message):
            build(config)

    def test_an_unknown_discriminator(self, small_config, build):
        config = small_config("datnet_f")
        config["model"]["discriminator"] = {"type": "oracle"}
        with pytest.raises(
            ConfigurationError, match=r"oracle not in .*discriminator\.type: .*grad"
        ):
            build(config)

    def test_a_resource_without_a_decoder(self, small_config, build):
        config = small_config("f_transfer")
        del config["model"]["tag_namespaces"]["source"]
        run = build(config)
        with pytest.raises(ConfigurationError, match="of resource 'source', expected .*'target'"):
            run.trainer.train()

    def test_a_resource_without_an_embedder(self, small_config, build):
        config = small_config("f_transfer")
        del config["model"]["text_field_embedder"]["per_resource"]["source"]
        with pytest.raises(ConfigurationError, match=r"found no words .*'source_tokens', expected"):
            build(config).trainer.train()

    def test_a_resource_without_a_private_encoder(self, small_config, build):
        config = small_config("p_transfer")
        del config["model"]["encoder"]["private"]["source"]
        with pytest.raises(ConfigurationError, match=r"encoder\.private: .*'source', expected"):
            build(config).trainer.train()

    def test_a_mixed_batch(self, small_config, build):
        config = small_config("datnet_f")
        config["data_loader"] = {"batch_size": 80}
        with pytest.raises(
            ConfigurationError,
            match=r"several resources \['source', 'target'\], expected one: .*resource_bucket",
        ):
            build(config).trainer.train()

    @pytest.mark.parametrize("variant", ["base", "datnet_f"])
    @pytest.mark.parametrize("training", [False, True])
    def test_a_batch_without_resource(self, variant, training, small_config, build, read, as_batch):
        config = small_config(variant)
        model = build(config).model.train(training)
        batch = as_batch(read(config, "target", 3), model.vocab)
        expected = model(**batch)
        del batch["resource"]
        if variant == "base":
            torch.testing.assert_close(model(**batch)["loss"], expected["loss"])
        else:
            with pytest.raises(
                ConfigurationError, match=r"without a resource, expected .*\['source', 'target'\]"
            ):
                model(**batch)

    def test_untagged_sentences_have_tags_and_no_loss(self, small_config, build, read, as_batch):
        config = small_config("datnet_f")
        model = build(config).model.eval()
        batch = as_batch(read(config, "target", 3), model.vocab)
        del batch["tags"]
        output = model(**batch)
        assert not any("loss" in key for key in output)
        assert len(output["tags"]) == 3
