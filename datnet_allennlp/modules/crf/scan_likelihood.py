"""The log-likelihood of a batch by a parallel scan over the tokens, with a closed-form gradient."""

from typing import Any, Optional, Tuple

import torch

from datnet_allennlp.modules.crf.log_space_likelihood import differentiable_gradient

# While all transitions lie within R of each other: a product of float32 matrices, scaled to a
# highest entry of 1, loses an entry below exp(-87.3). In the same row another one is exp(-2 R) at
# least, for an exchange of the first and the last transition leads to the highest, and what comes
# next prefers the lost one by exp(R) at most. So what is lost weighs at most exp(3 R - 87.3) times
# as much as what is kept: 1.4e-12 for R = 20.
_SAFE_RANGE = 20.0
# Numbers in the matrices that are multiplied at once, a quarter of a GiB in float32.
_MOST_NUMBERS = 2**26


class ScanLikelihood(torch.autograd.Function):
    """
    Per sentence `score(tags) - log Z`. Its gradient by a logit or transition is one for each time
    that the gold sequence uses it, minus the expected number of uses.

    A step from token to token multiplies a vector of probabilities by a matrix. Matrices are
    multiplied in pairs, then the products in pairs, and so on, so the number of operations, each on
    the whole batch, grows with the logarithm of the length: on a GPU it is their number that costs.
    No benchmark has measured it there.

    `apply` takes `logits`, `transitions`, `start`, `end`, `tags` and `mask`, with shapes as in
    `LinearChainCrf` and at least one token, and returns shape `(batch_size,)`. The transitions have
    to be `within_range`.
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
        # Padding may hold anything.
        logits, tags = logits.masked_fill(~mask.unsqueeze(-1), 0), tags.masked_fill(~mask, 0)
        by_token = logits.amax(dim=-1)
        highest = torch.cat([transitions.flatten(), start, end]).amax()
        exp_logits = torch.exp(logits - by_token.unsqueeze(-1))
        exp_transitions = torch.exp(transitions - highest)
        first_alphas = torch.exp(start - highest) * exp_logits[:, 0]
        last_betas = torch.exp(end - highest)
        alphas, betas = _recursions(
            first_alphas, last_betas, exp_transitions, exp_logits[:, 1:], mask[:, 1:]
        )

        scales = ((alphas[:, :-1] @ exp_transitions) * exp_logits[:, 1:]).sum(dim=-1)
        # What the gold sequence loses against the highest logit, token by token: small numbers, so
        # that float32 does for long sentences, too.
        gains = logits.gather(2, tags.unsqueeze(2)).squeeze(2) - by_token
        steps = transitions[tags[:, :-1], tags[:, 1:]] - highest - torch.log(scales)
        last_tags = tags.gather(1, (mask.sum(dim=1, keepdim=True) - 1).clamp(min=0)).squeeze(1)
        ends = torch.log(alphas[:, -1] @ last_betas) + torch.log(first_alphas.sum(dim=-1))
        result = (gains * mask).sum(dim=1) + (steps * mask[:, 1:]).sum(dim=1)
        result = result + (start[tags[:, 0]] + end[last_tags] - 2 * highest - ends)
        saved = (alphas, betas, exp_logits, exp_transitions, tags, last_tags, mask)
        ctx.save_for_backward(*inputs, *saved)
        return result * mask.any(dim=1)

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        if torch.is_grad_enabled():
            return differentiable_gradient(ctx.saved_tensors[:6], grad)
        alphas, betas, exp_logits, exp_transitions, tags, last_tags, mask = ctx.saved_tensors[6:]
        num_tags = exp_transitions.size(0)
        weight = (grad.unsqueeze(1) * mask).unsqueeze(2)
        marginals = _share(alphas * betas)
        names = torch.arange(num_tags, device=tags.device)
        observed = (tags.unsqueeze(-1) == names).to(grad.dtype)
        by_logits = (observed - marginals) * weight
        # The last token's marginals are those of the padding behind it, too.
        by_end = (last_tags.unsqueeze(-1) == names).to(grad.dtype) - marginals[:, -1]

        before, after = alphas[:, :-1], exp_logits[:, 1:] * betas[:, 1:]
        total = ((before @ exp_transitions) * after).sum(dim=-1, keepdim=True)
        expected = exp_transitions * _pairs(before * (weight[:, 1:] / total), after)
        by_transition = _pairs(observed[:, :-1] * weight[:, 1:], observed[:, 1:]) - expected
        by_end = (by_end * (grad * mask.any(dim=1)).unsqueeze(1)).sum(dim=0)
        return by_logits, by_transition, by_logits[:, 0].sum(dim=0), by_end, None, None


def within_range(*transitions: torch.Tensor) -> bool:
    """Whether all transitions lie within `_SAFE_RANGE` of each other; not so for NaN."""
    lowest, highest = torch.aminmax(
        torch.cat([values.detach().flatten() for values in transitions])
    )
    return bool(highest - lowest < _SAFE_RANGE)


def _recursions(
    first_alphas: torch.Tensor,
    last_betas: torch.Tensor,
    exp_transitions: torch.Tensor,
    exp_logits: torch.Tensor,
    mask: torch.Tensor,
) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    For each token, how probable each tag is given the tokens up to it, and how well the tokens
    after it go with each tag. Both are scaled to a sum of one, of shape
    `(batch_size, num_tokens, num_tags)`; padding repeats what the last token has.

    # Parameters

    first_alphas : shape `(batch_size, num_tags)`
    last_betas : shape `(num_tags,)`
    exp_transitions : shape `(num_tags, num_tags)`
    exp_logits : shape `(batch_size, num_tokens - 1, num_tags)`, without the first token
    mask : shape `(batch_size, num_tokens - 1)`
    """
    # One scan for both: the second half of the batch goes from the last token to the first.
    num_tags = len(last_betas)
    both = [_share(torch.cat([first_alphas, last_betas.expand_as(first_alphas)])).unsqueeze(1)]
    backwards, real = exp_logits.flip(1), torch.cat([mask, mask.flip(1)])
    stay = torch.eye(num_tags, dtype=exp_transitions.dtype, device=exp_transitions.device)
    size = max(1, _MOST_NUMBERS // max(1, len(real) * num_tags**2))
    for begin in range(0, mask.size(1), size):
        part = slice(begin, begin + size)
        steps = torch.cat(
            [
                exp_transitions * exp_logits[:, part].unsqueeze(-2),
                exp_transitions.t() * backwards[:, part].unsqueeze(-1),
            ]
        )
        steps = torch.where(real[:, part, None, None], steps, stay)
        both.append(_scan(both[-1][:, -1:], steps)[:, 1:])
    alphas, betas = torch.cat(both, dim=1).chunk(2)
    return alphas, betas.flip(1)


def _scan(vector: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """
    `vector`, `vector @ steps[0]`, `vector @ steps[0] @ steps[1]` and so on, each scaled to a sum of
    one: from shapes `(batch_size, 1, dim)` and `(batch_size, num_steps, dim, dim)` to
    `(batch_size, num_steps + 1, dim)`.
    """
    num_steps = steps.size(1)
    if num_steps == 0:
        return vector
    pairs = steps[:, : num_steps - 1 : 2] @ steps[:, 1::2]
    even = _scan(vector, pairs / pairs.amax(dim=(-2, -1), keepdim=True))
    odd = even[:, : (num_steps + 1) // 2].unsqueeze(-2) @ steps[:, ::2]
    vectors = vector.new_empty(len(vector), num_steps + 1, vector.size(-1))
    vectors[:, ::2] = even
    vectors[:, 1::2] = _share(odd.squeeze(-2))
    return vectors


def _share(values: torch.Tensor) -> torch.Tensor:
    return values / values.sum(dim=-1, keepdim=True)


def _pairs(before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    """Sums over sentences and tokens of the products of all pairs of tags."""
    return before.flatten(0, 1).t() @ after.flatten(0, 1)
