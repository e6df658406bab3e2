"""The plain adversarial discriminator (AD in Table 4)."""

import torch
from torch.nn.functional import logsigmoid

from datnet_allennlp.modules.discriminators.attention import AttentionDiscriminator
from datnet_allennlp.modules.discriminators.discriminator import ResourceDiscriminator


@ResourceDiscriminator.register("cross_entropy")
class CrossEntropyDiscriminator(AttentionDiscriminator):
    """
    Cross-entropy: every sentence weighs the same, whatever its resource and however easy it is.

    Registered as a `ResourceDiscriminator` with name "cross_entropy".

    # Parameters

    input_dim : `int`
    attention_dim : `int`, optional (default = `input_dim`)
    resources : `List[str]`, optional (default = `["target", "source"]`)
    encoder, dropout
        As for `AttentionDiscriminator`.
    """

    def loss(self, logits: torch.Tensor, resource: int) -> torch.Tensor:
        return -logsigmoid(self.logit_of(logits, resource)).mean()
