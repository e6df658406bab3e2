"""The Generalized Resource-Adversarial Discriminator (Eq. 1)."""

from typing import Optional

import torch
from allennlp.common.checks import ConfigurationError
from torch.nn.functional import logsigmoid

from datnet_allennlp.modules.discriminators.attention import AttentionDiscriminator
from datnet_allennlp.modules.discriminators.discriminator import ResourceDiscriminator


@ResourceDiscriminator.register("grad")
class Grad(AttentionDiscriminator):
    """
    With `r` the probability of the source, a source sentence costs
    `-alpha (1 - r)^gamma log r`, a target sentence `-(1 - alpha) r^gamma log(1 - r)` (Eq. 1).

    Registered as a `ResourceDiscriminator` with name "grad".

    # Parameters

    input_dim : `int`
    attention_dim : `int`, optional (default = `input_dim`)
    alpha : `float`, optional (default = 0.25)
        The weight of the source, 0 to 1. In the paper the best value grows with the share of the
        target data that is used (Table 5).
    gamma : `float`, optional (default = 2.0)
        How much easy sentences are played down, up to 1e6; 0 is not at all.
    """

    def __init__(
        self,
        input_dim: int,
        attention_dim: Optional[int] = None,
        alpha: float = 0.25,
        gamma: float = 2.0,
    ) -> None:
        super().__init__(input_dim, attention_dim)
        if not 0 <= alpha <= 1:
            raise ConfigurationError(f"discriminator.alpha: found {alpha}, expected 0 to 1")
        if not 0 <= gamma <= 1e6:
            raise ConfigurationError(f"discriminator.gamma: found {gamma}, expected 0 to 1e6")
        self.alpha = alpha
        self.gamma = gamma

    def loss(self, logits: torch.Tensor, is_source: bool) -> torch.Tensor:
        weight = self.alpha if is_source else 1 - self.alpha
        # The logit of the true resource; 1 - r and r are both sigmoids of plus or minus it.
        logit_of_truth = logits if is_source else -logits
        # A power of a sigmoid that rounds to 0 would have no finite gradient for gamma below 1.
        difficulty = torch.exp(self.gamma * logsigmoid(-logit_of_truth))
        return -(weight * difficulty * logsigmoid(logit_of_truth)).mean()
