"""Importing this package registers the tagger."""

from datnet_allennlp.models.datnet_tagger import DatnetTagger
