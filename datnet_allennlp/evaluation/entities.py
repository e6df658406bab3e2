"""The entities of tagged sentences and of training data, as surface forms with their types."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from allennlp.data import DatasetReader

from datnet_allennlp.data.tag_coding import read_spans_leniently


class Entity(NamedTuple):
    """
    One entity where it stands.

    # Parameters

    sentence : `int`
        The index of its sentence.
    start, end_exclusive : `int`
        The index of its first token, and one more than that of its last.
    entity_type : `str`
    surface : `str`
        Its tokens, joined by single spaces, in their own casing.
    """

    sentence: int
    start: int
    end_exclusive: int
    entity_type: str
    surface: str

    @property
    def form(self) -> tuple[str, str]:
        """Its surface form and its type."""
        return self.surface, self.entity_type


def read_entities(sentence: int, tokens: Sequence[str], tags: Sequence[str]) -> list[Entity]:
    """
    The entities of one sentence, read as conlleval reads them (`read_spans_leniently`).

    # Parameters

    sentence : `int`
        Its index.
    tokens : `Sequence[str]`
    tags : `Sequence[str]`
        In any coding.
    """
    return [
        Entity(sentence, start, end, entity_type, " ".join(tokens[start:end]))
        for start, end, entity_type in read_spans_leniently(tags)
    ]


def entities_of_training(
    reader: DatasetReader, path: Any, resource: str | None = None
) -> set[tuple[str, str]]:
    """
    The surface forms, with their types, of the entities of the sentences that a training run
    reads.

    # Parameters

    reader : `DatasetReader`
        The run's `dataset_reader`.
    path : `Any`
        The run's `train_data_path`, which says which sentences it had.
    resource : `str`, optional
        Whose sentences, where the path is a dictionary by resource. Default: all that it names.
    """
    own = path if resource is None else {resource: path[resource]}
    return {
        entity.form
        for instance in reader.read(own)
        for entity in read_entities(0, words_of(instance), instance["tags"].labels)  # type: ignore
    }


def words_of(instance: Iterable[Any]) -> list[str]:
    """The text of an instance's tokens."""
    return [token.ensure_text() for token in instance["tokens"]]  # type: ignore[index]
