"""The Generalized Resource-Adversarial Discriminator (Eq. 1)."""

from typing import Dict, List, Optional, Union

import torch
from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2vec_encoders import Seq2VecEncoder
from torch.nn.functional import logsigmoid

from datnet_allennlp.modules.discriminators.attention import AttentionDiscriminator
from datnet_allennlp.modules.discriminators.discriminator import ResourceDiscriminator


@ResourceDiscriminator.register("grad")
class Grad(AttentionDiscriminator):
    """
    With `r` the probability of the source, a source sentence costs
    `-alpha (1 - r)^gamma log r`, a target sentence `-(1 - alpha) r^gamma log(1 - r)` (Eq. 1). That
    is `-w (1 - p)^gamma log p` with `p` the probability and `w` the weight of the sentence's own
    resource, which holds for any number of them.

    Registered as a `ResourceDiscriminator` with name "grad".

    # Parameters

    input_dim : `int`
    attention_dim : `int`, optional (default = `input_dim`)
    resources : `List[str]`, optional (default = `["target", "source"]`)
    alpha : `Union[float, Dict[str, float]]`, optional (default = 0.25)
        The weight of each source, 0 to 1; that of the target is 1 less it. In the paper the best
        value grows with the share of the target data that is used (Table 5). Or the weight, 0 to
        1e6, of each resource by name.
    gamma : `float`, optional (default = 2.0)
        How much easy sentences are played down, up to 1e6; 0 is not at all.
    encoder, dropout
        As for `AttentionDiscriminator`.

    Raises `ConfigurationError` for values out of range and weights of other resources.
    """

    def __init__(
        self,
        input_dim: int,
        attention_dim: Optional[int] = None,
        resources: Optional[List[str]] = None,
        alpha: Union[float, Dict[str, float]] = 0.25,
        gamma: float = 2.0,
        encoder: Optional[Lazy[Seq2VecEncoder]] = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(input_dim, attention_dim, resources, encoder, dropout)
        if not isinstance(alpha, dict):
            if not 0 <= alpha <= 1:
                raise ConfigurationError(f"discriminator.alpha: found {alpha}, expected 0 to 1")
            weights = [1 - alpha, *(alpha for _ in self.resources[1:])]
            alpha = dict(zip(self.resources, weights, strict=True))
        in_range = all(0 <= weight <= 1e6 for weight in alpha.values())
        if set(alpha) != set(self.resources) or not in_range:
            raise ConfigurationError(
                f"discriminator.alpha: found {alpha}, expected a weight of 0 to 1e6 for each of "
                f"{sorted(self.resources)}"
            )
        if not 0 <= gamma <= 1e6:
            raise ConfigurationError(f"discriminator.gamma: found {gamma}, expected 0 to 1e6")
        self.weights = [alpha[name] for name in self.resources]
        self.gamma = gamma

    def loss(self, logits: torch.Tensor, resource: int) -> torch.Tensor:
        # Eq. 1, as a mean over the batch.
        weight = self.weights[resource]
        # The sigmoid of it is the probability of the true resource, of minus it that of the others.
        logit_of_truth = self.logit_of(logits, resource)
        # A power of a sigmoid that rounds to 0 would have no finite gradient for gamma below 1.
        difficulty = torch.exp(self.gamma * logsigmoid(-logit_of_truth))
        return -(weight * difficulty * logsigmoid(logit_of_truth)).mean()
