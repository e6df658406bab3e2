"""
A linear-chain CRF's recursions, sentence by sentence: log Z, its gradient, and the best path.

They run in probability space with each token's values scaled to a sum of one, as long as all
transition scores lie within `_SAFE_RANGE` of each other. What then underflows to 0 belongs to a tag
that is less likely than exp(-87 + 40), whatever the scores of the tags are. Beyond that range the
same recursions run in log space and double precision, which is slower.

Scores have shape `(batch_size, num_tokens, num_tags)`, `lengths` `(batch_size,)`.
"""

import math

import numpy

from datnet_allennlp.kernels.activations import exp
from datnet_allennlp.kernels.compiled import compiled

_SAFE_RANGE = 40.0


@compiled
def is_safe(transitions: numpy.ndarray, start: numpy.ndarray, end: numpy.ndarray) -> bool:
    """Whether all transition scores lie within `_SAFE_RANGE` of each other; not so for NaN."""
    highest = max(transitions.max(), start.max(), end.max())
    lowest = min(transitions.min(), start.min(), end.min())
    return highest - lowest < _SAFE_RANGE


@compiled
def forward_scaled(
    scores: numpy.ndarray,
    transitions: numpy.ndarray,
    start: numpy.ndarray,
    end: numpy.ndarray,
    tags: numpy.ndarray,
    lengths: numpy.ndarray,
    factors: numpy.ndarray,
    alphas: numpy.ndarray,
    log_likelihood: numpy.ndarray,
) -> int:
    """
    Returns the first sentence with a tag that does not exist, where the work ends, or -1.

    # Parameters

    tags : shape `(batch_size, num_tokens)`
        The gold sequence; padding may hold anything.
    factors : shape as `scores`
        Out: `exp(score - highest score of the token)`.
    alphas : shape as `scores`
        Out: the probability of each tag given the tokens up to this one.
    log_likelihood : shape `(batch_size,)`
        Out: the gold sequence's score minus log Z; 0 for a sentence without tokens.
    """
    num_tags = scores.shape[2]
    highest = max(transitions.max(), start.max(), end.max())
    moves = _exponentials(transitions, highest)
    first, last = numpy.empty_like(start), numpy.empty_like(end)
    for j in range(num_tags):
        first[j] = exp(start[j] - highest)
        last[j] = exp(end[j] - highest)
    for b in range(lengths.size):
        if lengths[b] == 0:
            log_likelihood[b] = 0
            continue
        for t in range(lengths[b]):
            # Nothing else would stop a kernel from leaving an array.
            if tags[b, t] < 0 or tags[b, t] >= num_tags:
                return b
        # In double precision, for both grow with the sentence and nearly cancel.
        gold = log_z = 0.0
        for t in range(lengths[b]):
            score, factor, alpha = scores[b, t], factors[b, t], alphas[b, t]
            best = score.max()
            for j in range(num_tags):
                factor[j] = exp(score[j] - best)
            if t == 0:
                gold += start[tags[b, t]]
                for j in range(num_tags):
                    alpha[j] = first[j] * factor[j]
            else:
                gold += transitions[tags[b, t - 1], tags[b, t]]
                before = alphas[b, t - 1]
                alpha[:] = 0
                for i in range(num_tags):
                    weight, move = before[i], moves[i]
                    for j in range(num_tags):
                        alpha[j] += weight * move[j]
                for j in range(num_tags):
                    alpha[j] *= factor[j]
            gold += score[tags[b, t]]
            scale = alpha.sum()
            for j in range(num_tags):
                alpha[j] /= scale
            log_z += numpy.float64(best) + numpy.float64(highest) + math.log(scale)
        gold += end[tags[b, lengths[b] - 1]]
        ending = numpy.float32(0)
        alpha = alphas[b, lengths[b] - 1]
        for j in range(num_tags):
            ending += alpha[j] * last[j]
        log_likelihood[b] = gold - (log_z + numpy.float64(highest) + math.log(ending))
    return -1


@compiled
def backward_scaled(
    weights: numpy.ndarray,
    transitions: numpy.ndarray,
    end: numpy.ndarray,
    tags: numpy.ndarray,
    lengths: numpy.ndarray,
    factors: numpy.ndarray,
    alphas: numpy.ndarray,
    by_scores: numpy.ndarray,
    by_transitions: numpy.ndarray,
    by_start: numpy.ndarray,
    by_end: numpy.ndarray,
) -> None:
    """
    The gradient of the weighted sum of the log-likelihoods: uses by the gold sequences minus
    expected uses.

    # Parameters

    weights : shape `(batch_size,)`
    factors, alphas : as `forward_scaled` left them
    by_scores, by_transitions, by_start, by_end
        Out; zero when given.
    """
    num_tags = transitions.shape[0]
    moves = _exponentials(transitions, transitions.max())
    last = numpy.empty_like(end)
    highest = end.max()
    for j in range(num_tags):
        last[j] = exp(end[j] - highest)
    beta, after = numpy.empty_like(end), numpy.empty_like(end)
    for b in range(lengths.size):
        gold, weight = tags[b], weights[b]
        for t in range(lengths[b] - 1, -1, -1):
            alpha, by_score = alphas[b, t], by_scores[b, t]
            if t == lengths[b] - 1:
                beta[:] = last
            else:
                factor = factors[b, t + 1]
                for j in range(num_tags):
                    after[j] = factor[j] * beta[j]
                largest = after.max()
                for j in range(num_tags):
                    after[j] /= largest
                for i in range(num_tags):
                    move = moves[i]
                    total = numpy.float32(0)
                    for j in range(num_tags):
                        total += move[j] * after[j]
                    beta[i] = total
                total = numpy.float32(0)
                for i in range(num_tags):
                    total += alpha[i] * beta[i]
                # The factor exp(transition) of each pair is put in at the end.
                for i in range(num_tags):
                    share, by_pair = weight * alpha[i] / total, by_transitions[i]
                    for j in range(num_tags):
                        by_pair[j] -= share * after[j]
            total = numpy.float32(0)
            for j in range(num_tags):
                by_score[j] = alpha[j] * beta[j]
            for j in range(num_tags):
                total += by_score[j]
            for j in range(num_tags):
                by_score[j] *= -weight / total
            by_score[gold[t]] += weight
            if t == 0:
                for j in range(num_tags):
                    by_start[j] += by_score[j]
            if t == lengths[b] - 1:
                for j in range(num_tags):
                    by_end[j] += by_score[j]
    for i in range(num_tags):
        move, by_pair = moves[i], by_transitions[i]
        for j in range(num_tags):
            by_pair[j] *= move[j]
    for b in range(lengths.size):
        for t in range(1, lengths[b]):
            by_transitions[tags[b, t - 1], tags[b, t]] += weights[b]


@compiled
def _exponentials(transitions: numpy.ndarray, highest: float) -> numpy.ndarray:
    moves = numpy.empty_like(transitions)
    for i in range(transitions.shape[0]):
        row, move = transitions[i], moves[i]
        for j in range(transitions.shape[1]):
            move[j] = exp(row[j] - highest)
    return moves


@compiled
def best_paths(
    scores: numpy.ndarray,
    transitions: numpy.ndarray,
    start: numpy.ndarray,
    end: numpy.ndarray,
    lengths: numpy.ndarray,
    paths: numpy.ndarray,
    totals: numpy.ndarray,
) -> None:
    """
    Viterbi. A forbidden transition scores minus infinity; of equal paths the one with the lower
    tags, from the end, is taken.

    # Parameters

    paths : shape `(batch_size, num_tokens)`
        Out: tags; padding is left alone.
    totals : shape `(batch_size,)`
        Out: the score of each path.
    """
    num_tokens, num_tags = scores.shape[1:]
    pointers = numpy.empty((num_tokens, num_tags), numpy.int32)
    reached = numpy.empty(num_tags, scores.dtype)
    best = numpy.empty(num_tags, scores.dtype)
    for b in range(lengths.size):
        length = lengths[b]
        if length == 0:
            totals[b] = 0
            continue
        score = scores[b, 0]
        for j in range(num_tags):
            reached[j] = start[j] + score[j]
        for t in range(1, length):
            pointer, score = pointers[t], scores[b, t]
            for j in range(num_tags):
                best[j] = -numpy.inf
                pointer[j] = 0
            for i in range(num_tags):
                so_far, move = reached[i], transitions[i]
                for j in range(num_tags):
                    candidate = so_far + move[j]
                    better = candidate > best[j]
                    best[j] = candidate if better else best[j]
                    pointer[j] = i if better else pointer[j]
            for j in range(num_tags):
                reached[j] = best[j] + score[j]
        tag = 0
        for j in range(num_tags):
            reached[j] += end[j]
            if reached[j] > reached[tag]:
                tag = j
        totals[b] = reached[tag]
        for t in range(length - 1, -1, -1):
            paths[b, t] = tag
            if t > 0:
                tag = pointers[t, tag]
