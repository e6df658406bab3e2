"""The encoder of DATNet-F: everything is shared (section 3.2, figure 1c)."""

from typing import Optional

import torch
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder

from datnet_allennlp.modules.encoders.resource_encoder import ResourceEncoder


@Seq2SeqEncoder.register("shared")
class SharedEncoder(ResourceEncoder):
    """
    One encoder for all resources.

    Registered as a `Seq2SeqEncoder` with name "shared".

    # Parameters

    shared : `Seq2SeqEncoder`
    """

    def __init__(self, shared: Seq2SeqEncoder) -> None:
        super().__init__(stateful=shared.stateful)
        self.shared = shared

    def forward(
        self, inputs: torch.Tensor, mask: torch.BoolTensor, resource: Optional[str] = None
    ) -> torch.Tensor:
        return self.shared(inputs, mask)

    def get_input_dim(self) -> int:
        return self.shared.get_input_dim()

    def get_output_dim(self) -> int:
        return self.shared.get_output_dim()

    def get_shared_dim(self) -> int:
        return self.shared.get_output_dim()

    def is_bidirectional(self) -> bool:
        return self.shared.is_bidirectional()
