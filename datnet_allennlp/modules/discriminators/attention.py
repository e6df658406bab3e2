"""A discriminator that reads a sentence by self-attention."""

from typing import List, Optional

import torch
from allennlp.nn.util import masked_softmax

from datnet_allennlp.modules.discriminators.discriminator import ResourceDiscriminator


class AttentionDiscriminator(ResourceDiscriminator):
    """
    Additive self-attention (Bahdanau et al., 2015) encodes the sentence into one vector, a linear
    layer projects it to a scalar (section 3.3): `a_t = softmax_t(v . tanh(W h_t + b))`,
    `logit = u . sum_t a_t h_t + c`. Padding gets no attention. Of more than two resources each has
    such a logit.

    # Parameters

    input_dim : `int`
        The encoder's shared dimension; the model fills it in.
    attention_dim : `int`, optional (default = `input_dim`)
    resources : `List[str]`, optional (default = `["target", "source"]`)
        The target first; the model fills it in.
    """

    def __init__(
        self,
        input_dim: int,
        attention_dim: Optional[int] = None,
        resources: Optional[List[str]] = None,
    ) -> None:
        super().__init__(resources)
        attention_dim = attention_dim or input_dim
        self.hidden = torch.nn.Linear(input_dim, attention_dim)
        self.score = torch.nn.Linear(attention_dim, 1, bias=False)
        self.projection = torch.nn.Linear(input_dim, self.num_logits)

    def forward(self, encoded: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        scores = self.score(torch.tanh(self.hidden(encoded))).squeeze(-1)
        # The product is for an empty sentence, all of which would get attention otherwise.
        attention = masked_softmax(scores, mask, memory_efficient=True) * mask
        sentence = torch.einsum("bt,btd->bd", attention, encoded)
        logits = self.projection(sentence)
        return logits.squeeze(-1) if self.num_logits == 1 else logits
