"""A discriminator that reads a sentence by self-attention, or by any other encoder."""

from typing import List, Optional

import torch
from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2vec_encoders import Seq2VecEncoder
from allennlp.nn.util import masked_softmax

from datnet_allennlp.modules.discriminators.discriminator import ResourceDiscriminator
from datnet_allennlp.modules.dropout import Dropout


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
    encoder : `Lazy[Seq2VecEncoder]`, optional
        Makes one vector of the sentence in place of the self-attention: `boe` sums the tokens, as
        the authors' attention does. An `embedding_dim`, `input_size` or `input_dim` that
        is left out is `input_dim`.
    dropout : `float`, optional (default = 0.0)
        Of the encoding that the discriminator reads, beside that of the tags' scores.

    Raises `ConfigurationError` for an encoder of another width than `input_dim`.
    """

    def __init__(
        self,
        input_dim: int,
        attention_dim: Optional[int] = None,
        resources: Optional[List[str]] = None,
        encoder: Optional[Lazy[Seq2VecEncoder]] = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(resources)
        self.dropout = Dropout(dropout)
        self.encoder: Optional[Seq2VecEncoder] = None
        sentence_dim = input_dim
        if encoder is None:
            attention_dim = attention_dim or input_dim
            self.hidden = torch.nn.Linear(input_dim, attention_dim)
            self.score = torch.nn.Linear(attention_dim, 1, bias=False)
        else:
            self.encoder = _of_width(encoder, input_dim)
            sentence_dim = self.encoder.get_output_dim()
        self.projection = torch.nn.Linear(sentence_dim, self.num_logits)

    def forward(self, encoded: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        encoded = self.dropout(encoded)
        encode = self._attended if self.encoder is None else self.encoder
        logits = self.projection(encode(encoded, mask))
        return logits.squeeze(-1) if self.num_logits == 1 else logits

    def _attended(self, encoded: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        scores = self.score(torch.tanh(self.hidden(encoded))).squeeze(-1)
        # The product is for an empty sentence, all of which would get attention otherwise.
        attention = masked_softmax(scores, mask, memory_efficient=True) * mask
        return torch.einsum("bt,btd->bd", attention, encoded)


def _of_width(encoder: Lazy[Seq2VecEncoder], dim: int) -> Seq2VecEncoder:
    made = encoder.construct(embedding_dim=dim, input_size=dim, input_dim=dim)
    if made.get_input_dim() != dim:
        raise ConfigurationError(
            f"discriminator.encoder: found an encoder of vectors of {made.get_input_dim()} values, "
            f"expected {dim} as in the shared encoding (leave the encoder's width out)"
        )
    return made
