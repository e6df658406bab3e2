"""What every resource discriminator does."""

from typing import Optional, Sequence

import torch
from allennlp.common import Registrable


class ResourceDiscriminator(torch.nn.Module, Registrable):
    """
    Tells from a sentence's shared encoding which resource it comes from. It minimises its own loss;
    the gradient is reversed before it reaches it, see `GradientReversal`.

    Resources go by their number, the target's is 0. Of two resources there is one logit a sentence,
    that of its being from the source (section 3.3); of more there is one for each (softmax).

    # Parameters

    resources : `Sequence[str]`, optional (default = `("target", "source")`)
        The model fills it in.
    """

    def __init__(self, resources: Optional[Sequence[str]] = None) -> None:
        super().__init__()
        self.resources = ("target", "source") if resources is None else tuple(resources)

    @property
    def num_logits(self) -> int:
        return 1 if len(self.resources) == 2 else len(self.resources)

    def forward(self, encoded: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        # Parameters

        encoded : `torch.Tensor`, shape `(batch_size, num_tokens, shared_dim)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`

        # Returns

        `torch.Tensor`, shape `(batch_size,)` for two resources, `(batch_size, num_resources)` for
        more.
        """
        raise NotImplementedError

    def logit_of(self, logits: torch.Tensor, resource: int) -> torch.Tensor:
        """
        The logit of the sentences being from one resource rather than from any other, whose sigmoid
        is its probability: shape `(batch_size,)`.
        """
        if len(self.resources) == 2:
            return logits if resource else -logits
        others = [i for i in range(len(self.resources)) if i != resource]
        return logits[:, resource] - logits[:, others].logsumexp(dim=1)

    def is_right(self, logits: torch.Tensor, resource: int) -> torch.Tensor:
        """For each sentence of a resource, whether it is told so: shape `(batch_size,)`."""
        told = (logits > 0).long() if len(self.resources) == 2 else logits.argmax(dim=1)
        return told == resource

    def loss(self, logits: torch.Tensor, resource: int) -> torch.Tensor:
        """
        # Parameters

        logits : `torch.Tensor`, as `forward` gives them
        resource : `int`
            The resource of the sentences of this batch.

        # Returns

        `torch.Tensor`, a scalar: the mean over the batch.
        """
        raise NotImplementedError
