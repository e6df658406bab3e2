"""The log-likelihood of a batch by a parallel scan over the tokens, with a closed-form gradient."""

from typing import Any, Optional, Tuple

import torch
from torch.autograd.function import once_differentiable

# While all transition scores lie within this of each other, what a product of float32 matrices
# loses weighs less than exp(-87 + 2 * 20).
_SAFE_RANGE = 20.0
# Numbers in the matrices that are multiplied at once, a quarter of a GiB in float32.
_MOST_NUMBERS = 2**26


class ScanLikelihood(torch.autograd.Function):
    """
    Per sentence `score(tags) - log Z`. Its gradient by the score of a tag or transition is one for
    each time that the gold sequence uses it, minus the expected number of uses.

    A step from token to token multiplies a vector of probabilities by a matrix. Matrices are
    multiplied in pairs, then the products in pairs, and so on, so the number of operations, each on
    the whole batch, grows with the logarithm of the length: on a GPU it is their number that costs.

    `apply` takes `inputs`, `transitions`, `start`, `end`, `tags` and `mask`, with shapes as in
    `LinearChainCrf` and at least one token, and returns shape `(batch_size,)`. The transition
    scores have to be `within_range`.
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
        # Padding may hold anything.
        inputs, tags = inputs.masked_fill(~mask.unsqueeze(-1), 0), tags.masked_fill(~mask, 0)
        by_token = inputs.amax(dim=-1)
        highest = torch.cat([transitions.flatten(), start, end]).amax()
        factors = torch.exp(inputs - by_token.unsqueeze(-1))
        moves = torch.exp(transitions - highest)
        first = torch.exp(start - highest) * factors[:, 0]
        last = torch.exp(end - highest)
        alphas, betas = _recursions(first, last, moves, factors[:, 1:], mask[:, 1:])

        scales = ((alphas[:, :-1] @ moves) * factors[:, 1:]).sum(dim=-1)
        # What the gold sequence loses against the highest score, token by token: small numbers, so
        # that float32 does for long sentences, too.
        gains = inputs.gather(2, tags.unsqueeze(2)).squeeze(2) - by_token
        steps = transitions[tags[:, :-1], tags[:, 1:]] - highest - torch.log(scales)
        last_tags = tags.gather(1, (mask.sum(dim=1, keepdim=True) - 1).clamp(min=0)).squeeze(1)
        ends = torch.log(alphas[:, -1] @ last) + torch.log(first.sum(dim=-1))
        result = (gains * mask).sum(dim=1) + (steps * mask[:, 1:]).sum(dim=1)
        result = result + (start[tags[:, 0]] + end[last_tags] - 2 * highest - ends)
        ctx.save_for_backward(alphas, betas, factors, moves, tags, last_tags, mask)
        return result * mask.any(dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        alphas, betas, factors, moves, tags, last_tags, mask = ctx.saved_tensors
        num_tags = moves.size(0)
        weight = (grad.unsqueeze(1) * mask).unsqueeze(2)
        marginals = _share(alphas * betas)
        names = torch.arange(num_tags, device=tags.device)
        observed = (tags.unsqueeze(-1) == names).to(grad.dtype)
        by_input = (observed - marginals) * weight
        # The last token's marginals are those of the padding behind it, too.
        by_end = (last_tags.unsqueeze(-1) == names).to(grad.dtype) - marginals[:, -1]

        before, after = alphas[:, :-1], factors[:, 1:] * betas[:, 1:]
        total = ((before @ moves) * after).sum(dim=-1, keepdim=True)
        expected = moves * _pairs(before * (weight[:, 1:] / total), after)
        by_transition = _pairs(observed[:, :-1] * weight[:, 1:], observed[:, 1:]) - expected
        by_end = (by_end * (grad * mask.any(dim=1)).unsqueeze(1)).sum(dim=0)
        return by_input, by_transition, by_input[:, 0].sum(dim=0), by_end, None, None


def within_range(*transitions: torch.Tensor) -> bool:
    """Whether all transition scores lie within `_SAFE_RANGE` of each other; not so for NaN."""
    lowest, highest = torch.aminmax(
        torch.cat([scores.detach().flatten() for scores in transitions])
    )
    return bool(highest - lowest < _SAFE_RANGE)


def _recursions(
    first: torch.Tensor,
    last: torch.Tensor,
    moves: torch.Tensor,
    factors: torch.Tensor,
    mask: torch.Tensor,
) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    For each token, how probable each tag is given the tokens up to it, and how well the tokens
    after it go with each tag. Both are scaled to a sum of one, of shape
    `(batch_size, num_tokens, num_tags)`; padding repeats what the last token has.

    # Parameters

    first : shape `(batch_size, num_tags)`
    last : shape `(num_tags,)`
    moves : shape `(num_tags, num_tags)`
    factors : shape `(batch_size, num_tokens - 1, num_tags)`, without the first token
    mask : shape `(batch_size, num_tokens - 1)`
    """
    # One scan for both: the second half of the batch goes from the last token to the first.
    num_tags = len(last)
    reached = [_share(torch.cat([first, last.expand_as(first)])).unsqueeze(1)]
    backwards, real = factors.flip(1), torch.cat([mask, mask.flip(1)])
    stay = torch.eye(num_tags, dtype=moves.dtype, device=moves.device)
    size = max(1, _MOST_NUMBERS // max(1, len(real) * num_tags**2))
    for begin in range(0, mask.size(1), size):
        part = slice(begin, begin + size)
        steps = torch.cat(
            [moves * factors[:, part].unsqueeze(-2), moves.t() * backwards[:, part].unsqueeze(-1)]
        )
        steps = torch.where(real[:, part, None, None], steps, stay)
        reached.append(_reach(reached[-1][:, -1:], steps)[:, 1:])
    alphas, betas = torch.cat(reached, dim=1).chunk(2)
    return alphas, betas.flip(1)


def _reach(vector: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """
    `vector`, `vector @ steps[0]`, `vector @ steps[0] @ steps[1]` and so on, each scaled to a sum of
    one: from shapes `(batch_size, 1, dim)` and `(batch_size, num_steps, dim, dim)` to
    `(batch_size, num_steps + 1, dim)`.
    """
    num_steps = steps.size(1)
    if num_steps == 0:
        return vector
    pairs = steps[:, : num_steps - 1 : 2] @ steps[:, 1::2]
    even = _reach(vector, pairs / pairs.amax(dim=(-2, -1), keepdim=True))
    odd = even[:, : (num_steps + 1) // 2].unsqueeze(-2) @ steps[:, ::2]
    reached = vector.new_empty(len(vector), num_steps + 1, vector.size(-1))
    reached[:, ::2] = even
    reached[:, 1::2] = _share(odd.squeeze(-2))
    return reached


def _share(values: torch.Tensor) -> torch.Tensor:
    return values / values.sum(dim=-1, keepdim=True)


def _pairs(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Sums over sentences and tokens of the products of all pairs of tags."""
    return before.flatten(0, 1).t() @ after.flatten(0, 1)
