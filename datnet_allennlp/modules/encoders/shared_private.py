"""The encoder of DATNet-P: a shared part and one per resource (section 3.2, figure 1b)."""

from typing import Dict, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder

from datnet_allennlp.modules.encoders.resource_encoder import ResourceEncoder


@Seq2SeqEncoder.register("shared_private")
class SharedPrivateEncoder(ResourceEncoder):
    """
    Encodes a batch with its resource's own encoder and with the shared one; the output is
    `[private; shared]`.

    Registered as a `Seq2SeqEncoder` with name "shared_private".

    # Parameters

    shared : `Seq2SeqEncoder`
    private : `Dict[str, Seq2SeqEncoder]`
        An encoder for each resource.

    Raises `ConfigurationError` where the encoders do not agree on the input, or the private ones on
    the output dimension, and for a batch of a resource without an encoder.
    """

    def __init__(self, shared: Seq2SeqEncoder, private: Dict[str, Seq2SeqEncoder]) -> None:
        super().__init__()
        inputs = {"shared": shared.get_input_dim()}
        inputs.update({name: encoder.get_input_dim() for name, encoder in private.items()})
        outputs = {name: encoder.get_output_dim() for name, encoder in private.items()}
        for what, dims in (("input", inputs), ("private output", outputs)):
            if len(set(dims.values())) != 1:
                raise ConfigurationError(
                    f"encoder: found {what} dimensions {dims}, expected one dimension"
                )
        self.shared = shared
        self.private = torch.nn.ModuleDict(private)
        self._output_dim = next(iter(outputs.values())) + shared.get_output_dim()

    def forward(
        self, inputs: torch.Tensor, mask: torch.BoolTensor, resource: Optional[str] = None
    ) -> torch.Tensor:
        if resource is None or resource not in self.private:
            raise ConfigurationError(
                f"encoder.private: found a batch of resource '{resource}', expected one of "
                f"{sorted(self.private)}"
            )
        private = self.private[resource](inputs, mask)
        return torch.cat([private, self.shared(inputs, mask)], dim=-1)

    def get_input_dim(self) -> int:
        return self.shared.get_input_dim()

    def get_output_dim(self) -> int:
        return self._output_dim

    def get_shared_dim(self) -> int:
        return self.shared.get_output_dim()

    def is_bidirectional(self) -> bool:
        return self.shared.is_bidirectional()
