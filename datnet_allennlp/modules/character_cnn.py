"""The character-level CNN (section 3.1)."""

from typing import Any, List, Optional, Sequence, Tuple, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2vec_encoders import Seq2VecEncoder
from torch.autograd.function import once_differentiable
from torch.nn.functional import conv1d, embedding, pad

from datnet_allennlp.kernels import runs_on
from datnet_allennlp.kernels.characters import by_table, window_maxima


@Seq2VecEncoder.register("character_cnn")
class CharacterCnn(Seq2VecEncoder):
    """
    Convolutions over the characters of a word, tanh, maximum over the word. Every window that
    touches a character counts, so a word shorter than a kernel has an encoding too, and padding
    never changes one. (AllenNLP's `cnn` gives such words minus infinity.) Of equal windows, as in
    "haha", the first is the maximum and gets the gradient.

    Registered as a `Seq2VecEncoder` with name "character_cnn".

    # Parameters

    embedding_dim : `int`
    num_filters : `int`
        Filters of each kernel size.
    kernel_sizes : `Sequence[int]`, optional (default = `(2, 3, 4)`)
        In characters. The paper gives none; these are the authors' own.

    Raises `ConfigurationError` for no size, and for one below 1.
    """

    def __init__(
        self, embedding_dim: int, num_filters: int, kernel_sizes: Sequence[int] = (2, 3, 4)
    ) -> None:
        super().__init__()
        if not kernel_sizes or min(kernel_sizes) < 1:
            raise ConfigurationError(
                f"character_cnn.kernel_sizes: found {list(kernel_sizes)}, expected one size or "
                "more, each at least 1"
            )
        self._embedding_dim = embedding_dim
        self._output_dim = num_filters * len(kernel_sizes)
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv1d(embedding_dim, num_filters, size) for size in kernel_sizes
        )

    def forward(self, tokens: torch.Tensor, mask: Optional[torch.Tensor]) -> torch.Tensor:
        """
        # Parameters

        tokens : `torch.Tensor`, shape `(num_words, num_characters, embedding_dim)`
        mask : `torch.Tensor`, shape `(num_words, num_characters)`
            True for characters, which come before the padding. None: there is no padding.

        # Returns

        `torch.Tensor`, shape `(num_words, len(kernel_sizes) * num_filters)`, zero for a word of
        no characters.
        """
        # Most of the places in a batch of words are padding, so it is left out.
        mask = tokens.new_ones(tokens.shape[:2]).bool() if mask is None else mask.bool()
        places = mask.flatten().nonzero().squeeze(1)
        rows = torch.zeros_like(mask, dtype=torch.long)
        rows.view(-1)[places] = torch.arange(len(places), device=places.device)
        return self.encode_rows(tokens.flatten(0, 1).index_select(0, places), rows, mask)

    def encode_rows(
        self, vectors: torch.Tensor, rows: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """
        The same for characters that share their vectors, which saves most of the work.

        # Parameters

        vectors : `torch.Tensor`, shape `(num_vectors, embedding_dim)`
        rows : `torch.LongTensor`, shape `(num_words, num_characters)`
            The vector of each character.
        mask : `torch.Tensor`, shape `(num_words, num_characters)`

        Raises `IndexError` for a vector that does not exist.
        """
        if not rows.numel() or not len(vectors):
            return vectors.new_zeros(len(rows), self._output_dim)
        convolutions = cast(List[torch.nn.Conv1d], list(self.convolutions))
        sizes = [convolution.kernel_size[0] for convolution in convolutions]
        lengths = mask.sum(dim=1)
        if runs_on(vectors, *self.parameters()):
            weight = torch.cat([c.weight.permute(2, 0, 1).flatten(0, 1) for c in convolutions])
            # What each vector adds to a window, by kernel size, place in the window and filter.
            with torch.autocast("cpu", enabled=False):
                table = vectors @ weight.t()
            maxima = _WindowMaxima.apply(table, rows, lengths, torch.tensor(sizes))
        else:
            # One convolution for all: a smaller kernel is one that ignores the first characters.
            kernels = [pad(c.weight, (max(sizes) - c.kernel_size[0], 0)) for c in convolutions]
            maxima = _window_maxima(torch.cat(kernels), vectors, rows, lengths, sizes)
        bias = torch.stack([cast(torch.Tensor, convolution.bias) for convolution in convolutions])
        # tanh grows with its argument, so it may follow the maximum.
        encoded = torch.tanh(maxima + bias).flatten(1)
        return torch.where(lengths.unsqueeze(1) > 0, encoded, 0.0)

    def get_input_dim(self) -> int:
        return self._embedding_dim

    def get_output_dim(self) -> int:
        return self._output_dim


class _WindowMaxima(torch.autograd.Function):
    """See `datnet_allennlp.kernels.characters`, whose shapes these are."""

    @staticmethod
    def forward(
        ctx: Any,
        table: torch.Tensor,
        rows: torch.Tensor,
        lengths: torch.Tensor,
        sizes: torch.Tensor,
    ) -> torch.Tensor:
        num_filters = table.size(1) // int(sizes.sum())
        maxima = table.new_empty(len(rows), len(sizes), num_filters)
        starts = torch.zeros_like(maxima, dtype=torch.int32)
        tensors = (table.contiguous(), rows.contiguous(), lengths, sizes, maxima, starts)
        wrong = window_maxima(*(x.detach().numpy() for x in tensors))
        if wrong >= 0:
            raise IndexError(
                f"word {wrong} of the batch: found the characters {rows[wrong].tolist()}, expected "
                f"numbers from 0 to {len(table) - 1}"
            )
        ctx.save_for_backward(rows, lengths, sizes, starts)
        ctx.table_shape = table.shape
        return maxima

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_maxima: torch.Tensor) -> Tuple[torch.Tensor, None, None, None]:
        rows, lengths, sizes, starts = ctx.saved_tensors
        gradient = by_maxima.new_zeros(ctx.table_shape)
        tensors = (by_maxima.contiguous(), rows.contiguous(), lengths, sizes, starts, gradient)
        by_table(*(x.numpy() for x in tensors))
        return gradient, None, None, None


def _window_maxima(
    kernels: torch.Tensor,
    vectors: torch.Tensor,
    rows: torch.Tensor,
    lengths: torch.Tensor,
    sizes: Sequence[int],
) -> torch.Tensor:
    """
    The same on any device and for any type, in few operations; `kernels` has shape
    `(len(sizes) * num_filters, embedding_dim, largest size)`.
    """
    num_words, longest = rows.shape
    is_character = torch.arange(longest, device=rows.device) < lengths.unsqueeze(1)
    characters = torch.where(is_character.unsqueeze(-1), embedding(rows, vectors), 0.0)
    # Window w ends at character w.
    windows = conv1d(characters.transpose(1, 2), kernels, padding=kernels.size(2) - 1)
    windows = windows.view(num_words, len(sizes), -1, windows.size(2))
    window = torch.arange(windows.size(3), device=rows.device)
    ends = torch.stack([lengths + size - 1 for size in sizes], dim=1)
    touches = (window < ends.unsqueeze(-1)).unsqueeze(2)
    # Of equal windows the first gets the gradient, as in the kernel; `amax` would share it.
    maxima = windows.masked_fill(~touches, float("-inf")).max(dim=3).values
    return torch.where(lengths.view(-1, 1, 1) > 0, maxima, 0.0)
