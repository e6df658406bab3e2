"""Importing this package registers the tokenizer."""

from datnet_allennlp.data.tokenizers.tweet_tokenizer import TweetTokenizer as TweetTokenizer
