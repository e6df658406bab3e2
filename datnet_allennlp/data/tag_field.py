"""A sequence of tags that knows which file and line it came from."""

from array import array
from typing import Dict, List, Optional

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data.fields import SequenceLabelField
from allennlp.data.fields.sequence_field import SequenceField
from allennlp.data.vocabulary import Vocabulary


class TagField(SequenceLabelField):
    """
    A `SequenceLabelField` that gives the vocabulary all tags that its coding has, and whose error
    for a tag that the vocabulary lacks names file and line.

    # Parameters

    tags : `List[str]`
    sequence_field : `SequenceField`
        The tokens that the tags belong to.
    label_namespace : `str`
    origin : `str`, optional
        Where the sentence stands, `data/wnut2017/dev.conll:17` for example.
    all_tags : `List[str]`, optional
        All tags that there may be. Default: those that are counted.
    """

    def __init__(
        self,
        tags: List[str],
        sequence_field: SequenceField,
        label_namespace: str,
        origin: Optional[str] = None,
        all_tags: Optional[List[str]] = None,
    ) -> None:
        self.origin = origin
        self.all_tags = all_tags
        is_plain = len(tags) == sequence_field.sequence_length() and set(map(type, tags)) == {str}
        if not is_plain:
            super().__init__(tags, sequence_field, label_namespace)
            return
        # As AllenNLP does, but that it looks at the type of each tag in Python, twice.
        self.labels = tags
        self.sequence_field = sequence_field
        self._label_namespace = label_namespace
        self._indexed_labels = None
        self._skip_indexing = False
        self._maybe_warn_for_namespace(label_namespace)

    def count_vocab_items(self, counter: Dict[str, Dict[str, int]]) -> None:
        if self.all_tags is None:
            super().count_vocab_items(counter)
            return
        counts = counter[self._label_namespace]
        # One for each that there may be, beside those that occur. The vocabulary sorts by the count
        # and keeps this order among equals: tags that occur in theirs, then the others.
        for tag in self.all_tags:
            if tag not in counts:
                counts[tag] = 1
        for label in map(str, self.labels):
            if counts[label] == 1:
                counts[label] = counts.pop(label)
            counts[label] += 1

    def index(self, vocab: Vocabulary) -> None:
        known = vocab.get_token_to_index_vocabulary(self._label_namespace)
        try:
            # An array compares, copies and pickles like a list, at a quarter of its size.
            self._indexed_labels = array("i", [known[tag] for tag in self.labels])  # type: ignore
        except KeyError:
            raise self._unknown_tag(known) from None

    def as_tensor(self, padding_lengths: Dict[str, int]) -> torch.Tensor:
        if self._indexed_labels is None:
            raise ConfigurationError("found tags that are not indexed, expected .index(vocab)")
        num_tokens = padding_lengths["num_tokens"]
        ids = self._indexed_labels[:num_tokens]
        padded = numpy.zeros(num_tokens, dtype=numpy.int64)
        padded[: len(ids)] = ids
        return torch.from_numpy(padded)

    def _unknown_tag(self, known: Dict[str, int]) -> ConfigurationError:
        i, tag = next((i, tag) for i, tag in enumerate(self.labels) if tag not in known)
        word = self.sequence_field[i]  # type: ignore[index]
        return ConfigurationError(
            f"{self.origin or 'a sentence'}, token {i} ('{word}'): "
            f"found tag '{tag}', expected one of those in the vocabulary's namespace "
            f"'{self._label_namespace}': {sorted(known)}. "
            "List all entity types as the reader's entity_types."
        )
