"""Which way a perturbation goes."""

import torch
from allennlp.common import Registrable


class Perturbation(Registrable):
    """The direction in which each sentence's vectors are moved."""

    default_implementation = "gradient"

    def direction(self, gradient: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        gradient : `torch.Tensor`, shape `(batch_size, num_vectors, dim)`
            The gradient of the loss by the vectors, zero at padding.

        # Returns

        `torch.Tensor`, of the same shape and of any length; the caller brings it to its norm and
        keeps padding where it is.
        """
        raise NotImplementedError


@Perturbation.register("gradient")
class GradientPerturbation(Perturbation):
    """
    Along the gradient (section 3.5: `eta = epsilon g / |g|`), the fast gradient method.

    Registered as a `Perturbation` with name "gradient".
    """

    def direction(self, gradient: torch.Tensor) -> torch.Tensor:
        return gradient


@Perturbation.register("random")
class RandomPerturbation(Perturbation):
    """
    Anywhere: the control experiment, noise of the same length.

    Registered as a `Perturbation` with name "random".
    """

    def direction(self, gradient: torch.Tensor) -> torch.Tensor:
        return torch.randn_like(gradient)
