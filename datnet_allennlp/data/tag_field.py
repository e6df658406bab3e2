"""A sequence of tags that knows which file and line it came from."""

from typing import List, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data.fields import SequenceLabelField
from allennlp.data.fields.sequence_field import SequenceField
from allennlp.data.vocabulary import Vocabulary


class TagField(SequenceLabelField):
    """
    A `SequenceLabelField` whose error for a tag that the vocabulary lacks names file and line.

    # Parameters

    tags : `List[str]`
    sequence_field : `SequenceField`
        The tokens that the tags belong to.
    label_namespace : `str`
    origin : `str`, optional
        Where the sentence stands, `data/wnut2017/dev.conll:17` for example.
    """

    def __init__(
        self,
        tags: List[str],
        sequence_field: SequenceField,
        label_namespace: str,
        origin: Optional[str] = None,
    ) -> None:
        super().__init__(tags, sequence_field, label_namespace)
        self.origin = origin

    def index(self, vocab: Vocabulary) -> None:
        known = vocab.get_token_to_index_vocabulary(self._label_namespace)
        for i, tag in enumerate(self.labels):
            if tag not in known:
                word = self.sequence_field[i]  # type: ignore[index]
                raise ConfigurationError(
                    f"{self.origin or 'a sentence'}, token {i} ('{word}'): "
                    f"found tag '{tag}', expected one of those in the vocabulary's namespace "
                    f"'{self._label_namespace}': {sorted(known)}. "
                    "List all entity types in the reader's and the vocabulary's configuration."
                )
        super().index(vocab)
