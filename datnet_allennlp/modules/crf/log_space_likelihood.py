"""The log-likelihood of a batch by recursions in log space, with a closed-form gradient."""

from collections.abc import Sequence
from typing import Any, Optional, Tuple

import torch


class LogSpaceLikelihood(torch.autograd.Function):
    """
    Per sentence `score(tags) - log Z`. Its gradient by a logit or transition is one for each time
    that the gold sequence uses it, minus the expected number of uses. A step of the recursions
    treats the whole batch, on any device and in any type.

    `apply` takes `logits`, `transitions`, `start`, `end`, `tags` and `mask`, with shapes as in
    `LinearChainCrf`, and returns shape `(batch_size,)`.
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
        result, alphas = _log_likelihood(inputs)
        ctx.save_for_backward(*inputs, alphas)
        return result

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        *inputs, alphas = ctx.saved_tensors
        if torch.is_grad_enabled():
            return differentiable_gradient(inputs, grad)
        logits, transitions, _, end, tags, mask = inputs
        logits, at_token = _token_first(logits, mask)
        betas = _betas(logits, transitions, end, at_token)
        tags, last_tags = tags.masked_fill(~mask, 0), _last_tags(tags, mask)
        num_tags = transitions.size(0)
        grad = grad * mask.any(dim=1)
        # A softmax at each token, for rounding makes `log_z` differ a little from token to token.
        marginals = torch.softmax(alphas + betas, dim=-1).transpose(0, 1)
        observed = torch.nn.functional.one_hot(tags, num_tags).to(marginals.dtype)
        weight = (grad.unsqueeze(1) * mask).unsqueeze(2)
        by_logits = (observed - marginals) * weight

        both = grad.unsqueeze(1) * mask[:, 1:]
        pairs = tags[:, :-1] * num_tags + tags[:, 1:]
        by_transition = torch.zeros_like(transitions).view(-1)
        by_transition.index_add_(0, pairs.flatten(), both.flatten())
        by_transition = by_transition.view(num_tags, num_tags) - _expected_transitions(
            logits, transitions, alphas, betas, both.transpose(0, 1)
        )
        last_observed = torch.nn.functional.one_hot(last_tags, num_tags)
        by_end = ((last_observed - marginals[:, -1]) * grad.unsqueeze(1)).sum(dim=0)
        return by_logits, by_transition, by_logits[:, 0].sum(dim=0), by_end, None, None


def differentiable_gradient(
    inputs: Sequence[torch.Tensor], grad: torch.Tensor
) -> Tuple[Optional[torch.Tensor], ...]:
    """
    The gradient for `create_graph`, which has a gradient itself: by steps that torch knows, as the
    closed form is of numbers alone.

    # Parameters

    inputs : `Sequence[torch.Tensor]`
        Those of `LogSpaceLikelihood`.
    grad : `torch.Tensor`, shape `(batch_size,)`

    # Returns

    `Tuple[Optional[torch.Tensor], ...]`: shaped as the inputs, None for those without a gradient.
    """
    result, _ = _log_likelihood(inputs)
    wanted = [each for each in inputs if each.requires_grad]
    found = iter(torch.autograd.grad(result, wanted, grad, create_graph=True, allow_unused=True))
    return tuple(next(found) if each.requires_grad else None for each in inputs)


def _log_likelihood(inputs: Sequence[torch.Tensor]) -> Tuple[torch.Tensor, torch.Tensor]:
    """What `LogSpaceLikelihood` returns of its inputs, and `_alphas`."""
    logits, transitions, start, end, tags, mask = inputs
    token_first, at_token = _token_first(logits, mask)
    alphas = _alphas(token_first, transitions, start, at_token)
    log_z = torch.logsumexp(alphas[-1] + end, dim=-1)
    tags, last_tags = tags.masked_fill(~mask, 0), _last_tags(tags, mask)
    by_tag = token_first.transpose(0, 1).gather(2, tags.unsqueeze(2)).squeeze(2)
    score = (by_tag * mask).sum(dim=1)
    score = score + (transitions[tags[:, :-1], tags[:, 1:]] * mask[:, 1:]).sum(dim=1)
    score = score + start[tags[:, 0]] + end[last_tags]
    return (score - log_z) * mask.any(dim=1), alphas


def _token_first(logits: torch.Tensor, mask: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
    """Logits and mask of shape `(num_tokens, batch_size, ...)`."""
    # Padding may hold anything, NaN as well.
    logits = logits.masked_fill(~mask.unsqueeze(-1), 0)
    return logits.transpose(0, 1).contiguous(), mask.transpose(0, 1).unsqueeze(-1)


def _log_product(alphas: torch.Tensor, transitions: torch.Tensor) -> torch.Tensor:
    """`logsumexp_i(alphas[b, i] + transitions[i, j])`, shape `(batch_size, num_tags)`."""
    return torch.logsumexp(alphas.unsqueeze(-1) + transitions, dim=-2)


def _alphas(
    logits: torch.Tensor, transitions: torch.Tensor, start: torch.Tensor, at_token: torch.Tensor
) -> torch.Tensor:
    """
    `alphas[t, b, j]`: log-sum of the scores of all ways to reach tag `j` at token `t`; `logits` are
    in the same order. Padding repeats the last token's.
    """
    alphas = [start + logits[0]]
    for t in range(1, logits.size(0)):
        alpha = _log_product(alphas[-1], transitions) + logits[t]
        alphas.append(torch.where(at_token[t], alpha, alphas[-1]))
    return torch.stack(alphas)


def _betas(
    logits: torch.Tensor, transitions: torch.Tensor, end: torch.Tensor, at_token: torch.Tensor
) -> torch.Tensor:
    """`betas[t, b, i]`: log-sum of the scores of all ways to go on from tag `i` at token `t`."""
    backwards = transitions.t()
    betas = [end.expand_as(logits[0])]
    for t in range(logits.size(0) - 1, 0, -1):
        beta = _log_product(logits[t] + betas[-1], backwards)
        betas.append(torch.where(at_token[t], beta, betas[-1]))
    return torch.stack(betas[::-1])


def _expected_transitions(
    logits: torch.Tensor,
    transitions: torch.Tensor,
    alphas: torch.Tensor,
    betas: torch.Tensor,
    weight: torch.Tensor,
) -> torch.Tensor:
    """
    Expected uses of each transition, summed over tokens and sentences with `weight`, which has
    shape `(num_tokens - 1, batch_size)`. Shape `(num_tags, num_tags)`.
    """
    before = alphas[:-1]
    after = logits[1:] + betas[1:]
    total = torch.zeros_like(transitions)
    for t in range(before.size(0)):
        joint = before[t].unsqueeze(2) + transitions + after[t].unsqueeze(1)
        probability = torch.softmax(joint.flatten(1), dim=1).view_as(joint)
        total += torch.einsum("bij,b->ij", probability, weight[t])
    return total


def _last_tags(tags: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    last = (mask.sum(dim=1) - 1).clamp(min=0)
    return tags.masked_fill(~mask, 0).gather(1, last.unsqueeze(1)).squeeze(1)
