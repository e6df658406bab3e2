"""Readers for evaluation, which leave out no sentence."""

import copy
from typing import Any

from allennlp.data import DatasetReader, Instance

from datnet_allennlp.data.dataset_readers.conll_columns import ConllColumnsReader
from datnet_allennlp.data.dataset_readers.multi_resource import MultiResourceReader


def whole(reader: DatasetReader) -> DatasetReader:
    """
    A copy of a reader that reads all sentences of a file: without `max_instances`, and without what
    makes `conll_columns` sample them, also inside `multi_resource`.

    # Parameters

    reader : `DatasetReader`
        Stays as it is.
    """
    copied = copy.copy(reader)
    copied.max_instances = None
    if isinstance(copied, ConllColumnsReader):
        copied.take_all()
    elif isinstance(copied, MultiResourceReader):
        copied.map_readers(whole)
    return copied


def read_whole(reader: DatasetReader, path: Any, resource: str | None = None) -> list[Instance]:
    """
    All instances of a path, in order.

    # Parameters

    reader : `DatasetReader`
    path : `str` or `list[str]`
    resource : `str`, optional
        Whose reader is to be used, for a `multi_resource` reader. Default: the target.
    """
    return list(whole(reader).read(path if resource is None else {resource: path}))
