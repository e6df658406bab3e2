"""What a predictor needs so that `allennlp predict` hands it the whole input at once."""

from collections.abc import Iterable, Iterator
from typing import Any

from allennlp.common.util import JsonDict
from allennlp.data import Instance
from allennlp.predictors import Predictor


class StreamPredictor(Predictor):
    """
    A predictor that makes its own batches. `allennlp predict` then gives it the input as one stream
    and heeds `--batch-size` no more.
    """

    def read_json(self, inputs: JsonDict) -> Any:
        """
        Checks a record of the input and makes of it what `predict_stream` takes.

        # Raises

        `ConfigurationError`
            If the record is malformed.
        """
        raise NotImplementedError

    def read_instance(self, instance: Instance) -> Any:
        """Makes of an instance, which the dataset reader made, what `predict_stream` takes."""
        raise NotImplementedError

    def predict_stream(
        self, records: Iterable[Any], at_once: bool = False
    ) -> Iterator[tuple[Any, JsonDict]]:
        """
        Yields a pair of input and output for each record, in the order of the input. Holds no more
        than a bounded number of records at a time.

        # Parameters

        records : `Iterable[Any]`
            What `read_json` or `read_instance` made. If it raises, then what came before is still
            yielded, and the error goes on after that.
        at_once : `bool`, optional (default = `False`)
            Answer each record before the next one is read.
        """
        raise NotImplementedError
