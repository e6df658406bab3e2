"""
How probable an entity is under a CRF that keeps to its constraints: exact, by forward-backward over
the whole sentence and a walk along the entity.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch

# While the scores of a step lie within this of each other, no sum that a path needs underflows in
# float64: in any coding three steps lead from each tag to each other, so that what has to be added
# weighs at least exp(-4 * 150), above the smallest number of exp(-708).
_SAFE_SPREAD = 150.0

# From `scores[b, i]` to `logsumexp_i(scores[b, i] + transitions[i, j])`.
_Step = Callable[[torch.Tensor], torch.Tensor]


class PairReading(NamedTuple):
    """
    What two tags in a row say of entities. The tags of a sentence hold an entity if its first pair
    begins one, the pairs inside it continue it and the pair behind it ends one.

    # Parameters

    begins : `torch.BoolTensor`, shape `(num_tags, num_tags)`
        Whether an entity begins at the second tag, given the first.
    continues : `torch.BoolTensor`, shape `(num_tags, num_tags)`
        Whether the second tag belongs to the entity of the first.
    ends : `torch.BoolTensor`, shape `(num_tags, num_tags)`
        Whether an entity ends with the first tag, given the second.
    """

    begins: torch.Tensor
    continues: torch.Tensor
    ends: torch.Tensor


class ScoredPaths(NamedTuple):
    """
    The scores of all sequences of tags, in float64.

    # Parameters

    mask : `torch.BoolTensor`, shape `(num_tokens, batch_size)`
    emissions : `torch.Tensor`, shape `(num_tokens, batch_size, num_tags)`
        Finite, also at padding.
    transitions, start, end : `torch.Tensor`
        Shapes `(num_tags, num_tags)` and `(num_tags,)`; minus infinity is forbidden.
    """

    mask: torch.Tensor
    emissions: torch.Tensor
    transitions: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor


class PathSums(NamedTuple):
    """
    Sums over paths, in log space.

    # Parameters

    alphas : `torch.Tensor`, shape `(num_tokens, batch_size, num_tags)`
        Of the ways to reach each tag of each token; padding repeats the last token's.
    betas : `torch.Tensor`, shape `(num_tokens, batch_size, num_tags)`
        Of the ways to go on from there; padding holds those of the last token.
    log_z : `torch.Tensor`, shape `(batch_size,)`
        Of all paths.
    """

    alphas: torch.Tensor
    betas: torch.Tensor
    log_z: torch.Tensor


def sum_paths(paths: ScoredPaths) -> PathSums:
    """Forward-backward, for sentences of at least one token."""
    mask, emissions, transitions, start, end = paths
    moderate = _is_moderate(paths)
    forwards, backwards = _step(transitions, moderate), _step(transitions.t(), moderate)
    at_token = mask.unsqueeze(2)
    alphas = [start + emissions[0]]
    for t in range(1, len(emissions)):
        alphas.append(torch.where(at_token[t], forwards(alphas[-1]) + emissions[t], alphas[-1]))
    betas = [end.expand_as(emissions[0])]
    for t in range(len(emissions) - 1, 0, -1):
        betas.append(torch.where(at_token[t], backwards(emissions[t] + betas[-1]), betas[-1]))
    log_z = torch.logsumexp(alphas[-1] + end, dim=-1)
    return PathSums(torch.stack(alphas), torch.stack(betas[::-1]), log_z)


def span_log_probabilities(
    paths: ScoredPaths, reading: PairReading, spans: torch.Tensor, of_type: torch.Tensor
) -> torch.Tensor:
    """
    The log-probability that the tags of a sentence hold an entity of just these tokens and this
    type, whatever the tags of the other tokens are.

    # Parameters

    paths : `ScoredPaths`
    reading : `PairReading`
    spans : `torch.LongTensor`, shape `(num_spans, 3)`, at least one
        Sentence, first token, and one more than the last token.
    of_type : `torch.BoolTensor`, shape `(num_spans, num_tags)`
        The tags of each entity's type.

    # Returns

    `torch.Tensor`, shape `(num_spans,)`
    """
    mask, emissions, transitions, start, end = paths
    alphas, betas, log_z = sum_paths(paths)
    moderate = _is_moderate(paths)
    begins, continues, ends = (
        _step(transitions.masked_fill(~allowed, float("-inf")), moderate) for allowed in reading
    )
    sentence, first, behind = spans.unbind(1)
    lengths = behind - first

    # What all ways weigh that begin the entity, then those that also stay in it, token by token.
    score = torch.where((first == 0).unsqueeze(1), start, begins(alphas[first - 1, sentence]))
    score = (score + emissions[first, sentence]).masked_fill(~of_type, float("-inf"))
    for offset in range(1, int(lengths.max())):
        inside = offset < lengths
        token = torch.where(inside, first + offset, first)
        longer = continues(score) + emissions[token, sentence]
        score = torch.where(inside.unsqueeze(1), longer, score)

    is_last = behind == mask.sum(dim=0)[sentence]
    token = torch.where(is_last, first, behind)
    going_on = ends(score) + emissions[token, sentence] + betas[token, sentence]
    total = torch.logsumexp(torch.where(is_last.unsqueeze(1), score + end, going_on), dim=1)
    # Rounding may put it above zero. Where no path is allowed, no entity is probable.
    return (total - log_z[sentence]).nan_to_num(nan=float("-inf")).clamp(max=0)


def _step(transitions: torch.Tensor, moderate: bool) -> _Step:
    if not moderate:
        return lambda scores: torch.logsumexp(scores.unsqueeze(-1) + transitions, dim=-2)
    # A product of matrices is many times faster.
    highest = _finite(transitions.amax())
    moves = torch.exp(transitions - highest)

    def step(scores: torch.Tensor) -> torch.Tensor:
        best = _finite(scores.amax(dim=1, keepdim=True))
        return torch.log(torch.exp(scores - best) @ moves) + (best + highest)

    return step


def _is_moderate(paths: ScoredPaths) -> bool:
    lowest, highest = torch.aminmax(paths.emissions, dim=2)
    transitions = (paths.transitions, paths.start, paths.end)
    allowed = torch.cat([scores[torch.isfinite(scores)] for scores in transitions])
    spread = (highest - lowest).amax() + (allowed.amax() - allowed.amin() if len(allowed) else 0)
    return bool(spread < _SAFE_SPREAD)


def _finite(scores: torch.Tensor) -> torch.Tensor:
    """So that minus infinity, less the highest of its row, stays what it is."""
    return scores.clamp(min=torch.finfo(scores.dtype).min)
