"""Importing this package registers the data loader."""

from datnet_allennlp.data.data_loaders.ordered import OrderedDataLoader
