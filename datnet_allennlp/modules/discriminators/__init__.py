"""What tells the resources apart (section 3.3)."""

from datnet_allennlp.modules.discriminators.attention import AttentionDiscriminator
from datnet_allennlp.modules.discriminators.cross_entropy import CrossEntropyDiscriminator
from datnet_allennlp.modules.discriminators.discriminator import ResourceDiscriminator
from datnet_allennlp.modules.discriminators.grad import Grad
