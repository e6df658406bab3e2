"""From a resource's encoded tokens to its tags: a projection and a CRF."""

from typing import List, Optional, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules.conditional_random_field.conditional_random_field import allowed_transitions

from datnet_allennlp.modules.crf import VITERBI_DECODING, LinearChainCrf

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
            constraints,  # type: ignore[arg-type]
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

    def decode(self, logits: torch.Tensor, mask: torch.Tensor) -> List[List[int]]:
        """The ids of the best tags of each sentence, as long as the sentence."""
        best = cast(List[VITERBI_DECODING], self.crf.viterbi_tags(logits, mask))
        return [tags for tags, _ in best]

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
    Raises `ConfigurationError` for a namespace that the vocabulary lacks, an unknown encoding, and
    tags in the namespace that are not of this encoding.
    """
    if namespace not in vocab.get_namespaces():
        raise ConfigurationError(
            f"model.tag_namespaces: found '{namespace}', expected one of those in the "
            f"vocabulary: {sorted(vocab.get_namespaces())}"
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
