"""Importing this package registers the predictor."""

from datnet_allennlp.predictors.tweet_tagger import TweetTaggerPredictor as TweetTaggerPredictor
