"""What the encoders of DATNet have in common."""

from typing import Optional

import torch
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder


class ResourceEncoder(Seq2SeqEncoder):
    """
    A `Seq2SeqEncoder` that may treat each resource in its own way. The last dimensions of its
    output are those that all resources share; these are what the discriminator sees.
    """

    def forward(
        self, inputs: torch.Tensor, mask: torch.BoolTensor, resource: Optional[str] = None
    ) -> torch.Tensor:
        """
        # Parameters

        inputs : `torch.Tensor`, shape `(batch_size, num_tokens, input_dim)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
        resource : `str`, optional
            The resource of the whole batch.

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, output_dim)`.
        """
        raise NotImplementedError

    def get_shared_dim(self) -> int:
        raise NotImplementedError

    def shared_part(self, encoded: torch.Tensor) -> torch.Tensor:
        """
        Cuts what all resources share out of this encoder's output: shape
        `(batch_size, num_tokens, shared_dim)`.
        """
        return encoded[..., -self.get_shared_dim() :]
