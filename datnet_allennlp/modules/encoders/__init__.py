"""Encoders of all resources together (section 3.2)."""

from datnet_allennlp.modules.encoders.resource_encoder import ResourceEncoder
from datnet_allennlp.modules.encoders.shared import SharedEncoder
from datnet_allennlp.modules.encoders.shared_private import SharedPrivateEncoder
