"""
Makes `allennlp predict` hand the whole input to predictors that ask for it, which are those derived
from `StreamPredictor`. For any other predictor it stays as it is.

AllenNLP builds its argument parser before it imports plugins, so another `predict` subcommand would
never be called. The function that the parser is given looks up `_PredictManager` each time, and
that is what is replaced here.
"""

import gc
import json
import pickle
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, suppress
from io import TextIOWrapper
from typing import Any, NamedTuple, Union

from allennlp.commands import predict
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path, open_compressed
from allennlp.data import Instance
from allennlp.data.fields import SequenceField

from datnet_allennlp.predictors.stream_predictor import StreamPredictor
from datnet_allennlp.predictors.windows import windows
from datnet_allennlp.predictors.worker_processes import map_in_workers

# How many characters a token of an instance is taken to have.
_TOKEN_LENGTH = 16


class Entry(NamedTuple):
    """A line of the input with its place, as `file:line`, or an instance."""

    content: Union[str, Instance]
    place: str = ""


# What is shown of an entry of the input, and its line of the output.
_Answer = tuple[str, str]


class StreamPredictManager(predict._PredictManager):
    """
    AllenNLP's manager with the same output. Where the predictor is a `StreamPredictor`, the input
    is read as a stream, and an error in it names file and line; all that came before it has been
    written then. A record that someone types is answered before the next one is read.

    On a CPU, worker processes do all the work on the lines of a file; for a GPU they prepare it.
    """

    def run(self) -> None:
        if not isinstance(self._predictor, StreamPredictor):
            super().run()
            return
        try:
            # What was imported and loaded is here to stay; without this it is searched for garbage
            # again and again.
            gc.freeze()
            work = _Work(self._predictor, self._print_to_console)
            with closing(self._answers(work)) as answers:
                for index, (shown, line) in enumerate(answers):
                    self._maybe_print_to_console_and_file(index, line, shown)
        finally:
            if self._output_file is not None:
                self._output_file.close()

    def _answers(self, work: "_Work") -> Generator[_Answer, None, None]:
        typed = self._input_file == "-" and sys.stdin.isatty()
        if self._dataset_reader is not None:
            entries: Iterable[Entry] = map(Entry, self._get_instance_data())
        else:
            entries = self._lines()
        groups = windows(entries, _length, at_once=typed)
        results: Iterator[tuple[list[Entry], list[_Answer]]]
        if typed or self._dataset_reader is not None:
            results = ((group, work.tag(group)) for group in groups)
        elif work.predictor.cuda_device >= 0:
            # Pickled by hand, as between processes torch would put each tensor into shared memory.
            pickled = map_in_workers(lambda group: pickle.dumps(work.prepare(group)), groups)
            results = ((group, work.answer(pickle.loads(each))) for group, each in pickled)
        else:
            results = map_in_workers(work.tag, groups)
        for group, answers in results:
            yield from answers
            if len(answers) < len(group):
                # Read once more in this process, where the error can be raised as it is.
                rest = [work.read(entry) for entry in group[len(answers) :]]
                yield from work.answer(work.predictor.prepare(rest))

    def _lines(self) -> Iterator[Entry]:
        # Bytes that are not UTF-8 become surrogates, so that the error can name their line.
        if self._input_file == "-":
            if isinstance(sys.stdin, TextIOWrapper):
                sys.stdin.reconfigure(encoding="utf-8-sig", errors="surrogateescape")
            yield from _number(sys.stdin, "<stdin>")
        else:
            path = cached_path(self._input_file)
            coding = {"encoding": "utf-8-sig", "errors": "surrogateescape"}
            with open_compressed(path, **coding) as lines:
                yield from _number(lines, self._input_file)


class _Work:
    """What is done with a window of the input, in whichever process."""

    def __init__(self, predictor: StreamPredictor, shows_input: bool) -> None:
        self.predictor = predictor
        self._shows_input = shows_input

    def read(self, entry: Entry) -> Any:
        """A record of the input as the predictor has it."""
        if isinstance(entry.content, Instance):
            show_instance = str if self._shows_input else _show_nothing
            return self.predictor.read_instance(entry.content, show_instance)
        show_json = json.dumps if self._shows_input else _show_nothing
        try:
            _check_utf8(entry.content)
            return self.predictor.read_json(self.predictor.load_line(entry.content), show_json)
        except ConfigurationError as error:
            raise ConfigurationError(f"{entry.place}: {error}") from error

    def prepare(self, entries: list[Entry]) -> Any:
        """The predictor's window of the entries up to the first that cannot be read."""
        records = []
        with suppress(Exception):
            for entry in entries:
                records.append(self.read(entry))
        return self.predictor.prepare(records)

    def answer(self, window: Any) -> list[_Answer]:
        answers = self.predictor.answer(window)
        return [(shown, self.predictor.dump_line(output)) for shown, output in answers]

    def tag(self, entries: list[Entry]) -> list[_Answer]:
        return self.answer(self.prepare(entries))


def _number(lines: Iterable[str], name: str) -> Iterator[Entry]:
    for number, line in enumerate(lines, start=1):
        if not line.isspace():
            yield Entry(line, f"{name}:{number}")


def _check_utf8(line: str) -> None:
    try:
        line.encode()
    except UnicodeEncodeError as error:
        found = line[error.start : error.end].encode(errors="surrogateescape")
        raise ConfigurationError(
            f"found bytes that are not UTF-8 ({found!r}), expected UTF-8"
        ) from None


def _show_nothing(_: Any) -> str:
    return ""


def _length(entry: Entry) -> int:
    if isinstance(entry.content, str):
        return len(entry.content)
    fields = entry.content.fields.values()
    lengths = (len(each) for each in fields if isinstance(each, SequenceField))
    return _TOKEN_LENGTH * max(lengths, default=1)


predict._PredictManager = StreamPredictManager  # type: ignore[misc]
