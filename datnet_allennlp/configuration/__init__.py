"""Mistakes in a configuration of `allennlp train`, named by their keys."""

from datnet_allennlp.configuration.check import check_configuration as check_configuration
