"""F1 of entities, counted over an epoch."""

from collections import Counter

from allennlp.common.checks import ConfigurationError
from allennlp.training.metrics import Metric

from datnet_allennlp.data.tag_coding import read_spans_leniently
from datnet_allennlp.metrics.over_processes import sum_over_processes
from datnet_allennlp.metrics.ratios import ratios


@Metric.register("entity_f1")
class EntityF1(Metric):
    """
    Precision, recall and F1 of whole entities, as conlleval counts them: an entity is right if its
    first token, its last token and its type are. Forbidden tag sequences are read as conlleval and
    seqeval (in its default mode) read them, so the values agree with theirs.

    Only counts are kept, one triple an entity type. In distributed training every worker counts
    its own sentences, and `get_metric(reset=True)` sums the counts over the workers: all of them
    must call it, as AllenNLP's trainer does at the end of an epoch. `get_metric(reset=False)`,
    which the progress bar shows, stays with the worker's own counts: in the middle of an epoch
    workers may be at different resources, or at the end of their data.

    # Parameters

    per_type : `bool`, optional (default = `False`)
        Whether to return the values of each entity type as well.
    """

    supports_distributed = True

    def __init__(self, per_type: bool = False) -> None:
        self._per_type = per_type
        self.reset()

    def __call__(  # type: ignore[override]
        self, predicted: list[list[str]], gold: list[list[str]]
    ) -> None:
        """
        # Parameters

        predicted : `List[List[str]]`
            The predicted tags of each sentence of a batch, in any coding.
        gold : `List[List[str]]`
            The true tags of the same sentences. The coding may be another one.

        Raises `ConfigurationError` if the two differ in the number of sentences or of tokens in a
        sentence.
        """
        lengths = [len(tags) for tags in predicted], [len(tags) for tags in gold]
        if lengths[0] != lengths[1]:
            raise ConfigurationError(
                f"found predicted tags for sentences of {lengths[0]} tokens, "
                f"expected {lengths[1]} as in the gold tags"
            )
        for predicted_tags, gold_tags in zip(predicted, gold, strict=True):
            predicted_spans = set(read_spans_leniently(predicted_tags))
            gold_spans = set(read_spans_leniently(gold_tags))
            self._predicted.update(span.entity_type for span in predicted_spans)
            self._gold.update(span.entity_type for span in gold_spans)
            self._correct.update(span.entity_type for span in predicted_spans & gold_spans)

    def get_metric(self, reset: bool = False) -> dict[str, float]:
        """
        # Returns

        `Dict[str, float]`
            `"precision-overall"`, `"recall-overall"` and `"f1-measure-overall"` over all entities
            (micro average), from 0 to 1. With `per_type` also `"precision-PER"` and so on for each
            type seen. A ratio without any entities below the line is 0.
        """
        correct, predicted, gold = self._correct, self._predicted, self._gold
        if reset:
            correct, predicted, gold = map(sum_over_processes, (correct, predicted, gold))
        metrics = _scores("overall", correct.total(), predicted.total(), gold.total())
        if self._per_type:
            for entity_type in sorted(predicted.keys() | gold.keys()):
                metrics.update(
                    _scores(
                        entity_type,
                        correct[entity_type],
                        predicted[entity_type],
                        gold[entity_type],
                    )
                )
        if reset:
            self.reset()
        return metrics

    def reset(self) -> None:
        self._correct: Counter = Counter()
        self._predicted: Counter = Counter()
        self._gold: Counter = Counter()


def _scores(name: str, correct: int, predicted: int, gold: int) -> dict[str, float]:
    values = ratios(correct, predicted, gold)
    return {
        f"precision-{name}": values["precision"],
        f"recall-{name}": values["recall"],
        f"f1-measure-{name}": values["f1"],
    }
