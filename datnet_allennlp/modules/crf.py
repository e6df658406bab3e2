"""A linear-chain CRF with a closed-form gradient and batched constrained decoding (section 3.4)."""

import functools
from typing import Any, List, Optional, Tuple, Union, cast

import torch
from allennlp.modules.conditional_random_field import ConditionalRandomField
from torch.autograd.function import once_differentiable

VITERBI_DECODING = Tuple[List[int], float]

# While all transition scores lie within plus or minus this, a step of the recursions may leave log
# space: nothing overflows, and what float32 loses weighs less than exp(-47).
_SAFE_RANGE = 20.0


class LinearChainCrf(ConditionalRandomField):
    """
    AllenNLP's `ConditionalRandomField`: the same parameters and the same results. The gradient of
    the log-likelihood is computed in closed form (observed minus expected counts, by
    forward-backward), and a whole batch is decoded at once. Decoding never leaves the constraints;
    as in the original, they do not affect the likelihood.

    The mask is True for tokens, which come before the padding.

    # Parameters

    num_tags : `int`
    constraints : `List[Tuple[int, int]]`, optional
        Allowed transitions, see `allennlp.modules.conditional_random_field.allowed_transitions`.
    include_start_end_transitions : `bool`, optional (default = `True`)
    """

    def log_likelihood(
        self, inputs: torch.Tensor, tags: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """
        # Parameters

        inputs : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
            A score for each tag of each token.
        tags : `torch.Tensor`, shape `(batch_size, num_tokens)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`

        # Returns

        `torch.Tensor`, shape `(batch_size,)`: the log-likelihood of each sentence; 0 for an empty
        one.
        """
        if inputs.size(1) == 0:
            return inputs.sum(dim=(1, 2))
        dtype = _sum_dtype(inputs, self.transitions)
        scores = [inputs, self.transitions, *self._boundary_transitions()]
        with torch.autocast(inputs.device.type, enabled=False):
            return cast(
                torch.Tensor,
                _LogLikelihood.apply(*(score.to(dtype) for score in scores), tags, mask.bool()),
            )

    def forward(
        self, inputs: torch.Tensor, tags: torch.Tensor, mask: Optional[torch.Tensor] = None
    ) -> torch.Tensor:
        """The log-likelihood summed over the batch, see `log_likelihood`."""
        if mask is None:
            mask = torch.ones_like(tags, dtype=torch.bool)
        return self.log_likelihood(inputs, tags, mask).sum()

    @torch.no_grad()
    def viterbi_tags(
        self,
        logits: torch.Tensor,
        mask: Optional[torch.Tensor] = None,
        top_k: Optional[int] = None,
    ) -> Union[List[VITERBI_DECODING], List[List[VITERBI_DECODING]]]:
        """
        The best sequence of tags for each sentence that the constraints allow.

        # Parameters

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`, optional
        top_k : `int`, optional
            How many of the best sequences, at least 1.

        # Returns

        Per sentence a pair of tags and score. If `top_k` is given, a list of such pairs, best
        first; fewer than `top_k` where the constraints allow fewer. A sentence whose length no
        allowed sequence has gets a forbidden one, with a score of minus infinity.
        """
        if mask is None:
            mask = torch.ones(logits.shape[:2], dtype=torch.bool, device=logits.device)
        logits = logits.to(_sum_dtype(logits, self.transitions))
        best = self._best_paths(logits, mask.bool(), 1 if top_k is None else top_k)
        return [paths[0] for paths in best] if top_k is None else best

    def _best_paths(
        self, logits: torch.Tensor, mask: torch.Tensor, count: int
    ) -> List[List[VITERBI_DECODING]]:
        batch_size, num_tokens, num_tags = logits.shape
        if num_tokens == 0:
            return [[([], 0.0)]] * batch_size
        start, end = self._boundary_transitions()
        allowed = self._constraint_mask.bool()
        forbidden = float("-inf")
        inner = self.transitions.masked_fill(~allowed[:num_tags, :num_tags], forbidden)
        start = start.masked_fill(~allowed[num_tags, :num_tags], forbidden)
        end = end.masked_fill(~allowed[:num_tags, num_tags + 1], forbidden)

        # Rank r and tag i of a token are the state r * num_tags + i.
        stay = torch.arange(count * num_tags, device=logits.device).view(count, num_tags)
        score = logits.new_full((batch_size, count, num_tags), forbidden)
        score[:, 0] = start + logits[:, 0]
        pointers = []
        for t in range(1, num_tokens):
            best, pointer = _highest((score.unsqueeze(3) + inner).flatten(1, 2), count)
            at_token = mask[:, t].view(-1, 1, 1)
            score = torch.where(at_token, best + logits[:, t].unsqueeze(1), score)
            pointers.append(torch.where(at_token, pointer, stay).flatten(1))
        scores, state = _highest((score + end).flatten(1), count)
        states = [state]
        for pointer in reversed(pointers):
            state = pointer.gather(1, state)
            states.append(state)
        lengths = mask.sum(dim=1).tolist()
        paths = torch.stack(states[::-1], dim=2).remainder(num_tags).tolist()
        return [
            [
                (tags[:length], score)
                for rank, (tags, score) in enumerate(zip(*ranked, strict=True))
                if rank == 0 or score > forbidden
            ]
            if length
            else [([], 0.0)]
            for length, *ranked in zip(lengths, paths, scores.tolist(), strict=True)
        ]

    def _boundary_transitions(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Scores of starting and of ending with each tag, both of shape `(num_tags,)`."""
        if self.include_start_end_transitions:
            return self.start_transitions, self.end_transitions
        zeros = self.transitions.new_zeros(self.num_tags)
        return zeros, zeros


def _sum_dtype(*scores: torch.Tensor) -> torch.dtype:
    """The widest type of all, but not less than float32: a sentence has many scores to add."""
    return functools.reduce(torch.promote_types, (s.dtype for s in scores), torch.float32)


def _highest(scores: torch.Tensor, count: int) -> Tuple[torch.Tensor, torch.Tensor]:
    """The `count` highest along dimension 1, sorted, and where they are."""
    # max() is several times faster.
    if count == 1:
        return scores.max(dim=1, keepdim=True)
    return scores.topk(count, dim=1)


class _LogLikelihood(torch.autograd.Function):
    """
    Per sentence `score(tags) - log Z`. Its gradient by the score of a tag or transition is one for
    each time that the gold sequence uses it, minus the expected number of uses.
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
        emissions = inputs.transpose(0, 1).contiguous()  # (num_tokens, batch_size, num_tags)
        at_token = mask.transpose(0, 1).unsqueeze(-1)
        alphas = _forward_scores(emissions, transitions, start, at_token)
        log_z = torch.logsumexp(alphas[-1] + end, dim=-1)
        # Padding may hold any tag id.
        safe_tags = tags.masked_fill(~mask, 0)
        last_tags = _last_tags(safe_tags, mask)
        score = (inputs.gather(2, safe_tags.unsqueeze(2)).squeeze(2) * mask).sum(dim=1)
        score = score + (transitions[safe_tags[:, :-1], safe_tags[:, 1:]] * mask[:, 1:]).sum(dim=1)
        score = score + start[safe_tags[:, 0]] + end[last_tags]
        if any(ctx.needs_input_grad):
            betas = _backward_scores(emissions, transitions, end, at_token)
            ctx.save_for_backward(emissions, transitions, alphas, betas, safe_tags, last_tags, mask)
        return (score - log_z) * mask.any(dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        emissions, transitions, alphas, betas, tags, last_tags, mask = ctx.saved_tensors
        num_tags = transitions.size(0)
        grad = grad * mask.any(dim=1)
        # A softmax at each token, for rounding makes `log_z` differ a little from token to token.
        marginals = torch.softmax(alphas + betas, dim=-1).transpose(0, 1)
        observed = torch.nn.functional.one_hot(tags, num_tags).to(marginals.dtype)
        weight = (grad.unsqueeze(1) * mask).unsqueeze(2)
        by_emission = (observed - marginals) * weight

        both = grad.unsqueeze(1) * mask[:, 1:]
        pairs = tags[:, :-1] * num_tags + tags[:, 1:]
        by_transition = torch.zeros_like(transitions).view(-1)
        by_transition.index_add_(0, pairs.flatten(), both.flatten())
        by_transition = by_transition.view(num_tags, num_tags) - _expected_transitions(
            emissions, transitions, alphas, betas, both.transpose(0, 1)
        )
        last_observed = torch.nn.functional.one_hot(last_tags, num_tags)
        by_end = ((last_observed - marginals[:, -1]) * grad.unsqueeze(1)).sum(dim=0)
        return by_emission, by_transition, by_emission[:, 0].sum(dim=0), by_end, None, None


def _log_product(scores: torch.Tensor, transitions: torch.Tensor) -> torch.Tensor:
    """`logsumexp_i(scores[b, i] + transitions[i, j])`, shape `(batch_size, num_tags)`."""
    highest = scores.amax(dim=-1, keepdim=True)
    return torch.log(torch.exp(scores - highest) @ transitions) + highest


def _log_product_exact(scores: torch.Tensor, transitions: torch.Tensor) -> torch.Tensor:
    return torch.logsumexp(scores.unsqueeze(-1) + transitions, dim=-2)


def _is_safe(transitions: torch.Tensor) -> bool:
    return bool(transitions.abs().max() < _SAFE_RANGE)


def _forward_scores(
    emissions: torch.Tensor, transitions: torch.Tensor, start: torch.Tensor, at_token: torch.Tensor
) -> torch.Tensor:
    """
    `alphas[t, b, j]`: log-sum of the scores of all ways to reach tag `j` at token `t`. Padding
    repeats the last token's.
    """
    safe = _is_safe(transitions)
    product = _log_product if safe else _log_product_exact
    factor = torch.exp(transitions) if safe else transitions
    alphas = [start + emissions[0]]
    for t in range(1, emissions.size(0)):
        reached = product(alphas[-1], factor) + emissions[t]
        alphas.append(torch.where(at_token[t], reached, alphas[-1]))
    return torch.stack(alphas)


def _backward_scores(
    emissions: torch.Tensor, transitions: torch.Tensor, end: torch.Tensor, at_token: torch.Tensor
) -> torch.Tensor:
    """`betas[t, b, i]`: log-sum of the scores of all ways to go on from tag `i` at token `t`."""
    safe = _is_safe(transitions)
    product = _log_product if safe else _log_product_exact
    factor = (torch.exp(transitions) if safe else transitions).t().contiguous()
    betas = [end.expand_as(emissions[0])]
    for t in range(emissions.size(0) - 1, 0, -1):
        going_on = product(emissions[t] + betas[-1], factor)
        betas.append(torch.where(at_token[t], going_on, betas[-1]))
    return torch.stack(betas[::-1])


def _expected_transitions(
    emissions: torch.Tensor,
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
    after = emissions[1:] + betas[1:]
    num_tags = transitions.size(0)
    if not _is_safe(transitions):
        total = torch.zeros_like(transitions)
        for t in range(before.size(0)):
            joint = before[t].unsqueeze(2) + transitions + after[t].unsqueeze(1)
            probability = torch.softmax(joint.flatten(1), dim=1).view_as(joint)
            total += torch.einsum("bij,b->ij", probability, weight[t])
        return total
    left = torch.exp(before - before.amax(dim=-1, keepdim=True))
    right = torch.exp(after - after.amax(dim=-1, keepdim=True))
    factor = torch.exp(transitions)
    total_of_pairs = ((left @ factor) * right).sum(dim=-1)
    left = left * (weight / total_of_pairs).unsqueeze(-1)
    return factor * (left.reshape(-1, num_tags).t() @ right.reshape(-1, num_tags))


def _last_tags(tags: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    last = (mask.sum(dim=1) - 1).clamp(min=0)
    return tags.gather(1, last.unsqueeze(1)).squeeze(1)
