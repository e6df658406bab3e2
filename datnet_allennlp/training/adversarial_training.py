"""Adversarial training on embeddings as a callback around a training step (section 3.5)."""

from typing import Any, Dict, Optional, Sequence, Union

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp.training.embedding_attack import EmbeddingAttack, scaled
from datnet_allennlp.training.perturbation import GradientPerturbation, Perturbation
from datnet_allennlp.training.perturbation_bound import PerturbationBound


@TrainerCallback.register("adversarial_training")
class AdversarialTraining(EmbeddingAttack):
    """
    Adds to each training batch a second pass in which the outputs of embedding modules are moved by
    `eta = epsilon g / |g|` (Eq. 3); clean and adversarial gradients are summed (Eq. 4). `g` comes
    from the clean pass's own backward. What is moved and how far, see `EmbeddingAttack`.

    Registered as a `TrainerCallback` with name "adversarial_training".

    # Parameters

    epsilon, warmup_steps
        As for `EmbeddingAttack`.
    perturbation : `Perturbation`, optional (default = `GradientPerturbation()`)
    direction_loss : `str`, optional (default = `"loss"`)
        Which of the model's losses gives `g`. `loss` is the whole of Eq. 2, as it flows back: the
        discriminator's part comes with the reversed sign. `tag_loss` leaves the discriminator out;
        this costs a second backward pass through the encoder.
    adversarial_loss : `str`, optional (default = `"loss"`)
        Which of the model's losses the second pass adds; `tag_loss` leaves the discriminator out.
        A batch without tags has no `tag_loss`: with either, it is trained on plainly.

    Raises `ConfigurationError` for a module or a loss that the model lacks, before or in the first
    step on sentences with tags.
    """

    name = "adversarial_training"
    model_method = "counting_paused"

    def __init__(
        self,
        serialization_dir: str,
        epsilon: Dict[str, Union[float, PerturbationBound]],
        perturbation: Optional[Perturbation] = None,
        warmup_steps: int = 0,
        direction_loss: str = "loss",
        adversarial_loss: str = "loss",
    ) -> None:
        super().__init__(serialization_dir, epsilon, warmup_steps)
        self.perturbation = perturbation or GradientPerturbation()
        self.direction_loss = direction_loss
        self.adversarial_loss = adversarial_loss

    def keep(self, vectors: torch.Tensor) -> torch.Tensor:
        if not vectors.requires_grad:
            vectors = vectors.detach().requires_grad_()
        vectors.retain_grad()
        return vectors

    def attack(
        self, trainer: GradientDescentTrainer, outputs: Dict[str, Any], backward_called: bool
    ) -> None:
        if backward_called:
            raise ConfigurationError(
                "adversarial_training: found a callback before it that ran the backward pass, "
                "expected to run it itself; put it first in trainer.callbacks"
            )
        if not self._has_losses(outputs):
            self.embedded = {}
        shifts = self._clean_backward(trainer, outputs)
        self.embedded = {}
        if shifts:
            outputs = self.pass_with(shifts, trainer, trainer._pytorch_model)
            # Eq. 4: adds to the gradient of the clean pass.
            scaled(trainer, outputs[self.adversarial_loss]).backward()

    def _clean_backward(
        self, trainer: GradientDescentTrainer, outputs: Dict[str, torch.Tensor]
    ) -> Dict[str, torch.Tensor]:
        """Runs the clean pass's backward and returns each module's perturbation."""
        found: Sequence[Optional[torch.Tensor]]
        if self.direction_loss == "loss" or not self.embedded:
            scaled(trainer, outputs["loss"]).backward()
            found = [vectors.grad for vectors, _ in self.embedded.values()]
        else:
            # Not by `backward`, which in distributed training may run once for each pass.
            found = torch.autograd.grad(
                scaled(trainer, outputs[self.direction_loss]),
                [vectors for vectors, _ in self.embedded.values()],
                retain_graph=True,
                allow_unused=True,
            )
            scaled(trainer, outputs["loss"]).backward()
        directions = {
            name: self.perturbation.direction(embedded.flat(gradient))
            for (name, embedded), gradient in zip(self.embedded.items(), found, strict=True)
            if gradient is not None
        }
        return self.to_bound(directions, self.warmup)

    def _has_losses(self, outputs: Dict[str, Any]) -> bool:
        for key in ("direction_loss", "adversarial_loss"):
            if getattr(self, key) not in outputs:
                if self.batch[1].get("tags") is None:
                    return False
                losses = sorted(k for k in outputs if k.endswith("loss"))
                raise ConfigurationError(
                    f"adversarial_training.{key}: found '{getattr(self, key)}', expected one of "
                    f"the model's losses: {losses}"
                )
        return True
