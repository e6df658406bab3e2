"""The log-likelihood of a batch by scaled recursions in a CPU's memory."""

from typing import Any, Optional, Tuple

import torch
from torch.autograd.function import once_differentiable

from datnet_allennlp.kernels.crf import backward_scaled, forward_scaled


class ScaledLikelihood(torch.autograd.Function):
    """
    Per sentence `score(tags) - log Z`. Its gradient by the score of a tag or transition is one for
    each time that the gold sequence uses it, minus the expected number of uses.

    `apply` takes `inputs`, `transitions`, `start`, `end` (float32), `tags` and `mask`, with shapes
    as in `LinearChainCrf`, and returns shape `(batch_size,)`. Raises `IndexError` for a tag that
    does not exist.
    """

    @staticmethod
    def forward(
        ctx: Any,
        inputs: torch.Tensor,
        transitions: torch.Tensor,
        start: torch.Tensor,
        end: torch.Tensor,
        tags: torch.Tensor,
        mask: torch.Tensor,
    ) -> torch.Tensor:
        lengths = mask.sum(dim=1)
        inputs, transitions, tags = inputs.contiguous(), transitions.contiguous(), tags.contiguous()
        factors, alphas = torch.empty_like(inputs), torch.empty_like(inputs)
        log_likelihood = inputs.new_empty(len(inputs))
        tensors = (inputs, transitions, start, end, tags, lengths, factors, alphas, log_likelihood)
        wrong = forward_scaled(*(x.detach().numpy() for x in tensors))
        if wrong >= 0:
            raise IndexError(
                f"sentence {wrong} of the batch: found the tags {tags[wrong].tolist()}, expected "
                f"numbers from 0 to {len(end) - 1}"
            )
        ctx.save_for_backward(transitions, end, tags, lengths, factors, alphas)
        return log_likelihood

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        transitions, end, tags, lengths, factors, alphas = ctx.saved_tensors
        by_start, by_end = torch.zeros_like(end), torch.zeros_like(end)
        gradients = (torch.zeros_like(alphas), torch.zeros_like(transitions), by_start, by_end)
        tensors = (grad.contiguous(), transitions, end, tags, lengths, factors, alphas, *gradients)
        backward_scaled(*(x.numpy() for x in tensors))
        return *gradients, None, None
