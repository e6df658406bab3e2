"""
A linear-chain CRF's recursions, sentence by sentence: log Z, its gradient, and the best path.

They run in probability space with each token's values scaled to a sum of one, as long as all
transitions lie within R = `_SAFE_RANGE` of each other. Beyond that range the same recursions run in
log space and double precision, which is slower.

Where R comes from: let k be the tag with the highest logit of a token, and j another one. A path
through j becomes one through k by an exchange of two transitions, at a factor of exp(-2 R) or more.
float32 holds nothing below exp(-87.3): `exp(logit_j - logit_k)` stops there, alphas and betas
become 0. So what is wrong about j weighs at most exp(2 R - 87.3) times as much as what is right
about k: 1.4e-12 for R = 30. Log Z is wrong by at most `num_tokens * num_tags` times that, a
marginal or an expected use by `num_tags` times that, which for up to 40,000 tags is less than
float32 resolves. The sums that are divided by are at least `exp(-2 R) / num_tags`.

`logits` has shape `(batch_size, num_tokens, num_tags)`, `transitions` `(num_tags, num_tags)`,
`start` and `end` `(num_tags,)`, `lengths` `(batch_size,)`. Kernels trust all shapes and lengths;
`LinearChainCrf` checks them.
"""

import math

import numpy

from datnet_allennlp.kernels.activations import exp
from datnet_allennlp.kernels.compiled import compiled

_SAFE_RANGE = 30.0


@compiled
def is_safe(transitions: numpy.ndarray, start: numpy.ndarray, end: numpy.ndarray) -> bool:
    """Whether all transitions lie within `_SAFE_RANGE` of each other; not so for NaN."""
    highest = max(transitions.max(), start.max(), end.max())
    lowest = min(transitions.min(), start.min(), end.min())
    return highest - lowest < _SAFE_RANGE


@compiled
def forward_scaled(
    logits: numpy.ndarray,
    transitions: numpy.ndarray,
    start: numpy.ndarray,
    end: numpy.ndarray,
    tags: numpy.ndarray,
    lengths: numpy.ndarray,
    exp_logits: numpy.ndarray,
    alphas: numpy.ndarray,
    log_likelihood: numpy.ndarray,
) -> int:
    """
    Returns the first sentence with a tag that does not exist, where the work ends, or -1.

    # Parameters

    tags : shape `(batch_size, num_tokens)`
        The gold sequence; padding may hold anything.
    exp_logits : shape as `logits`
        Out: `exp(logit - highest logit of the token)`.
    alphas : shape as `logits`
        Out: the probability of each tag given the tokens up to this one.
    log_likelihood : shape `(batch_size,)`
        Out: the gold sequence's score minus log Z; 0 for a sentence without tokens.
    """
    num_tags = logits.shape[2]
    highest = max(transitions.max(), start.max(), end.max())
    exp_transitions = _exponentials(transitions, highest)
    exp_start, exp_end = numpy.empty_like(start), numpy.empty_like(end)
    for j in range(num_tags):
        exp_start[j] = exp(start[j] - highest)
        exp_end[j] = exp(end[j] - highest)
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
            logit, exp_logit, alpha = logits[b, t], exp_logits[b, t], alphas[b, t]
            best = logit.max()
            for j in range(num_tags):
                exp_logit[j] = exp(logit[j] - best)
            if t == 0:
                gold += start[tags[b, t]]
                for j in range(num_tags):
                    alpha[j] = exp_start[j] * exp_logit[j]
            else:
                gold += transitions[tags[b, t - 1], tags[b, t]]
                before = alphas[b, t - 1]
                alpha[:] = 0
                for i in range(num_tags):
                    weight, exp_transition = before[i], exp_transitions[i]
                    for j in range(num_tags):
                        alpha[j] += weight * exp_transition[j]
                for j in range(num_tags):
                    alpha[j] *= exp_logit[j]
            gold += logit[tags[b, t]]
            scale = alpha.sum()
            for j in range(num_tags):
                alpha[j] /= scale
            log_z += numpy.float64(best) + numpy.float64(highest) + math.log(scale)
        gold += end[tags[b, lengths[b] - 1]]
        ending = numpy.float32(0)
        alpha = alphas[b, lengths[b] - 1]
        for j in range(num_tags):
            ending += alpha[j] * exp_end[j]
        log_likelihood[b] = gold - (log_z + numpy.float64(highest) + math.log(ending))
    return -1


@compiled
def backward_scaled(
    weights: numpy.ndarray,
    transitions: numpy.ndarray,
    end: numpy.ndarray,
    tags: numpy.ndarray,
    lengths: numpy.ndarray,
    exp_logits: numpy.ndarray,
    alphas: numpy.ndarray,
    by_logits: numpy.ndarray,
    by_transitions: numpy.ndarray,
    by_start: numpy.ndarray,
    by_end: numpy.ndarray,
) -> None:
    """
    The gradient of the weighted sum of the log-likelihoods: uses by the gold sequences minus
    expected uses.

    # Parameters

    weights : shape `(batch_size,)`
    exp_logits, alphas : as `forward_scaled` left them
    by_logits, by_transitions, by_start, by_end
        Out; zero when given.
    """
    num_tags = transitions.shape[0]
    exp_transitions = _exponentials(transitions, transitions.max())
    exp_end = numpy.empty_like(end)
    highest = end.max()
    for j in range(num_tags):
        exp_end[j] = exp(end[j] - highest)
    beta, after = numpy.empty_like(end), numpy.empty_like(end)
    for b in range(lengths.size):
        gold, weight = tags[b], weights[b]
        for t in range(lengths[b] - 1, -1, -1):
            alpha, by_logit = alphas[b, t], by_logits[b, t]
            if t == lengths[b] - 1:
                # Not `beta[:] = exp_end`, for which numba compiles an error's text, for seconds.
                for j in range(num_tags):
                    beta[j] = exp_end[j]
            else:
                exp_logit = exp_logits[b, t + 1]
                for j in range(num_tags):
                    after[j] = exp_logit[j] * beta[j]
                largest = after.max()
                for j in range(num_tags):
                    after[j] /= largest
                for i in range(num_tags):
                    exp_transition = exp_transitions[i]
                    total = numpy.float32(0)
                    for j in range(num_tags):
                        total += exp_transition[j] * after[j]
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
                by_logit[j] = alpha[j] * beta[j]
            for j in range(num_tags):
                total += by_logit[j]
            for j in range(num_tags):
                by_logit[j] *= -weight / total
            by_logit[gold[t]] += weight
            if t == 0:
                for j in range(num_tags):
                    by_start[j] += by_logit[j]
            if t == lengths[b] - 1:
                for j in range(num_tags):
                    by_end[j] += by_logit[j]
    for i in range(num_tags):
        exp_transition, by_pair = exp_transitions[i], by_transitions[i]
        for j in range(num_tags):
            by_pair[j] *= exp_transition[j]
    for b in range(lengths.size):
        for t in range(1, lengths[b]):
            by_transitions[tags[b, t - 1], tags[b, t]] += weights[b]


@compiled
def _exponentials(transitions: numpy.ndarray, highest: float) -> numpy.ndarray:
    exp_transitions = numpy.empty_like(transitions)
    for i in range(transitions.shape[0]):
        row, exp_transition = transitions[i], exp_transitions[i]
        for j in range(transitions.shape[1]):
            exp_transition[j] = exp(row[j] - highest)
    return exp_transitions


@compiled
def best_paths(
    logits: numpy.ndarray,
    transitions: numpy.ndarray,
    start: numpy.ndarray,
    end: numpy.ndarray,
    lengths: numpy.ndarray,
    paths: numpy.ndarray,
    totals: numpy.ndarray,
) -> None:
    """
    Viterbi. A forbidden transition is minus infinity; of equal paths the one with the lower
    tags, from the end, is taken.

    # Parameters

    paths : shape `(batch_size, num_tokens)`
        Out: tags; padding is left alone.
    totals : shape `(batch_size,)`
        Out: the score of each path.
    """
    num_tokens, num_tags = logits.shape[1:]
    pointers = numpy.empty((num_tokens, num_tags), numpy.int32)
    deltas = numpy.empty(num_tags, logits.dtype)
    best = numpy.empty(num_tags, logits.dtype)
    for b in range(lengths.size):
        length = lengths[b]
        if length == 0:
            totals[b] = 0
            continue
        logit = logits[b, 0]
        for j in range(num_tags):
            deltas[j] = start[j] + logit[j]
        for t in range(1, length):
            pointer, logit = pointers[t], logits[b, t]
            for j in range(num_tags):
                best[j] = -numpy.inf
                pointer[j] = 0
            for i in range(num_tags):
                delta, transition = deltas[i], transitions[i]
                for j in range(num_tags):
                    candidate = delta + transition[j]
                    better = candidate > best[j]
                    best[j] = candidate if better else best[j]
                    pointer[j] = i if better else pointer[j]
            for j in range(num_tags):
                deltas[j] = best[j] + logit[j]
        tag = 0
        for j in range(num_tags):
            deltas[j] += end[j]
            if deltas[j] > deltas[tag]:
                tag = j
        totals[b] = deltas[tag]
        for t in range(length - 1, -1, -1):
            paths[b, t] = tag
            if t > 0:
                tag = pointers[t, tag]
