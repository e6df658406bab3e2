"""The best sequences of tags of a whole batch."""

from typing import List, Tuple

import torch

from datnet_allennlp.kernels.crf import best_paths

VITERBI_DECODING = Tuple[List[int], float]


def best_path(
    logits: torch.Tensor,
    mask: torch.Tensor,
    transitions: torch.Tensor,
    start: torch.Tensor,
    end: torch.Tensor,
) -> List[VITERBI_DECODING]:
    """
    The best sequence of each sentence. The logits are brought from a GPU: they are few, and the
    tags end up in Python anyway.

    # Parameters

    logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
    mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
    transitions, start, end : `torch.Tensor`
        Shapes `(num_tags, num_tags)` and `(num_tags,)`; minus infinity is forbidden.
    """
    lengths = mask.sum(dim=1)
    paths = torch.zeros(mask.shape, dtype=torch.long)
    totals = torch.zeros(lengths.shape, dtype=logits.dtype)
    tensors = (logits, transitions, start, end, lengths, paths, totals)
    best_paths(*(x.cpu().contiguous().numpy() for x in tensors))
    return [
        (tags[:length], score)
        for tags, length, score in zip(
            paths.tolist(), lengths.tolist(), totals.tolist(), strict=True
        )
    ]


def top_paths(
    logits: torch.Tensor,
    mask: torch.Tensor,
    transitions: torch.Tensor,
    start: torch.Tensor,
    end: torch.Tensor,
    count: int,
) -> List[List[VITERBI_DECODING]]:
    """
    The `count` best sequences of each sentence, best first, on any device. Fewer where fewer are
    allowed, but one at least. The other parameters are those of `best_path`.
    """
    num_tokens, num_tags = logits.shape[1:]
    # Rank r and tag i of a token are the state r * num_tags + i.
    stay = torch.arange(count * num_tags, device=logits.device).view(count, num_tags)
    forbidden = float("-inf")
    score = logits.new_full((len(logits), count, num_tags), forbidden)
    score[:, 0] = start + logits[:, 0]
    pointers = []
    for t in range(1, num_tokens):
        best, pointer = _highest((score.unsqueeze(3) + transitions).flatten(1, 2), count)
        at_token = mask[:, t].view(-1, 1, 1)
        score = torch.where(at_token, best + logits[:, t].unsqueeze(1), score)
        pointers.append(torch.where(at_token, pointer, stay).flatten(1))
    scores, state = _highest((score + end).flatten(1), count)
    states = [state]
    for pointer in reversed(pointers):
        state = pointer.gather(1, state)
        states.append(state)
    paths = torch.stack(states[::-1], dim=2).remainder(num_tags).tolist()
    return [
        [
            (tags[:length], score)
            for rank, (tags, score) in enumerate(zip(*ranked, strict=True))
            if rank == 0 or score > forbidden
        ]
        if length
        else [([], 0.0)]
        for length, *ranked in zip(mask.sum(dim=1).tolist(), paths, scores.tolist(), strict=True)
    ]


def _highest(scores: torch.Tensor, count: int) -> Tuple[torch.Tensor, torch.Tensor]:
    """The `count` highest along dimension 1, sorted, and where they are."""
    # max() is several times faster.
    if count == 1:
        return scores.max(dim=1, keepdim=True)
    return scores.topk(count, dim=1)
