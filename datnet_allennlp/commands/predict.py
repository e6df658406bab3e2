"""
Makes `allennlp predict` hand the whole input to predictors that ask for it, which are those derived
from `StreamPredictor`. For any other predictor it stays as it is.

AllenNLP builds its argument parser before it imports plugins, so another `predict` subcommand would
never be called. The function that the parser is given looks up `_PredictManager` each time, and
that is what is replaced here.
"""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from operator import attrgetter
from typing import Any

from allennlp.commands import predict
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path, open_compressed

from datnet_allennlp.predictors.read_ahead import read_ahead
from datnet_allennlp.predictors.stream_predictor import StreamPredictor


class StreamPredictManager(predict._PredictManager):
    """
    AllenNLP's manager with the same output. Where the predictor is a `StreamPredictor`, the input
    is read as a stream, and an error in it names file and line; all that came before it has been
    written then. A record that someone types is answered before the next one is read.
    """

    def run(self) -> None:
        if not isinstance(self._predictor, StreamPredictor):
            super().run()
            return
        try:
            self._run(self._predictor)
        finally:
            if self._output_file is not None:
                self._output_file.close()

    def _run(self, predictor: StreamPredictor) -> None:
        # What was imported and loaded is here to stay; without this it is searched for garbage
        # again and again.
        gc.freeze()
        if self._input_file == "-" and sys.stdin.isatty():
            windows = predictor.windows(self._records(predictor), at_once=True)
        else:
            windows = read_ahead(predictor.windows(self._records(predictor)), attrgetter("is_last"))
        with closing(windows):
            for index, (shown, output) in enumerate(predictor.answer(windows)):
                self._maybe_print_to_console_and_file(index, predictor.dump_line(output), shown)

    def _records(self, predictor: StreamPredictor) -> Iterator[Any]:
        if self._dataset_reader is not None:
            show_instance = str if self._print_to_console else _show_nothing
            for instance in self._get_instance_data():
                yield predictor.read_instance(instance, show_instance)
            return
        show_json = json.dumps if self._print_to_console else _show_nothing
        for place, line in self._lines():
            if line.isspace():
                continue
            try:
                yield predictor.read_json(predictor.load_line(line), show_json)
            except ConfigurationError as error:
                raise ConfigurationError(f"{place}: {error}") from error

    def _lines(self) -> Iterator[tuple[str, str]]:
        """Each line, with its place as `file:line`."""
        if self._input_file == "-":
            for number, line in enumerate(sys.stdin, start=1):
                yield f"<stdin>:{number}", line
            return
        with open_compressed(cached_path(self._input_file)) as lines:
            for number, line in enumerate(lines, start=1):
                yield f"{self._input_file}:{number}", line


def _show_nothing(_: Any) -> str:
    return ""


predict._PredictManager = StreamPredictManager  # type: ignore[misc]
