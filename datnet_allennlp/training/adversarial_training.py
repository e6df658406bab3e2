"""Adversarial training on embeddings as a callback around a training step (section 3.5)."""

import logging
from functools import partial
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp.modules.perturbable import perturbable
from datnet_allennlp.training.perturbation import GradientPerturbation, Perturbation
from datnet_allennlp.training.perturbation_bound import AbsoluteBound, PerturbationBound

logger = logging.getLogger(__name__)


class _Embedded(NamedTuple):
    """Vectors of the clean pass, `(batch_size, ..., dim)`, and their mask."""

    vectors: torch.Tensor
    mask: torch.Tensor


@TrainerCallback.register("adversarial_training")
class AdversarialTraining(TrainerCallback):
    """
    Adds to each training batch a second pass in which the outputs of embedding modules are moved by
    `eta = epsilon g / |g|` (Eq. 3); clean and adversarial gradients are summed (Eq. 4). The norm is
    taken per sentence and module over all real tokens, characters or word pieces, never over
    padding; which those are, the module says (`perturbable`), whatever their ids. `g` comes
    from the clean pass's own backward. Frozen embeddings are perturbed too. Metrics and
    regularisation count the clean pass alone.

    Right with gradient accumulation and mixed precision. (Only a data loader that does not know its
    length has a last, smaller group of accumulated batches divided by the size of a full one.)

    Registered as a `TrainerCallback` with name "adversarial_training".

    # Parameters

    epsilon : `Dict[str, Union[float, PerturbationBound]]`
        For each module that is perturbed, by its name in the model
        (`text_field_embedder.per_resource.target`), its bound; a number is an `absolute` one. Any
        token embedder will do, the `embedding` within a `word_characters` and the word-piece
        embeddings within a pretrained transformer (their name depends on its class; an unknown one
        is answered with those that there are). A module that a batch does not use is left alone.
    perturbation : `Perturbation`, optional (default = `GradientPerturbation()`)
    warmup_steps : `int`, optional (default = 0)
        Training batches over which the bounds grow in a straight line from 0.
    direction_loss : `str`, optional (default = `"loss"`)
        Which of the model's losses gives `g`. `loss` is the whole of Eq. 2, as it flows back: the
        discriminator's part comes with the reversed sign. `tag_loss` leaves the discriminator out;
        this costs a second backward pass through the encoder.
    adversarial_loss : `str`, optional (default = `"loss"`)
        Which of the model's losses the second pass adds; `tag_loss` leaves the discriminator out.

    Raises `ConfigurationError` for a module or a loss that the model lacks, before or in the first
    step.
    """

    def __init__(
        self,
        serialization_dir: str,
        epsilon: Dict[str, Union[float, PerturbationBound]],
        perturbation: Optional[Perturbation] = None,
        warmup_steps: int = 0,
        direction_loss: str = "loss",
        adversarial_loss: str = "loss",
    ) -> None:
        super().__init__(serialization_dir)
        if not epsilon:
            raise ConfigurationError(
                "adversarial_training.epsilon: found no module, expected at least one"
            )
        if warmup_steps < 0:
            raise ConfigurationError(
                f"adversarial_training.warmup_steps: found {warmup_steps}, expected 0 or more"
            )
        self.bounds = {
            name: bound if isinstance(bound, PerturbationBound) else AbsoluteBound(bound)
            for name, bound in epsilon.items()
        }
        self.perturbation = perturbation or GradientPerturbation()
        self.warmup_steps = warmup_steps
        self.direction_loss = direction_loss
        self.adversarial_loss = adversarial_loss
        self.step = 0
        self._batch: Tuple[Tuple[Any, ...], Dict[str, Any]] = ((), {})
        self._embedded: Dict[str, _Embedded] = {}
        self._shifts: Dict[str, torch.Tensor] = {}
        self._handles: List[Any] = []

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        if not hasattr(trainer.model, "counting_paused"):
            raise ConfigurationError(
                f"adversarial_training: found a model of class {type(trainer.model).__name__}, "
                "expected one with 'counting_paused', like datnet_tagger"
            )
        parts = perturbable(trainer.model)
        for name in self.bounds:
            if name not in parts:
                raise ConfigurationError(
                    f"adversarial_training.epsilon: found module '{name}', whose vectors cannot be "
                    f"moved, expected one of {sorted(parts)}"
                )
            self._handles.extend(parts[name].on_vectors(partial(self._move, trainer.model, name)))
        self._handles.append(
            trainer._pytorch_model.register_forward_pre_hook(self._on_batch_given, with_kwargs=True)
        )

    def on_end(self, trainer: GradientDescentTrainer, *args: Any, **kwargs: Any) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def on_backward(
        self,
        trainer: GradientDescentTrainer,
        batch_outputs: Dict[str, torch.Tensor],
        backward_called: bool,
        **kwargs: Any,
    ) -> bool:
        if backward_called:
            raise ConfigurationError(
                "adversarial_training: found a callback before it that ran the backward pass, "
                "expected to run it itself; put it first in trainer.callbacks"
            )
        self.step += 1
        self._shifts = self._clean_backward(trainer, batch_outputs)
        self._embedded = {}
        if self._shifts:
            args, batch = self._batch
            with (
                cast(Any, trainer.model).counting_paused(),
                torch.autocast(trainer.cuda_device.type, enabled=trainer._use_amp),
            ):
                outputs = trainer._pytorch_model(*args, **batch)
            self._shifts = {}
            loss = _loss_of(outputs, "adversarial_loss", self.adversarial_loss)
            # Eq. 4: adds to the gradient of the clean pass.
            _scaled(trainer, loss).backward()
        return True

    def state_dict(self) -> Dict[str, Any]:
        return {"step": self.step}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self.step = state_dict["step"]

    def _clean_backward(
        self, trainer: GradientDescentTrainer, outputs: Dict[str, torch.Tensor]
    ) -> Dict[str, torch.Tensor]:
        """Runs the clean pass's backward and returns each module's perturbation."""
        found: Sequence[Optional[torch.Tensor]]
        if self.direction_loss == "loss" or not self._embedded:
            _scaled(trainer, outputs["loss"]).backward()
            found = [vectors.grad for vectors, _ in self._embedded.values()]
        else:
            direction = _loss_of(outputs, "direction_loss", self.direction_loss)
            # Not by `backward`, which in distributed training may run once for each pass.
            found = torch.autograd.grad(
                _scaled(trainer, direction),
                [vectors for vectors, _ in self._embedded.values()],
                retain_graph=True,
                allow_unused=True,
            )
            _scaled(trainer, outputs["loss"]).backward()
        return self._perturbations(dict(zip(self._embedded, found, strict=True)))

    @torch.no_grad()
    def _perturbations(
        self, gradients: Dict[str, Optional[torch.Tensor]]
    ) -> Dict[str, torch.Tensor]:
        warmup = min(1.0, self.step / self.warmup_steps) if self.warmup_steps else 1.0
        shifts = {}
        for name, (vectors, mask) in self._embedded.items():
            by_vectors = gradients[name]
            if by_vectors is None:
                continue
            flat_mask = mask.flatten(1)
            flat = vectors.detach().float().flatten(1, -2)
            gradient = by_vectors.float().flatten(1, -2) * flat_mask.unsqueeze(-1)
            direction = self.perturbation.direction(gradient) * flat_mask.unsqueeze(-1)
            length = direction.flatten(1).norm(dim=1)
            norm = warmup * self.bounds[name].norm(flat, flat_mask)
            # A sentence without a gradient has no direction and stays where it is.
            scale = torch.where(length > 0, norm / length, torch.zeros_like(length))
            # Eq. 3, linearised: eta = epsilon g / |g|.
            shift = direction * scale.view(-1, 1, 1)
            shifts[name] = shift.view_as(vectors).to(vectors.dtype)
        return shifts

    def _on_batch_given(
        self, module: torch.nn.Module, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> None:
        if module.training and not self._shifts:
            self._batch = (args, kwargs)
            self._embedded = {}

    def _move(
        self, model: torch.nn.Module, name: str, vectors: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        if not model.training or not torch.is_grad_enabled():
            return vectors
        if self._shifts:
            # x_adv = x + eta (section 3.5).
            return vectors + self._shifts[name] if name in self._shifts else vectors
        if not vectors.requires_grad:
            vectors = vectors.detach().requires_grad_()
        vectors.retain_grad()
        self._embedded[name] = _Embedded(vectors, mask)
        return vectors


def _scaled(trainer: GradientDescentTrainer, loss: torch.Tensor) -> torch.Tensor:
    """
    What the trainer would backpropagate: the loss over the number of batches that are accumulated,
    which may be smaller at the end of an epoch, and times the scale of mixed precision.
    """
    group = trainer._num_gradient_accumulation_steps
    if group > 1:
        try:
            num_batches = len(trainer.data_loader)
        except TypeError:  # a lazy loader does not know
            pass
        else:
            group = min(group, num_batches - trainer._batches_in_epoch_completed * group)
    loss = loss / group
    if trainer._scaler is not None:
        loss = trainer._scaler.scale(loss)
    return loss


def _loss_of(outputs: Dict[str, Any], key: str, name: str) -> torch.Tensor:
    if name not in outputs:
        losses = sorted(k for k in outputs if k.endswith("loss"))
        raise ConfigurationError(
            f"adversarial_training.{key}: found '{name}', expected one of the model's losses: "
            f"{losses}"
        )
    return outputs[name]
