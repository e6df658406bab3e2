"""The character-level CNN (section 3.1)."""

from typing import List, Sequence, cast

import torch
from allennlp.modules.seq2vec_encoders import Seq2VecEncoder
from torch.nn.functional import linear, pad

_LENGTH_GROUPS = 5


@Seq2VecEncoder.register("character_cnn")
class CharacterCnn(Seq2VecEncoder):
    """
    Convolutions over the characters of a word, tanh, maximum over the word. Every window that
    touches a character counts, so a word shorter than a kernel has an encoding too, and padding
    never changes one. (AllenNLP's `cnn` gives such words minus infinity.)

    Registered as a `Seq2VecEncoder` with name "character_cnn".

    # Parameters

    embedding_dim : `int`
    num_filters : `int`
        Filters of each kernel size.
    kernel_sizes : `Sequence[int]`, optional (default = `(2, 3, 4)`)
        In characters. The paper gives none; these are the authors' own.
    """

    def __init__(
        self, embedding_dim: int, num_filters: int, kernel_sizes: Sequence[int] = (2, 3, 4)
    ) -> None:
        super().__init__()
        self._embedding_dim = embedding_dim
        self._output_dim = num_filters * len(kernel_sizes)
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv1d(embedding_dim, num_filters, size) for size in kernel_sizes
        )

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """
        # Parameters

        tokens : `torch.Tensor`, shape `(num_words, num_characters, embedding_dim)`
        mask : `torch.Tensor`, shape `(num_words, num_characters)`
            True for characters, which come before the padding.

        # Returns

        `torch.Tensor`, shape `(num_words, len(kernel_sizes) * num_filters)`, zero for a word of
        no characters.
        """
        if not tokens.numel():
            return tokens.new_zeros(len(tokens), self._output_dim)
        lengths = mask.sum(dim=1)
        # Most words are far shorter than the longest, so words of similar length go together.
        order = lengths.argsort()
        groups = [
            self._encode(tokens[group], lengths[group]) for group in order.chunk(_LENGTH_GROUPS)
        ]
        return torch.cat(groups)[order.argsort()]

    def _encode(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        longest = max(1, int(lengths.max()))
        position = torch.arange(longest, device=tokens.device)
        is_character = position < lengths.unsqueeze(1)
        characters = tokens[:, :longest] * is_character.unsqueeze(-1)

        # One matrix product does the work of all kernels, the smaller ones' weights at the right
        # end of the widest window. (A convolution is slower here: its cost lies in the many shapes
        # that words come in.) Window p ends at character p, whatever the kernel.
        convolutions = cast(List[torch.nn.Conv1d], list(self.convolutions))
        sizes = [convolution.kernel_size[0] for convolution in convolutions]
        widest = max(sizes)
        num_windows = longest + widest - 1
        padded = pad(characters, (0, 0, widest - 1, widest - 1))
        windows = torch.cat([padded[:, i : i + num_windows] for i in range(widest)], dim=-1)
        weight = torch.cat([pad(c.weight, (widest - c.kernel_size[0], 0)) for c in convolutions])
        bias = torch.cat([cast(torch.Tensor, convolution.bias) for convolution in convolutions])
        features = linear(windows, weight.transpose(1, 2).flatten(1), bias)

        window = torch.arange(num_windows, device=tokens.device).unsqueeze(1)
        touches = window < lengths.view(-1, 1, 1) + torch.tensor(sizes, device=tokens.device) - 1
        features = features.view(len(tokens), num_windows, len(sizes), -1)
        features = features.masked_fill(~touches.unsqueeze(-1), float("-inf"))
        # tanh grows with its argument, so it may follow the maximum.
        encoded = torch.tanh(features.amax(dim=1)).flatten(1)
        return torch.where(lengths.unsqueeze(1) > 0, encoded, 0.0)

    def get_input_dim(self) -> int:
        return self._embedding_dim

    def get_output_dim(self) -> int:
        return self._output_dim
