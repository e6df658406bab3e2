"""Sums over the processes of distributed training."""

from collections import Counter

import torch.distributed as dist
from allennlp.common.util import is_distributed


def sum_over_processes(counts: Counter) -> Counter:
    """
    The sum of what each process has counted, under whatever keys. In distributed training all
    processes have to call it, in the same order.
    """
    if not is_distributed():
        return counts
    of_each: list = [None] * dist.get_world_size()
    dist.all_gather_object(of_each, counts)
    total: Counter = Counter()
    for one in of_each:
        total.update(one)  # `+` would drop what is 0 or less
    return total
