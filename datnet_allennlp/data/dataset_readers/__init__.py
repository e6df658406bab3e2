"""Importing this package registers the dataset readers."""

from datnet_allennlp.data.dataset_readers.conll_columns import ConllColumnsReader
from datnet_allennlp.data.dataset_readers.multi_resource import MultiResourceReader
from datnet_allennlp.data.dataset_readers.raw_text import RawTextReader
