"""Importing this package registers what lies between a file and a batch."""

from datnet_allennlp.data import data_loaders, dataset_readers, samplers, token_indexers, tokenizers
