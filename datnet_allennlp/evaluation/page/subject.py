"""A trained model that the page is about."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from datnet_allennlp.archive import load
from datnet_allennlp.archive.names import name_archives
from datnet_allennlp.data.dataset_readers import MultiResourceReader
from datnet_allennlp.evaluation.entities import entities_of_training
from datnet_allennlp.evaluation.gold_sentence import GoldSentence
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence, to_iob2
from datnet_allennlp.models import DatnetTagger
from datnet_allennlp.tagging import Tagger


class TaggedCorpus(NamedTuple):
    """
    # Parameters

    sentences : `list[TaggedSentence]`
    confidences : `list[list[float]]`
        Of the predicted entities of each sentence, in order; no list where the model gives none.
    """

    sentences: list[TaggedSentence]
    confidences: list[list[float]]


class Subject:
    """
    # Parameters

    name : `str`
        What the page calls it.
    path : `Path`
        Its archive, or the folder of its run.
    """

    def __init__(self, name: str, path: Path) -> None:
        archive = load(path)
        self.name = name
        self.path = path
        self.tagger = Tagger(archive.model, archive.validation_dataset_reader)
        self._training_reader = archive.dataset_reader
        self._training_path = archive.config.as_dict(quiet=True).get("train_data_path")
        self.coding: Any = getattr(archive.model, "label_encoding", None)
        if self.coding is None:
            raise ConfigurationError(
                f"{path}: model.label_encoding: found none, expected the coding of the model's tags"
            )

    @property
    def reader(self) -> DatasetReader:
        return self.tagger.dataset_reader

    @property
    def model(self) -> DatnetTagger | None:
        """The model if it is one with an encoder that resources share."""
        return self.tagger.model if isinstance(self.tagger.model, DatnetTagger) else None

    @property
    def target(self) -> str:
        return "target" if self.model is None else self.model.target

    def knows(self, resource: str | None) -> bool:
        """Whether it tags this resource; `None` is the target."""
        known = [self.target] if self.model is None else self.model.decoders
        return resource is None or resource in known

    def tag(self, gold: Sequence[GoldSentence], resource: str | None) -> TaggedCorpus:
        """Tags sentences as the tagger tags words, with its confidence."""
        of = {} if resource in (None, self.target) else {"resource": resource}
        records = [self.tagger.read_record({"tokens": each.tokens, **of}) for each in gold]
        tagged = self.tagger.tag(records)
        return TaggedCorpus(
            [
                TaggedSentence(sentence.tokens, sentence.tags, to_iob2(answer.tags, self.coding))
                for sentence, answer in zip(gold, tagged, strict=True)
            ],
            [
                [each.confidence for each in answer.entities if each.confidence is not None]
                for answer in tagged
            ],
        )

    def training_entities(self, file: str, resource: str | None) -> set[tuple[str, str]]:
        """
        The entities of a training file. Where the run took a sample of the sentences of this
        resource, these are meant.
        """
        name = resource or self.target
        configured = self._training_path
        has_resources = isinstance(self._training_reader, MultiResourceReader)
        if has_resources:
            configured = configured.get(name) if isinstance(configured, dict) else None
        # The path is the user's, not the archive's.
        sample = dict(configured) if isinstance(configured, dict) else {}
        path = {**sample, "path": file} if sample else file
        return entities_of_training(self._training_reader, {name: path} if has_resources else path)


def load_subjects(archives: Sequence[str]) -> list[Subject]:
    """Raises `ConfigurationError` for an archive that is there twice, or cannot be loaded."""
    return [Subject(name, Path(path)) for name, path in name_archives(archives).items()]
