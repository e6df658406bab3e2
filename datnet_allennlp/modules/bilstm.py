"""A bidirectional LSTM over dense batches."""

import torch
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder


@Seq2SeqEncoder.register("bilstm")
class BiLstm(Seq2SeqEncoder):
    """
    One layer of a bidirectional LSTM, the same function as a packed `torch.nn.LSTM`. Two dense
    LSTMs, the second over each sequence reversed within its own length, are faster on a CPU than
    one over a packed sequence, and padding never reaches a real token either way.

    Registered as a `Seq2SeqEncoder` with name "bilstm".

    # Parameters

    input_size : `int`
    hidden_size : `int`
        Units in each direction; the output has twice as many.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.forward_lstm = torch.nn.LSTM(input_size, hidden_size, batch_first=True)
        self.backward_lstm = torch.nn.LSTM(input_size, hidden_size, batch_first=True)

    def forward(self, inputs: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        # Parameters

        inputs : `torch.Tensor`, shape `(batch_size, num_tokens, input_size)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
            True for tokens, which come before the padding.

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, 2 * hidden_size)`, zero at padding.
        """
        if inputs.size(1) == 0:
            return inputs.new_zeros(inputs.size(0), 0, self.get_output_dim())
        reversal = _reversal_indices(mask)
        ahead, _ = self.forward_lstm(inputs)
        behind, _ = self.backward_lstm(_reorder(inputs, reversal))
        encoded = torch.cat([ahead, _reorder(behind, reversal)], dim=-1)
        return encoded * mask.unsqueeze(-1)

    def get_input_dim(self) -> int:
        return self.forward_lstm.input_size

    def get_output_dim(self) -> int:
        return 2 * self.forward_lstm.hidden_size

    def is_bidirectional(self) -> bool:
        return True


def _reversal_indices(mask: torch.BoolTensor) -> torch.Tensor:
    """Positions that reverse each sequence in place; padding stays where it is."""
    position = torch.arange(mask.size(1), device=mask.device).expand_as(mask)
    last = mask.sum(dim=1, keepdim=True) - 1
    return torch.where(mask, last - position, position)


def _reorder(sequence: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    return sequence.gather(1, indices.unsqueeze(-1).expand_as(sequence))
