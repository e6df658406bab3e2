from datnet_allennlp.data import dataset_readers, samplers, token_indexers, tokenizers
