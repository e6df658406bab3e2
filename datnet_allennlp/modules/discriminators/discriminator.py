"""What every resource discriminator does."""

import torch
from allennlp.common import Registrable


class ResourceDiscriminator(torch.nn.Module, Registrable):
    """
    Tells from a sentence's shared encoding whether it comes from the source. It minimises its own
    loss; the gradient is reversed before it reaches it, see `GradientReversal`.
    """

    def forward(self, encoded: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        # Parameters

        encoded : `torch.Tensor`, shape `(batch_size, num_tokens, shared_dim)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`

        # Returns

        `torch.Tensor`, shape `(batch_size,)`: the logit of the sentence being from the source.
        """
        raise NotImplementedError

    def loss(self, logits: torch.Tensor, is_source: bool) -> torch.Tensor:
        """
        # Parameters

        logits : `torch.Tensor`, shape `(batch_size,)`
        is_source : `bool`
            Whether the sentences of this batch are from the source.

        # Returns

        `torch.Tensor`, a scalar: the mean over the batch.
        """
        raise NotImplementedError
