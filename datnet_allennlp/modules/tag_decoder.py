"""From a resource's encoded tokens to its tags: a projection and a CRF."""

import functools
import math
from collections.abc import Sequence
from typing import List, Optional, Tuple, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules.conditional_random_field.conditional_random_field import allowed_transitions

from datnet_allennlp.data.tag_coding import Span, read_spans_leniently
from datnet_allennlp.modules.crf import VITERBI_DECODING, LinearChainCrf
from datnet_allennlp.modules.crf.span_probability import PairReading

# The letters that tags of each encoding begin with.
_LETTERS = {"BIO": "BIO", "IOB1": "BIO", "BIOUL": "BIOUL", "BMES": "BMESO"}


class TagDecoder(torch.nn.Module):
    """
    # Parameters

    vocab : `Vocabulary`
    label_namespace : `str`
        The namespace of the resource's tags.
    input_dim : `int`
    label_encoding : `str`, optional
        The coding of the tags: `BIO`, `IOB1`, `BIOUL` or `BMES`. Decoding keeps to it; without it
        all sequences are allowed.
    include_start_end_transitions : `bool`, optional (default = `True`)

    Raises `ConfigurationError` as `check_tags` does.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        label_namespace: str,
        input_dim: int,
        label_encoding: Optional[str] = None,
        include_start_end_transitions: bool = True,
    ) -> None:
        super().__init__()
        check_tags(vocab, label_namespace, label_encoding)
        self.labels = vocab.get_index_to_token_vocabulary(label_namespace)
        constraints = None
        if label_encoding is not None:
            constraints = allowed_transitions(label_encoding, self.labels)
        self.projection = torch.nn.Linear(input_dim, len(self.labels))
        self.crf = LinearChainCrf(
            len(self.labels),
            constraints,
            include_start_end_transitions,
        )

    def forward(self, encoded: torch.Tensor) -> torch.Tensor:
        """
        A score for each tag: `(batch_size, num_tokens, input_dim)` to
        `(batch_size, num_tokens, num_tags)`.
        """
        return self.projection(encoded)

    def loss(self, logits: torch.Tensor, tags: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The negative log-likelihood of the gold tags (section 3.4), mean over the batch."""
        return -self.crf(logits, tags, mask) / logits.size(0)

    def loss_of_entities(
        self, logits: torch.Tensor, tags: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """
        The negative log-probability that the tokens whose tags are not `O` have these tags,
        whatever the others have, mean over the batch: a scalar.

        # Parameters

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        tags : `torch.LongTensor`, shape `(batch_size, num_tokens)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
        """
        outside = next(i for i, label in self.labels.items() if label == "O")
        given = torch.nn.functional.one_hot(tags, len(self.labels)).bool()
        others = ~given & (tags != outside).unsqueeze(-1)
        # The two differ in the sum over all sequences alone.
        return self.loss(logits, tags, mask) - self.loss(
            logits.masked_fill(others, float("-inf")), tags, mask
        )

    def divergence(
        self, tag_probabilities: torch.Tensor, logits: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """
        The KL divergence from given probabilities of the tags to the CRF's marginals, summed over
        the tokens of a sentence, mean over the batch.

        # Parameters

        tag_probabilities : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
        """
        cross_entropy = -tag_probabilities * self.crf.log_marginals(logits, mask)
        by_tag = torch.xlogy(tag_probabilities, tag_probabilities) + cross_entropy
        return (by_tag.sum(dim=-1) * mask).sum() / logits.size(0)

    def decode(self, logits: torch.Tensor, mask: torch.Tensor) -> List[List[int]]:
        """The ids of the best tags of each sentence, as long as the sentence."""
        best = cast(List[VITERBI_DECODING], self.crf.viterbi_tags(logits, mask))
        return [tags for tags, _ in best]

    def best(
        self, logits: torch.Tensor, mask: torch.Tensor, count: int, temperature: float = 1.0
    ) -> List[List[Tuple[List[int], float]]]:
        """
        The `count` best sequences of tags of each sentence, best first, each with its probability
        among all that the coding allows. Fewer where fewer are allowed.
        """
        log_z = self.crf.allowed_log_partition(logits, mask, temperature).tolist()
        ranked = cast(
            List[List[VITERBI_DECODING]], self.crf.viterbi_tags(logits.double(), mask, top_k=count)
        )
        return [
            [(tags, math.exp(min(0.0, score / temperature - total))) for tags, score in paths]
            for paths, total in zip(ranked, log_z, strict=True)
        ]

    def confidences(
        self,
        logits: torch.Tensor,
        mask: torch.Tensor,
        spans: Sequence[Sequence[Span]],
        temperature: float = 1.0,
    ) -> List[List[float]]:
        """
        The probability of each entity: that the tags, of all sequences that the coding allows, hold
        an entity of just these tokens and this type.

        # Parameters

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
        spans : `Sequence[Sequence[Span]]`
            The entities of each sentence.
        temperature : `float`, optional (default = 1.0)
            Divides all scores: above 1, what is uncertain becomes more so.
        """
        # Most sentences have no entity, and need nothing.
        chosen = [sentence for sentence, entities in enumerate(spans) if entities]
        if not chosen:
            return [[] for _ in spans]
        found = [(row, span) for row, i in enumerate(chosen) for span in spans[i]]
        of_type = [[label[2:] == s.entity_type for label in self.labels.values()] for _, s in found]
        log_probabilities = self.crf.span_log_probabilities(
            logits[chosen],
            mask[chosen],
            self.reading,
            torch.tensor([(row, span.start, span.end_exclusive) for row, span in found]),
            torch.tensor(of_type),
            temperature,
        )
        each = iter(log_probabilities.exp().tolist())
        return [[next(each) for _ in entities] for entities in spans]

    @functools.cached_property
    def reading(self) -> PairReading:
        """As `read_spans_leniently` reads pairs of tags; it looks at no more than two at once."""
        spans = [
            [read_spans_leniently([first, second]) for second in self.labels.values()]
            for first in self.labels.values()
        ]
        return PairReading(
            *(
                torch.tensor([[any(map(holds, pair)) for pair in row] for row in spans])
                for holds in (
                    lambda span: span.start == 1,
                    lambda span: span.end_exclusive - span.start == 2,
                    lambda span: span.end_exclusive == 1,
                )
            )
        )

    def to_labels(self, ids: List[int]) -> List[str]:
        return [self.labels[i] for i in ids]


def label_encoding_of(vocab: Vocabulary, namespace: str) -> str:
    """
    The coding that the tags of a namespace are in, told by their first letters: `BIO`, `BIOUL` or
    `BMES`. (`IOB1` has the letters of `BIO`.)

    Raises `ConfigurationError` for an unknown namespace and for letters that no coding has.
    """
    check_tags(vocab, namespace, None)
    letters = {tag[0] for tag in vocab.get_token_to_index_vocabulary(namespace)}
    for coding in ("BIO", "BIOUL", "BMES"):
        if letters <= set(_LETTERS[coding]):
            return coding
    raise ConfigurationError(
        f"the vocabulary's namespace '{namespace}': found tags that begin with {sorted(letters)}, "
        f"expected those of one coding: BIO, BIOUL or BMES"
    )


def check_tags(vocab: Vocabulary, namespace: str, label_encoding: Optional[str]) -> None:
    """
    Raises `ConfigurationError` for a namespace that the vocabulary lacks or pads, an unknown
    encoding, and tags in the namespace that are not of this encoding.
    """
    if namespace not in vocab.get_namespaces():
        raise ConfigurationError(
            f"model.tag_namespaces: found '{namespace}', expected one of those in the "
            f"vocabulary: {sorted(vocab.get_namespaces())}"
        )
    if vocab.is_padded(namespace):
        raise ConfigurationError(
            f"vocabulary.non_padded_namespaces: found that it lacks '{namespace}', expected the "
            "namespaces of the tags among it, such as '*tags'"
        )
    if label_encoding is None:
        return
    if label_encoding not in _LETTERS:
        raise ConfigurationError(
            f"model.label_encoding: found '{label_encoding}', expected one of {list(_LETTERS)}"
        )
    for tag in vocab.get_token_to_index_vocabulary(namespace):
        if tag[0] not in _LETTERS[label_encoding]:
            raise ConfigurationError(
                f"model.label_encoding: found '{label_encoding}' with the tag '{tag}' in namespace "
                f"'{namespace}', expected the 'coding' of the readers"
            )
