import copy
import functools
import itertools
import json
import math
from contextlib import contextmanager

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp.modules.perturbable import perturbable
from datnet_allennlp.training import AdversarialTraining
from datnet_allennlp.training.perturbation_bound import RelativeBound

TARGET = "text_field_embedder.per_resource.target"
SOURCE = "text_field_embedder.per_resource.source"
CHARACTERS = "text_field_embedder.shared.characters.embedding"
TRANSFORMER = "text_field_embedder.shared.words"
PIECES = f"{TRANSFORMER}._matched_embedder.transformer_model.embeddings.word_embeddings"
# One number, one of each kind of bound.
EPSILON = {
    SOURCE: 5.0,
    TARGET: {"type": "relative", "epsilon": 0.8},
    CHARACTERS: {"type": "absolute", "epsilon": 2.0},
}
EPSILON_OF_TRANSFORMER = {TRANSFORMER: {"type": "relative", "epsilon": 0.8}, PIECES: 2.0}


def norm_by_hand(name, vectors):
    """The norm that EPSILON asks for; `vectors` are a sentence's, without padding."""
    if name in (TARGET, TRANSFORMER):
        return 0.8 * sum(vector.norm() for vector in vectors) / len(vectors)
    return {SOURCE: 5.0, CHARACTERS: 2.0, PIECES: 2.0}[name]


def mask_by_hand(name, batch):
    if name == CHARACTERS:
        # Those of each sentence stand in a row, without the padding between its words.
        ids = batch["tokens"]["characters"]["token_characters"]
        counts = [sum(1 for i in sentence.flatten().tolist() if i) for sentence in ids]
        return torch.tensor([[i < count for i in range(max(counts))] for count in counts])
    if name == TRANSFORMER:
        counts = [len(each["words"]) for each in batch["metadata"]]
        return torch.tensor([[i < count for i in range(max(counts))] for count in counts])
    if name == PIECES:
        return batch["tokens"]["words"]["wordpiece_mask"]  # see test_perturbable.py
    return batch["tokens"]["words"]["tokens"] > 0


@contextmanager
def on_output(model, names, function):
    """Inside, the vectors of the modules pass through `function(name, vectors)`."""
    parts = perturbable(model)
    handles = [
        handle
        for name in names
        if name in parts
        for handle in parts[name].on_vectors(lambda vectors, _, name=name: function(name, vectors))
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def two_passes(model, batches, direction="loss", adversarial="loss", names=tuple(EPSILON)):
    """
    The gradients of Eq. 4 summed over the batches, each batch's loss divided by their number, and
    the perturbations of Eq. 3: computed sentence by sentence and without the callback.
    """
    model = copy.deepcopy(model).train()
    model.zero_grad()
    all_shifts = []
    for batch in batches:
        embedded, shifts = {}, {}

        def keep(name, output, embedded=embedded):
            embedded[name] = output if output.requires_grad else output.clone().requires_grad_()
            return embedded[name]

        def move(name, output, shifts=shifts):
            return output + shifts[name]

        with on_output(model, names, keep), model.counting_paused():
            outputs = model(**batch)
        gradients = torch.autograd.grad(
            outputs[direction], list(embedded.values()), retain_graph=True
        )
        for (name, vectors), gradient in zip(embedded.items(), gradients, strict=True):
            shifts[name] = torch.zeros_like(vectors)
            for i, mask in enumerate(mask_by_hand(name, batch)):
                g = gradient[i][mask]
                norm = norm_by_hand(name, vectors[i][mask].detach())
                shifts[name][i][mask] = norm * g / g.norm()
        (outputs["loss"] / len(batches)).backward()
        with on_output(model, names, move), model.counting_paused():
            (model(**batch)[adversarial] / len(batches)).backward()
        all_shifts.append(shifts)
    return gradients_of(model), all_shifts


def gradients_of(model):
    return {
        name: parameter.grad.clone()
        for name, parameter in model.named_parameters()
        if parameter.grad is not None and parameter.requires_grad
    }


def assert_same_gradients(found, expected, **tolerance):
    nonzero = {name for name, gradient in expected.items() if gradient.abs().sum() > 0}
    assert nonzero <= found.keys() <= expected.keys()
    for name, gradient in found.items():
        torch.testing.assert_close(
            gradient,
            expected[name],
            msg=lambda text, name=name: f"{name}: {text}",
            **(tolerance or {"rtol": 1e-4, "atol": 1e-5}),
        )


class Steps:
    """Keeps, before each optimizer step, the gradients and a copy of the model without hooks."""

    def __init__(self, trainer):
        self.gradients, self.models = [], []
        self.template = copy.deepcopy(trainer.model)
        trainer.optimizer.register_step_pre_hook(lambda *_: self.keep(trainer.model))

    def keep(self, model):
        self.gradients.append(gradients_of(model))
        self.models.append(copy.deepcopy(self.template))
        self.models[-1].load_state_dict(model.state_dict())


class Observer(TrainerCallback):
    """
    Sees the outputs of the embedding modules after the callback under test, as it comes behind it,
    one dictionary for each pass of the model.
    """

    def __init__(self):
        super().__init__("")
        self.passes = []
        self._handles = []

    def on_start(self, trainer, is_primary=True, **kwargs):
        self._handles.append(
            trainer.model.register_forward_pre_hook(lambda *_: self.passes.append({}))
        )
        parts = perturbable(trainer.model)
        for name in (*EPSILON, *EPSILON_OF_TRANSFORMER):
            if name in parts:
                self._handles.extend(parts[name].on_vectors(functools.partial(self.see, name)))

    def see(self, name, vectors, mask):
        self.passes[-1][name] = vectors.detach().clone()
        return vectors

    def on_end(self, trainer, *args, **kwargs):
        for handle in self._handles:
            handle.remove()

    def shifts(self):
        """The differences between each pair of clean and adversarial pass."""
        pairs = zip(self.passes[::2], self.passes[1::2], strict=True)
        return [{name: moved[name] - clean[name] for name in clean} for clean, moved in pairs]


@pytest.fixture
def config(small_config):
    """DATNet-F with adversarial training on all three embeddings, one epoch, no validation."""

    def make(variant="datnet_f", epsilon=EPSILON, transformer=None, **options):
        config = small_config(variant, transformer)
        if variant in ("base", "base_at"):
            epsilon = {name: bound for name, bound in epsilon.items() if name != SOURCE}
        callback = {"type": "adversarial_training", "epsilon": copy.deepcopy(epsilon), **options}
        # Without clipping, so that the gradients can be compared.
        config["trainer"] = {
            "optimizer": {"type": "sgd", "lr": 0.1},
            "num_epochs": 1,
            "run_confidence_checks": False,  # its hooks outlive a failure
            "callbacks": [callback],
        }
        del config["validation_data_path"]
        return config

    return make


@pytest.fixture
def trained(build, read, as_batch):
    """
    Trains on batches of the given resources, four sentences each, and returns the trainer, the
    batches, and what Steps and Observer saw.
    """

    def train(config, resources, prepare=lambda trainer: None):
        trainer = build(config).trainer
        sentences = {name: iter(read(config, name, 40)) for name in set(resources)}
        batches = [
            as_batch(list(itertools.islice(sentences[name], 4)), trainer.model.vocab)
            for name in resources
        ]
        trainer.data_loader = batches
        steps, observer = Steps(trainer), Observer()
        trainer._callbacks.append(observer)
        prepare(trainer)
        trainer.train()
        return trainer, batches, steps, observer

    return train


class TestAgainstTwoExplicitPasses:
    @pytest.mark.parametrize("variant", ["base_at", "datnet_f", "datnet_p"])
    def test_gradients_and_perturbations(self, variant, config, trained):
        resources = ["target"] * 2 if variant == "base_at" else ["source", "target", "source"]
        _, batches, steps, observer = trained(config(variant), resources)
        assert len(steps.models) == len(batches)
        for batch, model, found, shifts in zip(
            batches, steps.models, steps.gradients, observer.shifts(), strict=True
        ):
            expected, [expected_shifts] = two_passes(model, [batch])
            assert_same_gradients(found, expected)
            assert shifts.keys() == expected_shifts.keys()
            for name, shift in shifts.items():
                torch.testing.assert_close(shift, expected_shifts[name], rtol=1e-3, atol=1e-4)

    @pytest.mark.parametrize("group", [2, 3])
    def test_accumulated_gradients(self, group, config, trained):
        """Five batches: with groups of two or three the last one is smaller."""
        options = config()
        options["trainer"]["num_gradient_accumulation_steps"] = group
        resources = ["source", "target", "target", "source", "target"]
        _, batches, steps, _ = trained(options, resources)
        groups = [batches[i : i + group] for i in range(0, 5, group)]
        assert len(steps.models) == len(groups) == math.ceil(5 / group)
        for batch_group, model, found in zip(groups, steps.models, steps.gradients, strict=True):
            assert_same_gradients(found, two_passes(model, batch_group)[0])

    @pytest.mark.parametrize("group, direction", [(1, "tag_loss"), (2, "loss")])
    def test_gradients_under_a_loss_scaler(self, group, direction, config, trained):
        class Scaler(torch.amp.GradScaler):
            def unscale_(self, optimizer):
                scaled.append(gradients_of(trainer.model))
                super().unscale_(optimizer)

        def put_scaler(of_trainer):
            nonlocal trainer
            trainer = of_trainer
            trainer._scaler = Scaler("cpu", init_scale=1024.0)

        trainer, scaled = None, []
        options = config(direction_loss=direction)
        options["trainer"]["num_gradient_accumulation_steps"] = group
        _, batches, steps, _ = trained(options, ["source", "target", "source"], put_scaler)
        groups = [batches[i : i + group] for i in range(0, 3, group)]
        assert len(scaled) == len(groups)
        for batch_group, model, found, before in zip(
            groups, steps.models, steps.gradients, scaled, strict=True
        ):
            expected, _ = two_passes(model, batch_group, direction=direction)
            assert_same_gradients(found, expected)
            for name, gradient in found.items():
                assert before[name].equal(1024 * gradient)

    def test_losses(self, config, trained):
        """Each choice of the two has its own gradients, and no other's."""
        seen = {}
        for direction, adversarial in itertools.product(["loss", "tag_loss"], repeat=2):
            options = config(direction_loss=direction, adversarial_loss=adversarial)
            # So that the discriminator counts, and all choices see the same weights.
            options["model"]["discriminator"] = {"type": "cross_entropy"}
            options["model"]["gradient_reversal"] = {"type": "constant", "rate": 300.0}
            options["trainer"]["optimizer"]["lr"] = 0.0
            _, batches, steps, observer = trained(options, ["source", "target"])
            seen[direction, adversarial] = steps.gradients, observer.shifts()
        for i, (model, batch) in enumerate(zip(steps.models, batches, strict=True)):
            for losses in seen:
                expected, [expected_shifts] = two_passes(model, [batch], *losses)
                for other, (gradients, shifts) in seen.items():
                    if other == losses:
                        assert_same_gradients(gradients[i], expected, rtol=1e-3, atol=1e-3)
                        for name, shift in shifts[i].items():
                            torch.testing.assert_close(
                                shift, expected_shifts[name], rtol=1e-2, atol=1e-3
                            )
                    else:
                        with pytest.raises(AssertionError):
                            assert_same_gradients(gradients[i], expected, rtol=1e-3, atol=1e-3)

    def test_a_rate_of_reversal_that_grows(self, config, trained):
        options = config()
        options["model"]["gradient_reversal"] = {"type": "dann", "num_steps": 4}
        trainer, batches, steps, _ = trained(options, ["source", "target", "source"])
        for batch, model, found in zip(batches, steps.models, steps.gradients, strict=True):
            assert_same_gradients(found, two_passes(model, [batch])[0])
        assert trainer.model.gradient_reversal.step == 3

    def test_frozen_embeddings_are_perturbed_too(self, config, trained):
        options = config()
        options["trainer"]["no_grad"] = ["text_field_embedder.*"]
        _, batches, steps, observer = trained(options, ["source", "target"])
        for batch, model, found, shifts in zip(
            batches, steps.models, steps.gradients, observer.shifts(), strict=True
        ):
            expected, [expected_shifts] = two_passes(model, [batch])
            assert not any(name.startswith("text_field_embedder") for name in found)
            assert_same_gradients(found, expected)
            for name, shift in expected_shifts.items():
                assert shift.abs().sum() > 0
                torch.testing.assert_close(shifts[name], shift, rtol=1e-3, atol=1e-4)

    def test_some_modules_only(self, config, trained):
        options = config(epsilon={CHARACTERS: EPSILON[CHARACTERS]})
        _, [batch], steps, observer = trained(options, ["target"])
        expected, _ = two_passes(steps.models[0], [batch], names=(CHARACTERS,))
        assert_same_gradients(steps.gradients[0], expected)
        [shifts] = observer.shifts()
        assert shifts[TARGET].abs().sum() == 0 < shifts[CHARACTERS].abs().sum()

    def test_a_batch_that_uses_no_perturbed_module_is_trained_on_plainly(self, config, trained):
        _, [batch], steps, observer = trained(config(epsilon={TARGET: 5.0}), ["source"])
        assert len(observer.passes) == 1
        model = steps.models[0].train()
        model.zero_grad()
        model(**batch)["loss"].backward()
        assert_same_gradients(steps.gradients[0], gradients_of(model))

    def test_regularisation_counts_once(self, config, trained):
        options = config()
        penalty = {"type": "l2", "alpha": 0.5}
        options["model"]["regularizer"] = {"regexes": [["decoders.*weight", penalty]]}
        _, [batch], steps, _ = trained(options, ["source"])
        expected, _ = two_passes(steps.models[0], [batch])
        for name, parameter in steps.models[0].named_parameters():
            if name.startswith("decoders") and name.endswith("weight"):
                regularised = 2 * 0.5 * parameter.detach()
                expected[name] = expected.get(name, torch.zeros_like(parameter)) + regularised
        assert_same_gradients(steps.gradients[0], expected)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
class TestTransformers:
    """The padding of one of them has the id 1; in none may it be moved."""

    @pytest.mark.long
    @pytest.mark.parametrize("name", EPSILON_OF_TRANSFORMER)
    @pytest.mark.parametrize("frozen", [False, True])
    def test_gradients_and_perturbations(
        self, kind, frozen, name, config, trained, tiny_transformer
    ):
        epsilon = {name: EPSILON_OF_TRANSFORMER[name]}
        options = config(transformer=tiny_transformer(kind), epsilon=epsilon)
        part = options["model"]["text_field_embedder"]["shared"]["words"]
        part["train_parameters"] = not frozen
        _, batches, steps, observer = trained(options, ["source", "target", "source"])
        for batch, model, found, shifts in zip(
            batches, steps.models, steps.gradients, observer.shifts(), strict=True
        ):
            expected, [expected_shifts] = two_passes(model, [batch], names=(name,))
            assert any("transformer_model" in parameter for parameter in found) != frozen
            assert_same_gradients(found, expected, rtol=1e-3, atol=1e-4)
            assert shifts[name].abs().sum() > 0
            assert shifts[name][~mask_by_hand(name, batch)].abs().sum() == 0
            torch.testing.assert_close(shifts[name], expected_shifts[name], rtol=1e-2, atol=1e-3)

    @pytest.mark.long
    def test_output_and_pieces_at_once(self, kind, config, trained, tiny_transformer):
        epsilon = EPSILON_OF_TRANSFORMER
        options = config(transformer=tiny_transformer(kind), epsilon=epsilon)
        _, [batch], steps, _ = trained(options, ["source"])
        expected, _ = two_passes(steps.models[0], [batch], names=tuple(epsilon))
        assert_same_gradients(steps.gradients[0], expected, rtol=1e-3, atol=1e-4)

    def test_a_sentence_in_windows_has_one_bound(self, kind, config, trained, tiny_transformer):
        options = config(transformer=tiny_transformer(kind), epsilon={PIECES: 2.0})
        parts = [options["model"]["text_field_embedder"]["shared"]["words"]]
        parts += [
            r["token_indexers"]["words"] for r in options["dataset_reader"]["readers"].values()
        ]
        for part in parts:
            part["max_length"] = 16
        _, [batch], _, observer = trained(options, ["target"])
        [shifts] = observer.shifts()
        width = shifts[PIECES].size(1)
        assert width % 16 == 0 and width > 32
        assert shifts[PIECES].flatten(1).norm(dim=1).tolist() == pytest.approx([2.0] * 4, rel=1e-3)
        moved = shifts[PIECES].abs().sum(dim=-1) > 0
        windows = batch["tokens"]["words"]["segment_concat_mask"]
        assert moved.sum(dim=1).equal(windows.sum(dim=1))


class TestPerturbation:
    def test_its_norm_is_the_bound_of_each_sentence(self, config, trained):
        _, batches, _, observer = trained(config(), ["source", "target"])
        for batch, shifts, clean in zip(
            batches, observer.shifts(), observer.passes[::2], strict=True
        ):
            for name, shift in shifts.items():
                mask = mask_by_hand(name, batch)
                assert not mask.all()
                assert shift[~mask].abs().sum() == 0
                for i, vectors in enumerate(clean[name]):
                    expected = norm_by_hand(name, vectors[mask[i]])
                    assert shift[i].norm().item() == pytest.approx(float(expected), rel=1e-3)

    @pytest.mark.long
    def test_it_raises_the_loss_more_than_noise_does(self, config, trained):
        def rise(perturbation):
            epsilon = {SOURCE: 0.5, TARGET: 0.5, CHARACTERS: 0.5}
            options = config(epsilon=epsilon, perturbation=perturbation)
            _, batches, steps, observer = trained(options, ["source", "target"])
            rises = []
            for batch, model, shifts in zip(batches, steps.models, observer.shifts(), strict=True):
                for shift in shifts.values():
                    assert shift.flatten(1).norm(dim=1).tolist() == pytest.approx([0.5] * 4, 1e-3)
                before = model(**batch)["loss"].item()
                with on_output(model, shifts, lambda name, out, s=shifts: out + s[name]):
                    rises.append(model(**batch)["loss"].item() - before)
            return min(rises)

        assert rise("gradient") > 3 * abs(rise("random")) > 0

    @pytest.mark.parametrize("resource", ["source", "target"])
    def test_of_a_padded_sentence_is_that_of_the_sentence_alone(
        self, resource, config, build, read, as_batch
    ):
        options = config()
        sentences = sorted(read(options, resource, 12), key=lambda each: len(each["tokens"]))
        short, long = sentences[0], sentences[-1]
        assert len(short["tokens"]) < len(long["tokens"])
        seen = []
        for together in ([short], [short, long]):
            trainer, observer = build(options).trainer, Observer()
            trainer.data_loader = [as_batch(together, trainer.model.vocab)]
            trainer._callbacks.append(observer)
            trainer.train()
            seen.append(observer.shifts()[0])
        alone, padded = seen
        for name, shift in alone.items():
            of_the_short = padded[name][0]
            for dim, size in enumerate(shift.shape[1:]):
                of_the_short = of_the_short.narrow(dim, 0, size)
            torch.testing.assert_close(of_the_short, shift[0], rtol=1e-4, atol=1e-6)
            assert padded[name][0].norm() == pytest.approx(shift[0].norm().item(), rel=1e-4)

    def test_its_bound_grows_during_warm_up(self, config, trained):
        options = config(epsilon={TARGET: 5.0}, warmup_steps=4)
        _, _, _, observer = trained(options, ["target"] * 6)
        norms = [shift[TARGET].flatten(1).norm(dim=1) for shift in observer.shifts()]
        for found, expected in zip(norms, [1.25, 2.5, 3.75, 5.0, 5.0, 5.0], strict=True):
            assert found.tolist() == pytest.approx([expected] * 4, rel=1e-3)


class TestStep:
    def test_costs_two_passes(self, config, trained):
        _, _, _, observer = trained(config(), ["source", "target", "source"])
        assert len(observer.passes) == 6

    @pytest.mark.parametrize("direction", ["loss", "tag_loss"])
    def test_metrics_count_the_clean_pass_alone(self, direction, config, trained):
        resources = ["source", "target"]
        with_at = config(direction_loss=direction)
        without = copy.deepcopy(with_at)
        del without["trainer"]["callbacks"]
        metrics = []
        for options in (with_at, without):
            # At rate 0 nothing is learnt, so that only the metrics could differ.
            options["trainer"]["optimizer"]["lr"] = 0.0
            options["model"]["decode_in_training"] = True
            trained(
                options,
                resources,
                lambda trainer: trainer._callbacks.append(KeepMetrics(metrics)),
            )
        assert metrics[0] == pytest.approx(metrics[1])
        assert {"training_loss", "training_f1-measure-overall"} <= metrics[0].keys()
        assert "training_discriminator_accuracy_source" in metrics[0]

    def test_nothing_is_perturbed_in_validation(self, config, build, read, as_batch):
        options = config("datnet_f")
        options["validation_data_path"] = {"target": options["train_data_path"]["target"]}
        options["validation_data_loader"] = {"batch_size": 16}
        trainer, observer = build(options).trainer, Observer()
        trainer.data_loader = [as_batch(read(options, "target", 4), trainer.model.vocab)]
        trainer._callbacks.append(observer)
        trainer.train()
        validation = observer.passes[2:]
        assert len(validation) == len(trainer._validation_data_loader) > 0
        embedder = trainer.model.text_field_embedder.per_resource["target"]
        for seen, batch in zip(validation, trainer._validation_data_loader, strict=True):
            assert embedder(batch["tokens"]["words"]["tokens"]).equal(seen[TARGET])

    def test_a_pass_outside_training_is_left_alone_even_with_gradients(self, config, trained):
        seen = []

        class Evaluate(TrainerCallback):
            def on_batch(self, trainer, batch_inputs, *args, **kwargs):
                trainer.model.eval()
                seen.append(trainer.model(**batch_inputs[0])["logits"])
                trainer.model.train()

        trainer, [batch], _, _ = trained(
            config(), ["target"], lambda trainer: trainer._callbacks.append(Evaluate(""))
        )
        assert trainer.model.eval()(**batch)["logits"].equal(seen[0])

    def test_no_hook_is_left_at_the_end(self, config, trained):
        trainer, _, _, _ = trained(config(), ["target"])
        for module in trainer.model.modules():
            assert not module._forward_hooks
            assert not module._forward_pre_hooks
            assert not getattr(module, "_moves", None)

    def test_no_hook_is_left_after_a_failure(self, config, build, read, as_batch):
        options = config(adversarial_loss="perplexity")
        trainer = build(options).trainer
        trainer.data_loader = [as_batch(read(options, "target", 2), trainer.model.vocab)]
        with pytest.raises(ConfigurationError):
            trainer.train()
        hooked = [module for module in trainer.model.modules() if module._forward_pre_hooks]
        assert not hooked
        assert not trainer.model.get_submodule(TARGET)._forward_hooks


class KeepMetrics(TrainerCallback):
    def __init__(self, kept):
        super().__init__("")
        self.kept = kept

    def on_epoch(self, trainer, metrics, epoch, **kwargs):
        self.kept.append(
            {
                key: value
                for key, value in metrics.items()
                if key.startswith("training_") and isinstance(value, float) and "worker" not in key
            }
        )


RECORD = '''
"""Lets the processes draw their batches each in its own order, and says which they were."""

import json
import random
from pathlib import Path

import torch
from allennlp.training.callbacks import TrainerCallback


@TrainerCallback.register("record_batches")
class RecordBatches(TrainerCallback):
    def on_start(self, trainer, is_primary=True, **kwargs):
        self.rank = torch.distributed.get_rank()
        self.batches = []
        random.seed(self.rank)
        torch.save(trainer.model.state_dict(), Path(self.serialization_dir) / "first.th")

    def on_batch(self, trainer, batch_inputs, *args, **kwargs):
        self.batches += [[m["origin"] for m in batch["metadata"]] for batch in batch_inputs]

    def on_end(self, trainer, *args, **kwargs):
        name = f"batches_{self.rank}.json"
        (Path(self.serialization_dir) / name).write_text(json.dumps(self.batches))
'''


@pytest.mark.process
@pytest.mark.usefixtures("fork_distributed")
@pytest.mark.parametrize("variant", ["datnet_f", "datnet_p"])
def test_two_processes_are_one_that_accumulates_two_batches(
    variant, config, build, read, as_batch, tmp_path, monkeypatch
):
    (tmp_path / "record_batches.py").write_text(RECORD)
    monkeypatch.syspath_prepend(str(tmp_path))
    options = config(variant, direction_loss="tag_loss")
    options["model"]["decode_in_training"] = True
    options["data_loader"]["batch_sampler"] = {"type": "resource_bucket", "batch_size": 6}
    one = build(options).model.train()
    sentences = {
        each["metadata"].metadata["origin"]: each
        for resource in ("source", "target")
        for each in read(options, resource, 40)
    }

    options["trainer"]["callbacks"].append({"type": "record_batches"})
    options["distributed"] = {
        "cuda_devices": [-1, -1],
        "ddp_accelerator": {"type": "torch", "find_unused_parameters": True},
    }
    run = tmp_path / "two"
    packages = ["datnet_allennlp", "record_batches"]
    train_model(Params(options), str(run), include_package=packages, return_model=False)

    orders = [json.loads((run / f"batches_{rank}.json").read_text()) for rank in (0, 1)]
    assert {origin for order in orders for batch in order for origin in batch} == sentences.keys()
    one.load_state_dict(torch.load(run / "first.th"))
    resources = set()
    for pair in zip(*orders, strict=True):
        batches = [as_batch([sentences[i] for i in origins], one.vocab) for origins in pair]
        resources.add(tuple(batch["resource"][0] for batch in batches))
        gradients, _ = two_passes(one, batches, direction="tag_loss")
        for batch in batches:
            one(**batch)  # is counted
        with torch.no_grad():
            for name, parameter in one.named_parameters():
                if name in gradients:
                    parameter -= 0.1 * gradients[name]
    assert len(resources) > 2, "in some steps each had another resource"
    trained = torch.load(run / "best.th")
    for name, parameter in one.named_parameters():
        torch.testing.assert_close(trained[name], parameter, rtol=1e-3, atol=1e-4)
    metrics = json.loads((run / "metrics.json").read_text())
    expected = one.get_metrics(reset=True)
    assert {"tag_loss_source", "discriminator_accuracy_target", "discriminator_loss"} <= set(
        expected
    )
    assert {key: metrics[f"training_{key}"] for key in expected} == pytest.approx(
        expected, rel=1e-3
    )


class TestState:
    def test_of_the_callback(self):
        callback = AdversarialTraining("", {TARGET: 5.0}, warmup_steps=10)
        callback.step = 7
        other = AdversarialTraining("", {TARGET: 5.0}, warmup_steps=10)
        other.load_state_dict(callback.state_dict())
        assert other.step == 7

    def test_is_in_the_trainers_checkpoint(self, config, build):
        options = config(warmup_steps=1000)
        options["trainer"]["num_epochs"] = 2
        first = build(options, "run").trainer
        first.train()
        batches = 2 * len(first.data_loader)
        assert at_of(first).step == batches > 2
        second = build(options, "run").trainer
        second._maybe_restore_checkpoint()
        assert at_of(second).step == batches


def at_of(trainer: GradientDescentTrainer) -> AdversarialTraining:
    [callback] = [each for each in trainer._callbacks if isinstance(each, AdversarialTraining)]
    return callback


class TestBadInput:
    def test_a_module_that_the_model_lacks(self, config, build):
        options = config(epsilon={TARGET: 5.0, "text_field_embedder.per_resource.tweets": 5.0})
        with pytest.raises(
            ConfigurationError,
            match=r"adversarial_training\.epsilon: found module "
            rf"'text_field_embedder\.per_resource\.tweets', .*expected one of .*'{TARGET}'",
        ) as error:
            build(options).trainer.train()
        assert CHARACTERS in str(error.value)

    def test_a_module_that_says_nothing_of_a_mask(self, config, build):
        with pytest.raises(
            ConfigurationError,
            match=r"found module 'encoder\.shared', whose vectors cannot be moved, expected one of",
        ):
            build(config(epsilon={"encoder.shared": 5.0})).trainer.train()

    def test_no_module(self):
        with pytest.raises(ConfigurationError, match="epsilon: found no module, expected at least"):
            AdversarialTraining("", {})

    @pytest.mark.parametrize("epsilon", [0, -5.0])
    def test_epsilon_out_of_range(self, epsilon, config, build):
        with pytest.raises(ConfigurationError, match=f"epsilon.*: found {epsilon}.*, expected"):
            build(config(epsilon={TARGET: epsilon}))

    def test_warmup_out_of_range(self):
        with pytest.raises(ConfigurationError, match="warmup_steps: found -1, expected 0 or more"):
            AdversarialTraining("", {TARGET: 5.0}, warmup_steps=-1)

    @pytest.mark.parametrize("key", ["direction_loss", "adversarial_loss"])
    def test_a_loss_that_the_model_lacks(self, key, config, trained):
        with pytest.raises(
            ConfigurationError,
            match=rf"{key}: found 'perplexity', expected .*'discriminator_loss', .*'tag_loss'",
        ):
            trained(config(**{key: "perplexity"}), ["target"])

    def test_another_model(self, config, build):
        run = build(config("base"))
        run.trainer.model = torch.nn.Linear(1, 1)
        with pytest.raises(ConfigurationError, match="class Linear, expected .*like datnet_tagger"):
            at_of(run.trainer).on_start(run.trainer)

    def test_a_callback_that_has_run_backward_already(self, config, trained):
        class Backward(TrainerCallback):
            def on_backward(self, trainer, batch_outputs, backward_called, **kwargs):
                return True

        with pytest.raises(ConfigurationError, match=r"put it first in trainer\.callbacks"):
            trained(
                config(), ["target"], lambda trainer: trainer._callbacks.insert(0, Backward(""))
            )

    def test_bounds_from_python(self):
        bound = RelativeBound(0.3)
        assert AdversarialTraining("", {TARGET: bound}).bounds == {TARGET: bound}
