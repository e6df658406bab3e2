"""How long a perturbation is (epsilon in Eq. 3)."""

import torch
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError


class PerturbationBound(Registrable):
    """
    The L2 norm that the perturbation of a sentence gets.

    # Parameters

    epsilon : `float`
        More than 0, at most 1e6.
    """

    default_implementation = "absolute"

    def __init__(self, epsilon: float) -> None:
        # Beyond it, `epsilon` by the length of a short gradient would be infinite in float32.
        if not 0 < epsilon <= 1e6:
            raise ConfigurationError(
                f"epsilon: found {epsilon}, expected more than 0 and at most 1e6"
            )
        self.epsilon = epsilon

    def norm(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        vectors : `torch.Tensor`, shape `(batch_size, num_vectors, dim)`
            What is to be perturbed.
        mask : `torch.BoolTensor`, shape `(batch_size, num_vectors)`

        # Returns

        `torch.Tensor`, shape `(batch_size,)`.
        """
        raise NotImplementedError


@PerturbationBound.register("absolute")
class AbsoluteBound(PerturbationBound):
    """
    `epsilon` itself, as in the paper (5.0). What it does depends on how long the vectors are.

    Registered as a `PerturbationBound` with name "absolute".
    """

    def norm(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return vectors.new_full((vectors.size(0),), self.epsilon)


@PerturbationBound.register("relative")
class RelativeBound(PerturbationBound):
    """
    `epsilon` times the mean norm of the sentence's vectors, so that it means the same for other
    vectors: at 1.0 a whole sentence is moved by the length of one of its vectors.

    Registered as a `PerturbationBound` with name "relative".
    """

    def norm(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        lengths = vectors.norm(dim=-1) * mask
        return self.epsilon * lengths.sum(dim=1) / mask.sum(dim=1).clamp(min=1)
