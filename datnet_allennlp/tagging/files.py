"""Tags a file, or a pipe, into another."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from typing import Any, NamedTuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.tqdm import Tqdm
from allennlp.common.util import SigTermReceived
from allennlp.data import Instance
from allennlp.data.fields import SequenceField

from datnet_allennlp.data.whole_file import check_no_input
from datnet_allennlp.standalone.refusal import one_line
from datnet_allennlp.tagging.formats import input_format, output_format
from datnet_allennlp.tagging.formats.format import (
    Entry,
    InputFormat,
    OutputFormat,
    TextOutput,
    Write,
)
from datnet_allennlp.tagging.formats.opening import name_of
from datnet_allennlp.tagging.in_chunks import in_chunks
from datnet_allennlp.tagging.tagger import Tagger, Window
from datnet_allennlp.tagging.text_record import TextRecord
from datnet_allennlp.tagging.unfinished_output import UnfinishedOutput

# How many characters a token of an instance is taken to have.
_TOKEN_LENGTH = 16

# Takes the index of a text, what is shown of it, and its output.
Show = Callable[[int, str, Any], None]


class FileOptions(NamedTuple):
    """
    # Parameters

    input_format : `str | None`, optional
        `jsonl`, `text`, `conll`, `csv` or `parquet`. Default: by the name of the file, or `jsonl`.
    output_format : `str | None`, optional
        `jsonl`, `conll`, `csv`, `brat`, `spacy`, `spacy_json` or `html`. Default: the same.
    column : `str | None`, optional
        The column of a CSV or Parquet file, or the key in JSON lines, that holds the text or its
        tokens; the number of the words' column, from 0, in CoNLL columns.
    strict : `bool`, optional (default = `False`)
        Stop at the first text that cannot be tagged, and write no file. By default it is reported
        and left out, and the rest is tagged.
    resume : `bool`, optional (default = `False`)
        Go on with the output of a process that was killed, or found the disk full; start if there
        is none. For a file of `jsonl`, `conll`, `csv` or `html`.
    """

    input_format: str | None = None
    output_format: str | None = None
    column: str | None = None
    strict: bool = False
    resume: bool = False


class _Failure(NamedTuple):
    """A text that could not be read, in place of an answer."""

    place: str
    error: str


class _Answer(NamedTuple):
    shown: str
    rendered: Any


def tag_file(
    tagger: Tagger,
    source: str,
    target: str | None,
    options: FileOptions | None = None,
    instances: Iterable[Instance] | None = None,
    show: Show | None = None,
) -> None:
    """
    Tags all texts of a file, in their order. The work is shared out among processes, see
    `in_chunks`; a text that someone types is answered before the next one is read.

    # Parameters

    tagger : `Tagger`
    source : `str`
        A file, a URL, or `-` for standard input.
    target : `str | None`
        The file to write, `-` for standard output, or nothing. A file has its name once it is
        whole.
    options : `FileOptions | None`, optional
    instances : `Iterable[Instance] | None`, optional
        Tag these, which the dataset reader made of the source, in this process.
    show : `Show | None`, optional
        Called for each text.

    Raises `ConfigurationError` for an output that is the input, at the end if there were texts that
    could not be tagged, and, with the place up to which the output is whole, if a process was
    killed or the disk is full.
    """
    options = options or FileOptions()
    if target:
        check_no_input(target, [source], "another file to write")
    # The dataset reader takes files of any name.
    name = source if instances is None else "-"
    reader = input_format(options.input_format, name, options.column)
    writer = output_format(options.output_format, target or "")
    work = _Work(tagger, reader, writer, show is not None)
    entries = reader.read(source) if instances is None else (Entry(each, "") for each in instances)
    unfinished = _unfinished(tagger, writer, target, options, instances is None)
    if unfinished:
        entries = unfinished.skip(entries)
    typed = source == "-" and sys.stdin.isatty()
    answers = in_chunks(
        entries,
        _length,
        work.prepare,
        work.answer,
        tagger.on_gpu,
        at_once=typed,
        processes=1 if typed or instances is not None else None,
    )
    number = first = unfinished.texts if unfinished else 0
    index = number - unfinished.failures if unfinished else 0
    opened = unfinished.open() if unfinished else _open(writer, target)
    with _explained(source, target, unfinished), closing(answers), opened as write:
        # A bar would stand between what is shown, and in a log it only takes room.
        quiet = bool(show) or typed or target == "-" or not sys.stderr.isatty()
        progress = Tqdm.tqdm(answers, unit=" texts", disable=quiet)
        for number, answer in enumerate(progress, start=first + 1):
            if isinstance(answer, _Failure):
                message = f"{answer.place}: {answer.error}"
                if options.strict:
                    raise ConfigurationError(message)
                progress.clear()
                print(f"error: {one_line(message)}", file=sys.stderr, flush=True)
                continue
            if show:
                show(index, *answer)
            write(number, answer.rendered)
            index += 1
    if index < number:
        raise ConfigurationError(
            f"{name_of(source)}: found {number - index} of {number} texts that could not be "
            "tagged, expected none; the others were tagged"
        )


class _Work:
    """What is done with a window of the input, in whichever process."""

    def __init__(
        self, tagger: Tagger, reader: InputFormat, writer: OutputFormat, shows_input: bool
    ) -> None:
        self._tagger = tagger
        self._reader = reader
        self._writer = writer
        self._shows_input = shows_input

    def prepare(self, entries: list[Entry]) -> tuple[Window, list[str | _Failure]]:
        """The tagger's window, and of each entry what is shown of it or why it is not in there."""
        records: list[TextRecord] = []
        notes: list[str | _Failure] = []
        for entry in entries:
            try:
                record, shown = self._read(entry)
            except ConfigurationError as error:
                notes.append(_Failure(entry.place, str(error)))
            else:
                records.append(record)
                notes.append(shown)
        return self._tagger.prepare(records), notes

    def answer(self, prepared: tuple[Window, list[str | _Failure]]) -> list[_Answer | _Failure]:
        window, notes = prepared
        tagged = iter(self._tagger.answer(window))
        return [
            note if isinstance(note, _Failure) else _Answer(note, self._writer.render(next(tagged)))
            for note in notes
        ]

    def _read(self, entry: Entry) -> tuple[TextRecord, str]:
        if isinstance(entry.content, Instance):
            record = self._tagger.read_instance(entry.content)
            return record, str(entry.content) if self._shows_input else ""
        inputs = self._reader.record(entry.content)
        return self._tagger.read_record(inputs), json.dumps(inputs) if self._shows_input else ""


def _unfinished(
    tagger: Tagger, writer: OutputFormat, target: str | None, options: FileOptions, can_skip: bool
) -> UnfinishedOutput | None:
    """The output, if it can be gone on with."""
    if (
        not target
        or target == "-"
        or (os.path.exists(target) and not os.path.isfile(target))
        or not (can_skip and isinstance(writer, TextOutput))
    ):
        if options.resume:
            raise ConfigurationError(
                f"resume: found the output {target}, expected a file of JSON lines, CoNLL, CSV or "
                "HTML, and texts that no dataset reader reads"
            )
        return None
    return UnfinishedOutput(target, writer, lambda: _settings(tagger, writer), options.resume)


def _settings(tagger: Tagger, writer: OutputFormat) -> dict[str, Any]:
    weights = hashlib.sha256(repr(getattr(tagger.model, "temperature", None)).encode())
    for name, tensor in tagger.model.state_dict().items():
        weights.update(name.encode())
        weights.update(tensor.cpu().reshape(-1).view(torch.uint8).numpy())
    return {
        "output format": type(writer).__name__,
        "threshold": tagger.threshold,
        "top_k": tagger.top_k,
        "resource": tagger.resource,
        "model": weights.hexdigest(),
    }


def _open(writer: OutputFormat, target: str | None) -> AbstractContextManager[Write]:
    return writer.open(target) if target else nullcontext(_write_nothing)


@contextmanager
def _explained(
    source: str, target: str | None, unfinished: UnfinishedOutput | None
) -> Iterator[None]:
    """
    Says of a worker that was killed, of a full disk, and of an archive whose parts do not go
    together, what there is of the output.
    """
    try:
        yield
    except (ConfigurationError, BrokenPipeError, SigTermReceived):
        raise
    except Exception as error:
        left = "nothing of it is whole"
        if unfinished and unfinished.whole_until:
            left = (
                f"it is whole up to {unfinished.whole_until}, and the option resume goes on there"
            )
        reason = (
            error.strerror or error
            if isinstance(error, OSError)
            else "found an archive that cannot tag it "
            f"({type(error).__name__}: {one_line(error)[:300]}), expected a reader and a model "
            "that go together"
        )
        raise ConfigurationError(
            f"{name_of(source)}: {reason}; the output {target}: {left}"
        ) from error


def _write_nothing(number: int, rendered: Any) -> None:
    pass


def _length(entry: Entry) -> int:
    if isinstance(entry.content, Instance):
        fields = entry.content.fields.values()
        lengths = (len(each) for each in fields if isinstance(each, SequenceField))
        return _TOKEN_LENGTH * max(lengths, default=1)
    return len(entry.content) if isinstance(entry.content, str) else len(repr(entry.content))
