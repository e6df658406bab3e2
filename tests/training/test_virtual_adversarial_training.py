"""Against marginals that are gradients of log Z, and against the Hessian by finite differences."""

import copy
import json
from contextlib import nullcontext
from functools import partial

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp import kernels
from datnet_allennlp.modules.perturbable import perturbable
from datnet_allennlp.training import AdversarialTraining, VirtualAdversarialTraining

TARGET = "text_field_embedder.per_resource.target"
SOURCE = "text_field_embedder.per_resource.source"
CHARACTERS = "text_field_embedder.shared.characters.embedding"
EPSILON = {TARGET: 3.0, SOURCE: 3.0, CHARACTERS: {"type": "relative", "epsilon": 0.8}}


class Observer(TrainerCallback):
    """Keeps what each pass does, and the gradients before the optimizer's step."""

    def __init__(self):
        super().__init__("")
        self.moved, self.outputs, self.gradients = [], [], []

    def on_start(self, trainer, is_primary=True, **kwargs):
        self.handles = [
            trainer.model.register_forward_pre_hook(lambda *_: self.moved.append({})),
            trainer.model.register_forward_hook(lambda *args: self.outputs.append(args[-1])),
        ]
        for name, part in perturbable(trainer.model).items():
            self.handles += part.on_vectors(partial(self.see, name))
        trainer.optimizer.register_step_pre_hook(
            lambda *_: self.gradients.append(gradients_of(trainer.model))
        )

    def on_end(self, trainer, *args, **kwargs):
        for handle in self.handles:
            handle.remove()

    def see(self, name, vectors, mask):
        self.moved[-1][name] = (vectors.detach().clone(), mask)
        return vectors

    def shifts(self, number=-1):
        """How far the vectors of a pass are from those of the clean one."""
        return {
            name: vectors - self.moved[0][name][0]
            for name, (vectors, _) in self.moved[number].items()
            if name in EPSILON  # the characters' encoding moves as well
        }

    def divergences(self):
        return [o["divergence_loss"].item() for o in self.outputs if "divergence_loss" in o]


def gradients_of(model):
    return {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}


@pytest.fixture
def config(small_config):
    def make(variant="datnet_f", epsilon=EPSILON, **options):
        config = small_config(variant)
        if variant == "base":
            epsilon = {name: bound for name, bound in epsilon.items() if name != SOURCE}
        options = {"epsilon": copy.deepcopy(epsilon), **options}
        config["trainer"] = {
            "optimizer": {"type": "sgd", "lr": 0.0},
            "num_epochs": 1,
            "run_confidence_checks": False,
            "callbacks": [{"type": "virtual_adversarial_training", **options}],
        }
        del config["validation_data_path"]
        return config

    return make


@pytest.fixture
def step(build, read, as_batch):
    """One step on some sentences of a resource; nothing is learnt."""

    def step(config, resource="target", chosen=slice(4), prepare=lambda model: None, seed=1):
        trainer, observer = build(config).trainer, Observer()
        sentences = read(config, resource, 40)[chosen]
        trainer.data_loader = [as_batch(sentences, trainer.model.vocab)]
        trainer._callbacks.append(observer)
        prepare(trainer.model)
        torch.manual_seed(seed)
        trainer.train()
        return trainer.model, trainer.data_loader[0], observer

    return step


def marginals_by_log_z(crf, logits, mask):
    """Those of each sentence, as the gradient of log Z by the logits."""
    rows = []
    for scores, length in zip(logits, mask.sum(dim=1).tolist(), strict=True):
        scores = scores[:length].double()
        if not scores.requires_grad:
            scores.requires_grad_()
        alpha = crf.start_transitions + scores[0]
        for score in scores[1:]:
            alpha = (alpha.unsqueeze(1) + crf.transitions.double()).logsumexp(dim=0) + score
        log_z = (alpha + crf.end_transitions).logsumexp(dim=0)
        rows += torch.autograd.grad(log_z, scores, create_graph=True)
    return torch.cat(rows)


def kl(p, q, batch_size):
    return (p * (p.log() - q.log())).sum() / batch_size


def at(model, batch, shifts):
    """The logits with the vectors moved by hand."""
    handles = [
        handle
        for name, part in perturbable(model).items()
        if name in shifts
        for handle in part.on_vectors(lambda vectors, _, name=name: vectors + shifts[name])
    ]
    with model.counting_paused():
        output = model(**batch)
    for handle in handles:
        handle.remove()
    return output


class TestAgainstExplicitPasses:
    @pytest.mark.parametrize(
        ("variant", "resource", "with_kernels"),
        [("base", "target", True), ("datnet_f", "source", False), ("datnet_p", "target", True)],
    )
    def test_the_gradient(self, variant, resource, with_kernels, config, step):
        with nullcontext() if with_kernels else kernels.disabled():
            model, batch, observer = step(config(variant), resource)
        assert len(observer.outputs) == 3
        model.zero_grad()
        crf = model.decoder(resource).crf
        with kernels.disabled():
            clean = at(model, batch, {})
            mask = clean["mask"]
            p = marginals_by_log_z(crf, clean["logits"].detach(), mask).detach()
            moved = at(model, {**batch, "tags": None}, observer.shifts())
            divergence = kl(p, marginals_by_log_z(crf, moved["logits"], mask), len(mask))
            found = observer.outputs[-1]["divergence_loss"]
            assert found.item() == pytest.approx(divergence.item(), rel=1e-3)
            (clean["loss"] + divergence).backward()
        expected = gradients_of(model)
        assert expected.keys() <= observer.gradients[0].keys()
        for name, gradient in expected.items():
            torch.testing.assert_close(
                observer.gradients[0][name], gradient, rtol=1e-3, atol=1e-4, msg=name
            )

    def test_kernels_change_neither_direction_nor_gradient(self, config, step):
        _, _, one = step(config())
        with kernels.disabled():
            _, _, other = step(config())
        for name, shift in one.shifts().items():
            torch.testing.assert_close(shift, other.shifts()[name], rtol=1e-2, atol=1e-3)
        for name, gradient in one.gradients[0].items():
            torch.testing.assert_close(
                gradient, other.gradients[0][name], rtol=1e-2, atol=1e-3, msg=name
            )

    def test_beside_adversarial_training_each_adds_its_own(self, config, step):
        both = config()
        virtual = both["trainer"]["callbacks"][0]
        adversarial = {"type": "adversarial_training", "epsilon": copy.deepcopy(EPSILON)}
        gradients = []
        for callbacks in ([], [adversarial], [virtual], [adversarial, virtual]):
            both["trainer"]["callbacks"] = copy.deepcopy(callbacks)
            gradients.append(step(both)[2].gradients[0])
        none, at_alone, virtual_alone, together = gradients
        for name, gradient in together.items():
            expected = at_alone[name] + virtual_alone[name] - none.get(name, 0)
            torch.testing.assert_close(gradient, expected, rtol=1e-3, atol=1e-4)

    def test_accumulated_batches(self, config, build, read, as_batch):
        """The random start differs, so at 0 iterations and a tiny bound: the clean gradients."""
        options = config(epsilon={TARGET: 1e-4}, num_power_iterations=0)
        options["trainer"]["num_gradient_accumulation_steps"] = 2
        trainer, observer = build(options).trainer, Observer()
        sentences = read(options, "target", 6)
        vocab = trainer.model.vocab
        batches = [as_batch(sentences[:3], vocab), as_batch(sentences[3:], vocab)]
        trainer.data_loader = batches
        trainer._callbacks.append(observer)
        trainer.train()
        trainer.model.zero_grad()
        for batch in batches:
            (trainer.model(**batch)["loss"] / 2).backward()
        for name, gradient in gradients_of(trainer.model).items():
            torch.testing.assert_close(observer.gradients[0][name], gradient, rtol=1e-3, atol=1e-4)


class TestDirection:
    @pytest.mark.long
    def test_is_the_leading_eigenvector_of_the_numerical_hessian(self, config, step):
        options = config("base", {TARGET: 0.05}, num_power_iterations=150, xi=0.02)
        model, batch, observer = step(
            options, chosen=slice(13, 14), prepare=lambda model: model.double()
        )
        found = observer.shifts()[TARGET][0]
        [length] = observer.moved[0][TARGET][1].sum(dim=1).tolist()
        crf = model.decoder("target").crf
        clean = at(model, batch, {})
        p = marginals_by_log_z(crf, clean["logits"].detach(), clean["mask"]).detach()

        def gradient(shift):
            shift = shift.view_as(found).unsqueeze(0).requires_grad_()
            moved = at(model, {**batch, "tags": None}, {TARGET: shift})
            divergence = kl(p, marginals_by_log_z(crf, moved["logits"], moved["mask"]), 1)
            return torch.autograd.grad(divergence, shift)[0].flatten()

        assert gradient(torch.zeros(found.numel(), dtype=torch.float64)).abs().max() < 1e-9
        # The gradient at zero is zero, so that one side will do.
        steps = 1e-6 * torch.eye(found.numel(), dtype=torch.float64)
        hessian = torch.stack([gradient(step) / 1e-6 for step in steps])
        torch.testing.assert_close(hessian, hessian.t(), rtol=1e-3, atol=1e-6)
        values, vectors = torch.linalg.eigh(hessian)
        assert length > 1 and values[-2] < 0.97 * values[-1]
        direction = found.flatten() / found.norm()
        assert (direction @ hessian @ direction).item() == pytest.approx(
            values[-1].item(), rel=1e-3
        )
        assert (direction @ vectors[:, -1]).abs() > 0.99

    def test_each_iteration_makes_it_worse(self, config, step):
        found = [
            step(config(epsilon={TARGET: 0.2}, num_power_iterations=number, xi=0.5))[
                2
            ].divergences()[-1]
            for number in (0, 1, 5)
        ]
        assert found[0] < 0.5 * found[1] and found[1] < found[2]

    @pytest.mark.parametrize("iterations", [0, 1])
    def test_its_norm_is_the_bound_and_padding_stays(self, iterations, config, step):
        _, _, observer = step(config(num_power_iterations=iterations, warmup_steps=4))
        for name, bound in ((TARGET, 3.0), (CHARACTERS, None)):
            clean, mask = observer.moved[0][name]
            for vectors, real, shift in zip(clean, mask, observer.shifts()[name], strict=True):
                expected = bound or 0.8 * vectors[real].norm(dim=-1).mean().item()
                assert shift[real].norm().item() == pytest.approx(expected / 4, rel=1e-3)
                assert shift[~real].eq(0).all()

    def test_the_probe_is_a_share_of_the_bound_whatever_the_warm_up(self, config, step):
        _, _, observer = step(config(warmup_steps=1000, xi=0.2))
        norms = observer.shifts(1)[TARGET].flatten(1).norm(dim=1)
        assert norms.tolist() == pytest.approx([0.6] * 4, rel=1e-3)

    def test_all_passes_have_the_same_dropout(self, config, step):
        options = config(epsilon={TARGET: 1e-5})
        options["model"]["dropout"] = 0.5
        options["model"]["text_field_embedder"]["dropout"] = 0.3
        for context in (nullcontext(), kernels.disabled()):
            with context:
                _, _, observer = step(options)
            logits = [output["logits"] for output in observer.outputs]
            assert (logits[0] == 0).any() or logits[0].std() > 0
            torch.testing.assert_close(logits[0], logits[2], rtol=1e-3, atol=1e-3)
            assert max(observer.divergences()) < 1e-6


class TestSentences:
    @pytest.fixture
    def without_tags(self, config):
        """The base model with text of the target, and no discriminator."""

        def make(**options):
            made = config("base", **options)
            readers = made["dataset_reader"]["readers"]
            readers["raw"] = {**copy.deepcopy(readers["target"]), "tag_column": None}
            path = made["train_data_path"]["target"]
            made["train_data_path"]["raw"] = {**path, "complement": True}
            made["model"]["unlabelled"] = {"raw": "target"}
            made["trainer"]["callbacks"].append({"type": "finite_loss"})
            return made

        return make

    def test_text_without_tags_is_learnt_from(self, without_tags, step):
        _, batch, observer = step(without_tags(), "raw")
        assert "tags" not in batch
        clean, _, last = observer.outputs
        assert clean["loss"].item() == 0 < last["divergence_loss"].item()
        for part in ("encoder.", "decoders.target.crf.transitions"):
            assert any(
                gradient.abs().sum() > 0
                for name, gradient in observer.gradients[0].items()
                if name.startswith(part)
            )

    def test_an_epoch_on_the_fixtures(self, without_tags, build):
        options = without_tags()
        options["trainer"]["optimizer"] = {"type": "fused_adam", "lr": 0.01}
        run = build(options)
        before = copy.deepcopy(run.model.state_dict())
        metrics = run.trainer.train()
        assert metrics["training_tag_loss_target"] > 0
        assert "training_tag_loss_raw" not in metrics
        assert not before["decoders.target.crf.transitions"].equal(
            run.model.state_dict()["decoders.target.crf.transitions"]
        )

    def test_some_resources_only(self, config, step):
        options = config(resources=["target"])
        assert len(step(options, "source")[2].outputs) == 1
        assert len(step(options, "target")[2].outputs) == 3

    def test_what_nothing_learns_from_is_refused(self, without_tags, step):
        with pytest.raises(ConfigurationError, match="resource 'raw': found no loss, expected"):
            step(without_tags(resources=["target"]), "raw")

    def test_adversarial_training_leaves_it_alone_where_its_loss_needs_tags(
        self, small_config, step
    ):
        plain = small_config("datnet_f")
        readers = plain["dataset_reader"]["readers"]
        readers["raw"] = {**copy.deepcopy(readers["target"]), "tag_column": None}
        plain["train_data_path"]["raw"] = plain["train_data_path"]["target"]
        plain["model"]["unlabelled"] = {"raw": "target"}
        del plain["validation_data_path"]
        seen = {}
        for key in (None, "loss", "adversarial_loss", "direction_loss"):
            attack = {"type": "adversarial_training", "epsilon": {TARGET: 3.0}}
            if key in ("adversarial_loss", "direction_loss"):
                attack[key] = "tag_loss"
            plain["trainer"] = {
                "optimizer": {"type": "sgd", "lr": 0.0},
                "num_epochs": 1,
                "run_confidence_checks": False,
                "callbacks": [attack] if key else [],
            }
            seen[key] = step(plain, "raw")[2]
        assert len(seen["loss"].outputs) == 2
        for key in ("adversarial_loss", "direction_loss"):
            assert len(seen[key].outputs) == 1
            for name, gradient in seen[None].gradients[0].items():
                torch.testing.assert_close(seen[key].gradients[0][name], gradient)


@pytest.mark.process
@pytest.mark.usefixtures("fork_distributed")
@pytest.mark.parametrize("variant", ["base", "datnet_f"])
def test_two_processes(variant, small_config, tmp_path):
    """With text without tags, and beside a discriminator and adversarial training."""
    config = small_config(variant)
    readers = config["dataset_reader"]["readers"]
    readers["raw"] = {**copy.deepcopy(readers["target"]), "tag_column": None}
    path = config["train_data_path"]["target"]
    config["train_data_path"]["raw"] = {**path, "complement": True}
    config["model"]["unlabelled"] = {"raw": "target"}
    config["trainer"]["num_epochs"] = 1
    attack = {"type": "virtual_adversarial_training", "epsilon": {TARGET: 1.0}}
    config["trainer"]["callbacks"].insert(-2, attack)  # before what watches
    config["distributed"] = {
        "cuda_devices": [-1, -1],
        "ddp_accelerator": {"type": "torch", "find_unused_parameters": True},
    }
    packages = ["datnet_allennlp"]
    train_model(Params(config), str(tmp_path / "run"), include_package=packages, return_model=False)
    weights = torch.load(tmp_path / "run" / "best.th")
    assert all(values.isfinite().all() for values in weights.values())
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["training_tag_loss_target"] > 0


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"num_power_iterations": -1}, "num_power_iterations: found -1, expected 0 or more"),
            ({"xi": 0.0}, "xi: found 0.0, expected more than 0"),
            ({"xi": 2.0}, "xi: found 2.0, expected more than 0"),
            ({"warmup_steps": -1}, "warmup_steps: found -1"),
            ({"epsilon": {}}, "epsilon: found no module"),
        ],
    )
    def test_numbers(self, options, message):
        with pytest.raises(ConfigurationError, match=rf"^virtual_adversarial_training\.{message}"):
            VirtualAdversarialTraining("", **{"epsilon": {TARGET: 1.0}, **options})

    def test_a_resource_that_the_model_lacks(self, config, step):
        with pytest.raises(
            ConfigurationError,
            match=r"resources: found 'tweets', expected some of \['source', 'target'\]",
        ):
            step(config(resources=["tweets"]))

    def test_a_module_that_the_model_lacks(self, config, step):
        with pytest.raises(
            ConfigurationError, match=r"^virtual_adversarial_training\.epsilon: found module 'x'"
        ):
            step(config(epsilon={"x": 1.0}))

    def test_adversarial_training_behind_it(self, config, step):
        options = config()
        attack = {"type": "adversarial_training", "epsilon": {TARGET: 1.0}}
        options["trainer"]["callbacks"].append(attack)
        with pytest.raises(ConfigurationError, match=r"put it first in trainer\.callbacks"):
            step(options)

    def test_its_step_is_its_state(self):
        one, other = (VirtualAdversarialTraining("", {TARGET: 1.0}) for _ in range(2))
        one.step = 7
        other.load_state_dict(one.state_dict())
        assert other.step == 7 and AdversarialTraining("", {TARGET: 1.0}).step == 0
