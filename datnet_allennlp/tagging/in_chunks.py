"""Work on a stream, chunk by chunk, in as many processes as help."""

import pickle
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any, TypeVar

from datnet_allennlp.standalone.windows import windows
from datnet_allennlp.tagging.worker_processes import map_in_workers

_Item = TypeVar("_Item")
_Answer = TypeVar("_Answer")


def in_chunks(
    items: Iterable[_Item],
    length: Callable[[_Item], int],
    prepare: Callable[[list[_Item]], Any],
    answer: Callable[[Any], list[_Answer]],
    on_gpu: bool = False,
    at_once: bool = False,
    processes: int | None = None,
) -> Generator[_Answer, None, None]:
    """
    Yields the answers to all items, in their order. On a CPU, worker processes do all the work; for
    a GPU they prepare it.

    # Parameters

    items : `Iterable[_Item]`
    length : `Callable[[_Item], int]`
        How long an item is, in characters; see `windows`.
    prepare : `Callable[[list[_Item]], Any]`
        What can be done without the GPU. It must go through pickle.
    answer : `Callable[[Any], list[_Answer]]`
        From what was prepared to the answers, which must go through pickle.
    on_gpu : `bool`, optional (default = `False`)
    at_once : `bool`, optional (default = `False`)
        Answer each item before the next one is read.
    processes : `int | None`, optional
        Default: see `map_in_workers`.
    """
    chunks = windows(items, length, at_once)
    if on_gpu and processes != 1:
        # Pickled by hand, as between processes torch would put each tensor into shared memory.
        pickled = map_in_workers(lambda chunk: pickle.dumps(prepare(chunk)), chunks, processes)
        with closing(pickled):
            for _, window in pickled:
                yield from answer(pickle.loads(window))
    else:
        answered = map_in_workers(lambda chunk: answer(prepare(chunk)), chunks, processes)
        with closing(answered):
            for _, answers in answered:
                yield from answers
