"""A data loader that gives the same batches whether workers read the corpus or not."""

from typing import Any, Iterable, Iterator, List, Optional, Union

import torch
from allennlp.data import DataLoader, DatasetReader, Instance, TensorDict
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.dataset_readers.dataset_reader import WorkerInfo


@DataLoader.register("ordered")
class OrderedDataLoader(MultiProcessDataLoader):
    """
    AllenNLP's `multiprocess`, whose batches come in whatever order its workers are done. Here the
    instances come in the order of the corpus, so that a run with workers equals one without, and
    itself. The workers (PyTorch's) only read; batches are made in the main process.

    Takes the parameters of "multiprocess".

    Registered as a `DataLoader` with name "ordered".
    """

    reader: DatasetReader
    data_path: Any
    num_workers: int
    max_instances_in_memory: Optional[int]
    start_method: str

    def iter_instances(self) -> Iterator[Instance]:
        if self._instances or not self.num_workers:
            yield from super().iter_instances()
            return
        remembered: Optional[List[Instance]] = [] if self.max_instances_in_memory is None else None
        for instance in self._maybe_tqdm(self._from_workers(), desc="loading instances"):
            self.reader.apply_token_indexers(instance)
            if self._vocab is not None:
                instance.index_fields(self._vocab)
            if remembered is not None:
                remembered.append(instance)
            yield instance
        self._instances = remembered

    def _iter_batches(self) -> Iterator[TensorDict]:
        yield from self._instances_to_batches(self.iter_instances(), move_to_device=True)

    def _from_workers(self) -> Iterable[Instance]:
        workers: Iterable[Union[Instance, Exception]] = torch.utils.data.DataLoader(
            _Share(self.reader, self.data_path),
            batch_size=None,
            num_workers=self.num_workers,
            collate_fn=_as_it_is,
            multiprocessing_context=self.start_method,
            # The seeds of the workers are not drawn from the numbers of the training.
            generator=torch.Generator(),
        )
        for instance in workers:
            if isinstance(instance, Exception):
                raise instance
            yield instance


class _Share(torch.utils.data.IterableDataset):
    """
    In worker `i` of `n`, instances `i`, `i + n` and so on; PyTorch takes one of each worker in
    turn. An error comes as the last item, for PyTorch would wrap it into another.
    """

    def __init__(self, reader: DatasetReader, path: Any) -> None:
        self._reader = reader
        self._path = path

    def __iter__(self) -> Iterator[Union[Instance, Exception]]:
        worker = torch.utils.data.get_worker_info()
        assert worker is not None
        self._reader._set_worker_info(WorkerInfo(worker.num_workers, worker.id))
        try:
            yield from self._reader.read(self._path)
        except Exception as error:
            yield error


def _as_it_is(instance: Any) -> Any:
    return instance
