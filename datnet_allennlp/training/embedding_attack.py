"""What attacks on embeddings share: the vectors that they move, how far, and the passes for it."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Dict, List, NamedTuple, Tuple, Union, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer
from allennlp.training.callbacks import TrainerCallback

from datnet_allennlp.modules.perturbable import perturbable
from datnet_allennlp.training.perturbation_bound import AbsoluteBound, PerturbationBound


class Embedded(NamedTuple):
    """Vectors of the clean pass, `(batch_size, ..., dim)`, and their mask, `(batch_size, ...)`."""

    vectors: torch.Tensor
    mask: torch.Tensor

    def flat(self, values: torch.Tensor) -> torch.Tensor:
        """Values like the vectors as `(batch_size, num_vectors, dim)`, zero at padding."""
        return values.detach().float().flatten(1, -2) * self.mask.flatten(1).unsqueeze(-1)


class EmbeddingAttack(TrainerCallback):
    """
    The base of callbacks that pass over each training batch again with the outputs of embedding
    modules moved. An attack says how in `attack`; it finds the batch's vectors in `embedded`,
    brings directions to their length with `to_bound` and runs a pass with `pass_with`. The norm of
    a perturbation is taken per sentence and module over all real tokens, characters or word pieces,
    never over padding; which those are, the module says (`perturbable`), whatever their ids. Frozen
    embeddings are moved too. Metrics and regularisation count the clean pass alone.

    Right with gradient accumulation and mixed precision. (Only a data loader that does not know its
    length has a last, smaller group of accumulated batches divided by the size of a full one.)

    # Parameters

    epsilon : `Dict[str, Union[float, PerturbationBound]]`
        For each module that is perturbed, by its name in the model
        (`text_field_embedder.per_resource.target`), its bound; a number is an `absolute` one. Any
        token embedder will do, the `embedding` within a `word_characters` and the word-piece
        embeddings within a pretrained transformer (their name depends on its class; an unknown one
        is answered with those that there are). A module that a batch does not use is left alone.
    warmup_steps : `int`, optional (default = 0)
        Training batches over which the bounds grow in a straight line from 0.

    Raises `ConfigurationError` for a model or a module that cannot be attacked.
    """

    name: str
    """The name that the attack is registered under."""
    model_method: str
    """What the model has to have."""

    def __init__(
        self,
        serialization_dir: str,
        epsilon: Dict[str, Union[float, PerturbationBound]],
        warmup_steps: int = 0,
    ) -> None:
        super().__init__(serialization_dir)
        if not epsilon:
            raise ConfigurationError(f"{self.name}.epsilon: found no module, expected at least one")
        if warmup_steps < 0:
            raise ConfigurationError(
                f"{self.name}.warmup_steps: found {warmup_steps}, expected 0 or more"
            )
        self.bounds = {
            name: bound if isinstance(bound, PerturbationBound) else AbsoluteBound(bound)
            for name, bound in epsilon.items()
        }
        self.warmup_steps = warmup_steps
        self.step = 0
        self.batch: Tuple[Tuple[Any, ...], Dict[str, Any]] = ((), {})
        self.embedded: Dict[str, Embedded] = {}
        self._shifts: Mapping[str, torch.Tensor] = {}
        self._handles: List[Any] = []

    def attack(
        self,
        trainer: GradientDescentTrainer,
        outputs: Dict[str, Any],
        backward_called: bool,
    ) -> None:
        """
        Runs the backward pass of the clean `outputs`, unless another callback has, and all that
        the attack adds to the gradient.
        """
        raise NotImplementedError

    def keep(self, vectors: torch.Tensor) -> torch.Tensor:
        """With what the clean pass goes on in place of its vectors; they are in `embedded`, too."""
        return vectors

    def on_start(
        self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any
    ) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        model = trainer.model
        if not hasattr(model, self.model_method):
            raise ConfigurationError(
                f"{self.name}: found a model of class {type(model).__name__}, expected one with "
                f"'{self.model_method}', like datnet_tagger"
            )
        parts = perturbable(model)
        for name in self.bounds:
            if name not in parts:
                raise ConfigurationError(
                    f"{self.name}.epsilon: found module '{name}', whose vectors cannot be "
                    f"moved, expected one of {sorted(parts)}"
                )
            self._handles.extend(parts[name].on_vectors(partial(self._move, model, name)))
        self._handles.append(
            trainer._pytorch_model.register_forward_pre_hook(
                partial(self._on_batch_given, model), with_kwargs=True
            )
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
        self.step += 1
        self.attack(trainer, batch_outputs, backward_called)
        self.embedded = {}
        return True

    def state_dict(self) -> Dict[str, Any]:
        return {"step": self.step}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self.step = state_dict["step"]

    @property
    def warmup(self) -> float:
        """What the bounds are multiplied by in this step."""
        return min(1.0, self.step / self.warmup_steps) if self.warmup_steps else 1.0

    @torch.no_grad()
    def to_bound(
        self, directions: Mapping[str, torch.Tensor], share: float
    ) -> Dict[str, torch.Tensor]:
        """
        # Parameters

        directions : `Mapping[str, torch.Tensor]`
            By module, of any length and of shape `(batch_size, num_vectors, dim)`.
        share : `float`
            What the bounds are multiplied by.

        # Returns

        `Dict[str, torch.Tensor]`
            Perturbations of that norm, shaped as the module's vectors, zero at padding. A sentence
            whose direction is zero stays where it is.
        """
        shifts = {}
        for name, direction in directions.items():
            embedded = self.embedded[name]
            vectors, mask = embedded
            direction = embedded.flat(direction.view(vectors.shape))
            length = direction.flatten(1).norm(dim=1)
            norm = share * self.bounds[name].norm(embedded.flat(vectors), mask.flatten(1))
            scale = torch.where(length > 0, norm / length, torch.zeros_like(length))
            # Eq. 3, linearised: eta = epsilon g / |g|.
            shift = direction * scale.view(-1, 1, 1)
            shifts[name] = shift.view_as(vectors).to(vectors.dtype)
        return shifts

    def pass_with(
        self,
        shifts: Mapping[str, torch.Tensor],
        trainer: GradientDescentTrainer,
        module: torch.nn.Module,
        changes: Mapping[str, Any] = {},  # noqa: B006  (is only read)
    ) -> Dict[str, Any]:
        """
        Passes over the batch again with the vectors moved.

        # Parameters

        shifts : `Mapping[str, torch.Tensor]`
            By module, shaped as its vectors.
        module : `torch.nn.Module`
            The trainer's model, or the wrapper of distributed training around it: a pass through
            the latter has to be followed by `backward`.
        changes : `Mapping[str, Any]`, optional
            Arguments of the model that take the place of the batch's.

        # Returns

        `Dict[str, Any]`: what the model gives.
        """
        args, batch = self.batch
        self._shifts = shifts
        try:
            with (
                cast(Any, trainer.model).counting_paused(),
                torch.autocast(trainer.cuda_device.type, enabled=trainer._use_amp),
            ):
                return module(*args, **{**batch, **changes})
        finally:
            self._shifts = {}

    def _on_batch_given(
        self,
        model: Any,
        module: torch.nn.Module,
        args: Tuple[Any, ...],
        kwargs: Dict[str, Any],
    ) -> None:
        # Not in the passes of an attack, this one or another.
        if module.training and model.counting:
            self.batch = (args, kwargs)
            self.embedded = {}

    def _move(
        self, model: Any, name: str, vectors: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        if not model.training or not torch.is_grad_enabled():
            return vectors
        if self._shifts:
            # x_adv = x + eta (section 3.5).
            return vectors + self._shifts[name] if name in self._shifts else vectors
        if model.counting:
            vectors = self.keep(vectors)
            self.embedded[name] = Embedded(vectors, mask)
        return vectors


def scaled(trainer: GradientDescentTrainer, loss: torch.Tensor) -> torch.Tensor:
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
