"""The log-likelihood of a batch by scaled recursions in a CPU's memory."""

from typing import Any, Optional, Tuple

import torch

from datnet_allennlp.kernels.crf import backward_scaled, forward_scaled
from datnet_allennlp.modules.crf.log_space_likelihood import differentiable_gradient


class ScaledLikelihood(torch.autograd.Function):
    """
    Per sentence `score(tags) - log Z`. Its gradient by a logit or transition is one for each time
    that the gold sequence uses it, minus the expected number of uses.

    `apply` takes `logits`, `transitions`, `start`, `end` (float32), `tags` and `mask`, with shapes
    as in `LinearChainCrf`, and returns shape `(batch_size,)`. Raises `IndexError` for a tag that
    does not exist.
    """

    @staticmethod
    def forward(
        ctx: Any,
        logits: torch.Tensor,
        transitions: torch.Tensor,
        start: torch.Tensor,
        end: torch.Tensor,
        tags: torch.Tensor,
        mask: torch.Tensor,
    ) -> torch.Tensor:
        inputs = (logits, transitions, start, end, tags, mask)
        lengths = mask.sum(dim=1)
        logits, transitions, tags = logits.contiguous(), transitions.contiguous(), tags.contiguous()
        exp_logits, alphas = torch.empty_like(logits), torch.empty_like(logits)
        log_likelihood = logits.new_empty(len(logits))
        tensors = (
            logits,
            transitions,
            start,
            end,
            tags,
            lengths,
            exp_logits,
            alphas,
            log_likelihood,
        )
        wrong = forward_scaled(*(x.detach().numpy() for x in tensors))
        if wrong >= 0:
            raise IndexError(
                f"sentence {wrong} of the batch: found the tags {tags[wrong].tolist()}, expected "
                f"numbers from 0 to {len(end) - 1}"
            )
        ctx.save_for_backward(*inputs, lengths, exp_logits, alphas)
        return log_likelihood

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        *inputs, lengths, exp_logits, alphas = ctx.saved_tensors
        if torch.is_grad_enabled():
            return differentiable_gradient(inputs, grad)
        _, transitions, _, end, tags, _ = inputs
        transitions, tags = transitions.contiguous(), tags.contiguous()
        saved = (transitions, end, tags, lengths, exp_logits, alphas)
        by_start, by_end = torch.zeros_like(end), torch.zeros_like(end)
        gradients = (torch.zeros_like(alphas), torch.zeros_like(transitions), by_start, by_end)
        backward_scaled(*(x.detach().numpy() for x in (grad.contiguous(), *saved, *gradients)))
        return *gradients, None, None
