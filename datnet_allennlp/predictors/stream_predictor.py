"""What a predictor needs so that `allennlp predict` hands it the whole input at once."""

from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

from allennlp.common.util import JsonDict
from allennlp.data import Instance
from allennlp.predictors import Predictor


class StreamPredictor(Predictor):
    """
    A predictor that makes its own batches. `allennlp predict` then gives it the input as one stream
    and heeds `--batch-size` no more.

    The work is in two parts, so that the first can be done ahead, in another process: `windows`
    does all that needs no model, and `answer` the rest.
    """

    def read_json(self, inputs: JsonDict, show: Callable[[Any], str] = str) -> Any:
        """
        Checks a record of the input and makes of it what `windows` takes.

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
        """Makes of an instance, which the dataset reader made, what `windows` takes."""
        raise NotImplementedError

    def windows(self, records: Iterable[Any], at_once: bool = False) -> Generator[Any, None, None]:
        """
        Yields groups of records with the batches that the model is to get. Each group has an
        attribute `is_last`, goes through pickle, and holds no more than a bounded number of
        records.

        # Parameters

        records : `Iterable[Any]`
            What `read_json` or `read_instance` made. If it raises, then what came before is still
            yielded, and the error goes on after that.
        at_once : `bool`, optional (default = `False`)
            Yield each record before the next one is read.
        """
        raise NotImplementedError

    def answer(self, windows: Iterable[Any]) -> Iterator[tuple[str, JsonDict]]:
        """Yields what is shown of the input, and the output, of each record, in their order."""
        raise NotImplementedError
