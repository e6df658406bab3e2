"""A reader of several resources, which tags each instance with the resource it comes from."""

import heapq
from itertools import chain, count, islice
from operator import itemgetter
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Union

from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance, Token, Tokenizer
from allennlp.data.dataset_readers.dataset_reader import DistributedInfo, WorkerInfo
from allennlp.data.fields import Field, MetadataField

from datnet_allennlp.data.dataset_readers.conll_columns import ConllColumnsReader, DataPath


@DatasetReader.register("multi_resource", constructor="of_one_coding")
class MultiResourceReader(DatasetReader):
    """
    Reads each resource with its own reader and adds the field `resource` (its name) to every
    instance. The readers keep the resources apart by their namespaces (`source_tags`,
    `target_tags`); an indexer with the same namespace in both shares it.

    The path is a `Dict` from resource to whatever its reader takes as a path; a path
    alone is read as the target.

    Registered as a `DatasetReader` with name "multi_resource".

    # Parameters

    readers : `Dict[str, DatasetReader]`
        A reader per resource. All need a `text_to_instance(tokens, ...)` like `conll_columns`.
    target : `str`, optional (default = `"target"`)
        The resource that a plain path and a text to tag belong to.
    interleave : `bool`, optional (default = `False`)
        Mixes the resources evenly, each in its own order, so that every stretch of the corpus holds
        them in the proportion of the whole: for the data loader's `max_instances_in_memory`. It
        takes one more reading, to count the sentences. By default one resource comes after the
        other.
    coding : `str`, optional
        In a configuration: the `coding` of all readers that state none themselves.

    Raises `ConfigurationError` for a path, target or text of a resource that has no reader.
    """

    def __init__(
        self,
        readers: Dict[str, DatasetReader],
        target: str = "target",
        interleave: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            manual_distributed_sharding=True, manual_multiprocess_sharding=True, **kwargs
        )
        self._readers = readers
        self._target = target
        self._interleave = interleave
        self._reader_of("dataset_reader.target", target)

    @classmethod
    def of_one_coding(
        cls,
        readers: Dict[str, Lazy[DatasetReader]],
        coding: Optional[str] = None,
        target: str = "target",
        interleave: bool = False,
        **kwargs: Any,
    ) -> "MultiResourceReader":
        """What a configuration makes; see the class."""
        options = {} if coding is None else {"coding": coding}
        made = {name: reader.construct(**options) for name, reader in readers.items()}
        return cls(made, target, interleave, **kwargs)

    @property
    def tokenizer(self) -> Optional[Tokenizer]:
        """How raw text of the target is split."""
        return getattr(self._readers[self._target], "tokenizer", None)

    def _read(self, file_path: Union[DataPath, Mapping[str, DataPath]]) -> Iterable[Instance]:
        instances = self._instances(file_path)
        worker = self.get_worker_info()
        # A worker's share is one of the whole, so that the shares, taken in turn, are in order.
        return islice(instances, worker.id, None, worker.num_workers) if worker else instances

    def _instances(self, file_path: Union[DataPath, Mapping[str, DataPath]]) -> Iterator[Instance]:
        paths: Mapping[str, Any] = {self._target: file_path}
        if isinstance(file_path, Mapping) and "path" not in file_path:
            paths = file_path
        if not paths:
            raise ConfigurationError("a data path: found no resource, expected at least one")
        readers = {name: self._reader_of(f"the data path {paths[name]!r}", name) for name in paths}
        streams = [self._of_resource(name, reader, paths[name]) for name, reader in readers.items()]
        if not self._interleave:
            yield from chain.from_iterable(streams)
            return
        placed = []
        for (name, reader), stream in zip(readers.items(), streams, strict=True):
            # What stands where on the way through its own resource, from 0 to 1.
            step = 1 / max(1, _count(reader, paths[name]))
            placed.append(zip(count(step / 2, step), stream, strict=False))
        for _, instance in heapq.merge(*placed, key=itemgetter(0)):
            yield instance

    def _of_resource(
        self, resource: str, reader: DatasetReader, path: DataPath
    ) -> Iterator[Instance]:
        field: Field = MetadataField(resource)
        for instance in reader.read(path):  # type: ignore[arg-type]
            instance.add_field("resource", field)
            yield instance

    def text_to_instance(  # type: ignore[override]
        self, tokens: List[Token], *rest: Any, resource: Optional[str] = None
    ) -> Instance:
        """
        # Parameters

        tokens : `List[Token]`
        rest : `Any`
            What the resource's own reader takes beside the tokens.
        resource : `str`, optional
            Default: the target.
        """
        resource = self._target if resource is None else resource
        reader = self._reader_of("resource", resource)
        instance = reader.text_to_instance(tokens, *rest)
        instance.add_field("resource", MetadataField(resource))
        return instance

    def apply_token_indexers(self, instance: Instance) -> None:
        resource = instance.fields["resource"].metadata  # type: ignore[attr-defined]
        self._readers[resource].apply_token_indexers(instance)

    def _reader_of(self, where: str, resource: str) -> DatasetReader:
        if resource not in self._readers:
            raise ConfigurationError(
                f"{where}: found resource '{resource}', expected one of those with a reader "
                f"(dataset_reader.readers): {sorted(self._readers)}"
            )
        return self._readers[resource]

    def _set_worker_info(self, info: Optional[WorkerInfo]) -> None:
        super()._set_worker_info(info)
        for reader in self._readers.values():
            # In a worker, so that it leaves the indexers to the main process, but reads all.
            reader._set_worker_info(info and WorkerInfo(1, 0))

    # Each reader takes its own share of the sentences, so it has to know which process it is in.
    def _set_distributed_info(self, info: Optional[DistributedInfo]) -> None:
        super()._set_distributed_info(info)
        for reader in self._readers.values():
            reader._set_distributed_info(info)


def _count(reader: DatasetReader, path: DataPath) -> int:
    """How many instances a reader makes of a path."""
    if isinstance(reader, ConllColumnsReader):
        return reader.count_sentences(path)
    number = 0
    for _ in reader.read(path):  # type: ignore[arg-type]
        number += 1
    return number
