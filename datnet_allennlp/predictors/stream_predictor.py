"""What a predictor needs so that `allennlp predict` hands it many records at once."""

from collections.abc import Callable, Sequence
from typing import Any

from allennlp.common.util import JsonDict
from allennlp.data import Instance
from allennlp.predictors import Predictor


class StreamPredictor(Predictor):
    """
    A predictor that makes its own batches. `allennlp predict` then gives it the input by windows of
    many records and heeds `--batch-size` no more.

    The work is in three parts, so that each can be done where it is fastest, be it another process:
    `read_json` or `read_instance` for each record, `prepare` for a window of them, and `answer`,
    which is all that needs the model.
    """

    def read_json(self, inputs: JsonDict, show: Callable[[Any], str] = str) -> Any:
        """
        Checks a record of the input and makes of it what `prepare` takes.

        # Parameters

        inputs : `JsonDict`
        show : `Callable[[Any], str]`, optional (default = `str`)
            Makes of the input what is shown beside the output.

        # Raises

        `ConfigurationError`
            If the record is malformed.
        """
        raise NotImplementedError

    def read_instance(self, instance: Instance, show: Callable[[Any], str] = str) -> Any:
        """Makes of an instance, which the dataset reader made, what `prepare` takes."""
        raise NotImplementedError

    def prepare(self, records: Sequence[Any]) -> Any:
        """
        Makes what `answer` takes of what `read_json` or `read_instance` made. It must go through
        pickle, and making it must not use the GPU.
        """
        raise NotImplementedError

    def answer(self, window: Any) -> list[tuple[str, JsonDict]]:
        """What is shown of the input, and the output, of each record, in their order."""
        raise NotImplementedError
