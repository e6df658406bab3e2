"""Importing this package registers the batch sampler."""

from datnet_allennlp.data.samplers.resource_bucket import ResourceBucketSampler
