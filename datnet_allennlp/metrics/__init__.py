"""Metrics of training and validation."""

from datnet_allennlp.metrics.entity_f1 import EntityF1 as EntityF1
