"""What an export costs: entity F1 of an archive and of its folder on the same corpus."""

import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.dataset_readers import MultiResourceReader
from datnet_allennlp.evaluation.gold_sentence import GoldSentence
from datnet_allennlp.evaluation.scores import score
from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence, to_iob2
from datnet_allennlp.standalone.refusal import Refusal
from datnet_allennlp.standalone.tagger import ExportedTagger
from datnet_allennlp.tagging import Tagger


class Comparison(NamedTuple):
    """
    # Parameters

    num_sentences, num_entities : `int`
        Of the corpus.
    archive_f1, export_f1 : `float`
        From 0 to 1, as conlleval counts.
    num_different : `int`
        The sentences that the two tag differently.
    """

    num_sentences: int
    num_entities: int
    archive_f1: float
    export_f1: float
    num_different: int


def compare(
    tagger: Tagger,
    folder: str | os.PathLike[str],
    gold: Sequence[GoldSentence],
    resource: str,
) -> Comparison:
    """
    Tags a corpus with an archive and with what was exported of it.

    # Parameters

    tagger : `Tagger`
    folder : `str | os.PathLike[str]`
        What `allennlp export` wrote.
    gold : `Sequence[GoldSentence]`
        The corpus.
    resource : `str`
        Whose corpus it is.

    Raises `ConfigurationError` for a sentence or a folder with which the export cannot work.
    """
    records: list[dict[str, Any]] = [{"tokens": each.tokens} for each in gold]
    if isinstance(tagger.dataset_reader, MultiResourceReader):
        records = [{**record, "resource": resource} for record in records]
    coding: Any = tagger.model.label_encoding
    try:
        exported = ExportedTagger(folder)
        of_export = _tagged(gold, (each.tags for each in exported.pipe(records)), coding)
        of_archive = _tagged(gold, (each.tags for each in tagger.pipe(records)), coding)
    except Refusal as error:
        raise ConfigurationError(str(error)) from None
    scores = score(of_archive)["conlleval"]
    return Comparison(
        len(gold),
        scores["gold"],
        scores["f1"],
        score(of_export)["conlleval"]["f1"],
        sum(a.predicted != b.predicted for a, b in zip(of_archive, of_export, strict=True)),
    )


def _tagged(
    gold: Sequence[GoldSentence], predicted: Iterable[list[str]], coding: str
) -> list[TaggedSentence]:
    return [
        TaggedSentence(each.tokens, each.tags, to_iob2(tags, coding))
        for each, tags in zip(gold, predicted, strict=True)
    ]
