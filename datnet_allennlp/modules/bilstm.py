"""A bidirectional LSTM (section 3.2), by the way that is fast on the device."""

from typing import Optional, Sequence

import torch
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


@Seq2SeqEncoder.register("bilstm")
class BiLstm(Seq2SeqEncoder):
    """
    One layer of a bidirectional LSTM: `torch.nn.LSTM` over a packed sequence, so padding never
    reaches a real token. On a GPU it is that, for cuDNN runs both directions at once. On a CPU two
    dense LSTMs, the second over each sequence reversed within its own length, give the same and are
    faster.

    Registered as a `Seq2SeqEncoder` with name "bilstm".

    # Parameters

    input_size : `int`
    hidden_size : `int`
        Units in each direction; the output has twice as many.
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.lstm = torch.nn.LSTM(input_size, hidden_size, batch_first=True, bidirectional=True)

    def forward(self, inputs: torch.Tensor, mask: Optional[torch.Tensor]) -> torch.Tensor:
        """
        # Parameters

        inputs : `torch.Tensor`, shape `(batch_size, num_tokens, input_size)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
            True for tokens, which come before the padding. None: there is no padding.

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, 2 * hidden_size)`, zero at padding.
        """
        if inputs.size(1) == 0:
            return inputs.new_zeros(inputs.size(0), 0, self.get_output_dim())
        mask = inputs.new_ones(inputs.shape[:2]).bool() if mask is None else mask.bool()
        encoded = (self._packed if inputs.is_cuda else self._dense)(inputs, mask)
        return encoded * mask.unsqueeze(-1)

    def _packed(self, inputs: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        # PyTorch packs no sentence without tokens. Sorted here, so that the CPU waits for the GPU
        # once.
        lengths, order = mask.sum(dim=1).clamp(min=1).cpu().sort(descending=True)
        back = order.argsort().to(inputs.device)
        longest_first = inputs.index_select(0, order.to(inputs.device))
        packed = pack_padded_sequence(longest_first, lengths, batch_first=True)
        encoded, _ = pad_packed_sequence(
            self.lstm(packed)[0], batch_first=True, total_length=inputs.size(1)
        )
        return encoded.index_select(0, back)

    def _dense(self, inputs: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        reversal = _reversal_rows(mask)
        ahead_weights, behind_weights = self.lstm.all_weights
        ahead = self._one_direction(inputs, ahead_weights)
        behind = self._one_direction(_reorder(inputs, reversal), behind_weights)
        return torch.cat([ahead, _reorder(behind, reversal)], dim=-1)

    def _one_direction(self, inputs: torch.Tensor, weights: Sequence[torch.Tensor]) -> torch.Tensor:
        zeros = inputs.new_zeros(1, len(inputs), self.lstm.hidden_size)
        # With biases, one layer, no dropout, one direction, the batch first.
        return torch.lstm(
            inputs, (zeros, zeros), tuple(weights), True, 1, 0.0, self.training, False, True
        )[0]

    def get_input_dim(self) -> int:
        return self.lstm.input_size

    def get_output_dim(self) -> int:
        return 2 * self.lstm.hidden_size

    def is_bidirectional(self) -> bool:
        return True


def _reversal_rows(mask: torch.Tensor) -> torch.Tensor:
    """
    Where each row comes from, among all rows of the batch one sequence after the other, when each
    sequence is reversed in place; padding stays where it is. Shape `(batch_size * num_tokens,)`.
    """
    rows = torch.arange(mask.numel(), device=mask.device).view_as(mask)
    first_and_last = 2 * rows[:, :1] + mask.sum(dim=1, keepdim=True) - 1
    return torch.where(mask, first_and_last - rows, rows).flatten()


def _reorder(sequence: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    # Whole rows are copied faster than `gather` copies elements.
    return sequence.flatten(0, 1).index_select(0, rows).view_as(sequence)
