"""Importing this package registers the token indexer."""

from datnet_allennlp.data.token_indexers.word_vector_indexer import WordVectorIndexer
