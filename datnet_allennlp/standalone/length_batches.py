"""Batches of sentences of like length."""

from collections.abc import Sequence
from typing import NamedTuple


class Size(NamedTuple):
    """How long a sentence is, in tokens, and its longest token, in characters."""

    num_tokens: int
    longest_token: int


def length_batches(sizes: Sequence[Size], max_tokens: int, max_characters: int) -> list[list[int]]:
    """
    Groups sentences of like length, so that a batch holds little padding.

    # Parameters

    sizes : `Sequence[Size]`
    max_tokens : `int`
        How many tokens a batch may have, with its padding.
    max_characters : `int`
        How many characters a batch may have, with its padding: each token is as wide as the
        longest one.

    # Returns

    `List[List[int]]`
        The indices of the sentences of each batch, longest sentences first. A sentence above either
        bound is a batch of its own.
    """
    batches: list[list[int]] = []
    longest = widest = 0
    for index in sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True):
        num_tokens, longest_token = sizes[index]
        if batches:
            tokens = (len(batches[-1]) + 1) * longest
            width = max(widest, longest_token)
            if tokens <= max_tokens and tokens * width <= max_characters:
                batches[-1].append(index)
                widest = width
                continue
        batches.append([index])
        longest, widest = num_tokens, longest_token
    return batches
