"""Virtual adversarial training (Miyato et al., 2018): it needs no tags."""

from typing import Any, Dict, List, Optional, Tuple, Union

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp.training.embedding_attack import EmbeddingAttack, scaled
from datnet_allennlp.training.perturbation_bound import PerturbationBound
from datnet_allennlp.training.random_state import get_random_state, set_random_state


@TrainerCallback.register("virtual_adversarial_training")
class VirtualAdversarialTraining(EmbeddingAttack):
    """
    Adds to each training batch the divergence `KL(p(y | x) || p(y | x + r))` of the tags of clean
    and of perturbed text, see `TagDecoder.divergence`. `r` is where, within the bound, it is
    largest: to second order along the leading eigenvector of its Hessian at 0, which is found by
    power iteration from a random start, each product with the Hessian by a finite difference. The
    gradient flows through the perturbed side alone. All passes over a batch have the same dropout,
    so that nothing but `r` divides them. What is moved and how far, see `EmbeddingAttack`.

    Sentences with tags and without are attacked; what is in `DatnetTagger`'s `unlabelled` needs no
    discriminator then. Beside `adversarial_training` it comes after it in `trainer.callbacks`, in
    any case before `finite_loss`. A step costs a third pass for each iteration.

    Registered as a `TrainerCallback` with name "virtual_adversarial_training".

    Source: Miyato, Maeda, Koyama and Ishii, *Virtual Adversarial Training: A Regularization Method
    for Supervised and Semi-Supervised Learning*, 2018, algorithm 1; on embeddings of text: Miyato,
    Dai and Goodfellow, 2017.

    # Parameters

    epsilon, warmup_steps
        As for `EmbeddingAttack`. With several modules the iteration is that of the largest
        divergence with each module at its own bound.
    resources : `List[str]`, optional
        The resources whose sentences are attacked (default: all).
    num_power_iterations : `int`, optional (default = 1)
        With 0 the direction stays random: the control experiment.
    xi : `float`, optional (default = 0.1)
        The step of the finite difference, as a share of the bounds without warm-up.

    Raises `ConfigurationError` for a module or resource that the model lacks and a number out of
    range.
    """

    name = "virtual_adversarial_training"
    model_method = "tag_probabilities"

    def __init__(
        self,
        serialization_dir: str,
        epsilon: Dict[str, Union[float, PerturbationBound]],
        resources: Optional[List[str]] = None,
        num_power_iterations: int = 1,
        xi: float = 0.1,
        warmup_steps: int = 0,
    ) -> None:
        super().__init__(serialization_dir, epsilon, warmup_steps)
        if num_power_iterations < 0:
            raise ConfigurationError(
                f"{self.name}.num_power_iterations: found {num_power_iterations}, expected 0 or "
                "more"
            )
        if not 0 < xi <= 1:
            raise ConfigurationError(
                f"{self.name}.xi: found {xi}, expected more than 0 and at most 1"
            )
        self.resources = resources
        self.num_power_iterations = num_power_iterations
        self.xi = xi
        self._noise: Dict[str, Any] = {}

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        model: Any = trainer.model
        for resource in self.resources or ():
            if resource not in model.resources:
                raise ConfigurationError(
                    f"{self.name}.resources: found '{resource}', expected some of {model.resources}"
                )
        self._handles.append(model.register_forward_hook(self._add_loss, with_kwargs=True))

    def attack(
        self, trainer: GradientDescentTrainer, outputs: Dict[str, Any], backward_called: bool
    ) -> None:
        if not backward_called:
            scaled(trainer, outputs["loss"]).backward()
        model: Any = trainer.model
        if not self.embedded or not self._attacks(model, self.batch[1]):
            return
        changes = {
            "tags": None,
            "resource": outputs["resource"],
            "tag_probabilities": model.tag_probabilities(outputs),
        }
        directions = {
            name: torch.randn_like(each.flat(each.vectors)) for name, each in self.embedded.items()
        }
        for _ in range(self.num_power_iterations):
            probe = self.to_bound(directions, self.xi)
            for shift in probe.values():
                shift.requires_grad_()
            # At 0 the gradient is 0, so that this one is the Hessian's product with the probe. Not
            # through the wrapper of distributed training, for no `backward` follows.
            divergence = self._same_pass(probe, trainer, model, changes)
            gradients = torch.autograd.grad(scaled(trainer, divergence), list(probe.values()))
            directions = dict(zip(probe, gradients, strict=True))
        shifts = self.to_bound(directions, self.warmup)
        divergence = self._same_pass(shifts, trainer, trainer._pytorch_model, changes)
        scaled(trainer, divergence).backward()

    def _same_pass(
        self,
        shifts: Dict[str, torch.Tensor],
        trainer: GradientDescentTrainer,
        module: torch.nn.Module,
        changes: Dict[str, Any],
    ) -> torch.Tensor:
        """The divergence, with the dropout of the clean pass."""
        state = get_random_state()
        set_random_state(self._noise)
        try:
            return self.pass_with(shifts, trainer, module, changes)["divergence_loss"]
        finally:
            set_random_state(state)

    def _on_batch_given(
        self, model: Any, module: torch.nn.Module, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> None:
        super()._on_batch_given(model, module, args, kwargs)
        if module.training and model.counting:
            self._noise = get_random_state()

    def _add_loss(
        self, model: Any, args: Tuple[Any, ...], batch: Dict[str, Any], outputs: Dict[str, Any]
    ) -> None:
        # What has neither tags nor a discriminator; the trainer asks for a loss.
        if model.training and "loss" not in outputs and self._attacks(model, batch):
            outputs["loss"] = 0 * outputs["logits"].sum()

    def _attacks(self, model: Any, batch: Dict[str, Any]) -> bool:
        given = batch.get("resource") or [model.target]
        return self.resources is None or given[0] in self.resources
