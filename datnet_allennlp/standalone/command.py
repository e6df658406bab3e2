"""`python tag.py INPUT [-o OUTPUT]`: tags the texts of a file into JSON lines."""

import argparse
import gzip
import io
import json
import multiprocessing
import os
import signal
import sys
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from .file_kinds import GZIP, TaggedLines, kind_of
from .records import check_first_line, parse_line
from .refusal import Refusal, one_line
from .tagger import ExportedTagger
from .windows import windows

_OTHER_NAMES = {
    (".csv", ".tsv"): "a CSV file",
    (".conll", ".bio", ".iob"): "a CoNLL file",
    (".parquet",): "a Parquet file",
    (".bz2",): "a file of bzip2",
}


class _Line(NamedTuple):
    """A text of the input, and where it stands."""

    content: str
    place: str


class _Answer(NamedTuple):
    """A line of the output, or why there is none."""

    rendered: str
    error: str


def main(folder: Path, arguments: Sequence[str] | None = None) -> None:
    """Ends the process with 1 if a text could not be tagged, or the folder not be loaded."""
    parser = argparse.ArgumentParser(description="Tag the texts of a file into JSON lines.")
    parser.add_argument("input", help="plain text (.txt) or JSON lines, gzipped or not, or -")
    parser.add_argument("-o", "--output", default="-", help="the file to write (default: -)")
    parser.add_argument("--input-format", choices=("jsonl", "text"), help="default: by the name")
    parser.add_argument(
        "--threshold", type=float, default=0.0, help="leave out entities less confident"
    )
    parser.add_argument(
        "--strict", action="store_true", help="stop at the first text that cannot be tagged"
    )
    parser.add_argument(
        "--processes", type=int, default=_default_processes(), help="how many share the work"
    )
    options = parser.parse_args(arguments)
    try:
        failures = _tag_file(folder, options)
    except Refusal as error:
        sys.exit(f"error: {one_line(error)}")
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # Whoever reads the output wants no more of it, `head` for example.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    if failures:
        sys.exit(f"error: {failures} texts could not be tagged; the others were")


def _tag_file(folder: Path, options: argparse.Namespace) -> int:
    tagger = ExportedTagger(folder, options.threshold)
    name = options.input.lower().removesuffix(".gz")
    is_text = (options.input_format or ("text" if name.endswith(".txt") else "jsonl")) == "text"
    if options.input_format is None:
        for suffixes, kind in _OTHER_NAMES.items():
            if name.endswith(suffixes):
                raise _wrong_kind(options.input, kind)
    _check_output(options.input, options.output)
    typed = options.input == "-" and sys.stdin.isatty()
    failures = 0
    with _open_output(options.output) as write:
        chunks = windows(_lines(options.input, is_text), lambda line: len(line.content), typed)
        processes = 1 if typed else options.processes
        for answers in _in_processes(tagger, folder, options.threshold, is_text, chunks, processes):
            for answer in answers:
                if answer.error:
                    if options.strict:
                        raise Refusal(answer.error)
                    failures += 1
                    print(f"error: {one_line(answer.error)}", file=sys.stderr, flush=True)
            write("".join(answer.rendered for answer in answers))
    return failures


def _check_output(source: str, target: str) -> None:
    if Path(target).suffix.lower() not in ("", ".jsonl", ".ndjson", ".json"):
        raise Refusal(
            f"{target}: found the suffix '{Path(target).suffix}', expected .jsonl for JSON lines; "
            "`allennlp tag` writes other formats"
        )
    if os.path.isfile(target) and os.path.exists(source) and os.path.samefile(source, target):
        raise Refusal(f"{target}: found the input, expected another file to write")


def _lines(source: str, is_text: bool) -> Iterator[_Line]:
    name = "<stdin>" if source == "-" else source
    try:
        stream: IO[bytes] = sys.stdin.buffer if source == "-" else open(source, "rb")
        with stream:
            if stream.peek(8).startswith(GZIP):  # type: ignore[attr-defined]
                stream = gzip.open(stream)  # type: ignore[assignment]
            kind = kind_of(stream.peek(8))  # type: ignore[attr-defined]
            if kind:
                raise _wrong_kind(name, kind)
            # Bytes that are not UTF-8 become surrogates, so that the error names their line.
            lines = io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape")
            is_first = True
            tagged = TaggedLines()
            for number, line in enumerate(lines, start=1):
                if not is_text and line.isspace():
                    continue
                place = f"{name}:{number}"
                if is_first and not is_text:
                    check_first_line(line, place)
                is_first = False
                if is_text and not line.isspace() and tagged.add(line):
                    raise _wrong_kind(name, "columns of tokens and tags")
                yield _Line(line.removesuffix("\n"), place)
    except (OSError, EOFError, zlib.error) as error:
        found = getattr(error, "strerror", None) or error
        raise Refusal(f"{name}: found {found}, expected a file of texts") from None


def _wrong_kind(name: str, kind: str) -> Refusal:
    return Refusal(
        f"{name}: found {kind}, expected plain text or JSON lines; `allennlp tag` reads CSV, "
        "CoNLL and Parquet"
    )


def _answer(tagger: ExportedTagger, lines: Sequence[_Line], is_text: bool) -> list[_Answer]:
    sentences = []
    errors: dict[int, str] = {}
    for index, (content, place) in enumerate(lines):
        try:
            try:
                content.encode()
            except UnicodeEncodeError:
                raise Refusal("found bytes that are not UTF-8, expected UTF-8") from None
            sentences.append(tagger.read(content if is_text else parse_line(content)))
        except Refusal as error:
            errors[index] = f"{place}: {error}"
    tagged = iter(tagger.tag(sentences))
    return [
        _Answer("", errors[index])
        if index in errors
        else _Answer(json.dumps(next(tagged).to_dict()) + "\n", "")
        for index in range(len(lines))
    ]


def _in_processes(
    tagger: ExportedTagger,
    folder: Path,
    threshold: float,
    is_text: bool,
    chunks: Iterator[list[_Line]],
    processes: int,
) -> Iterator[list[_Answer]]:
    """The first chunk is answered here, so that a short input needs no other process."""
    for chunk in chunks:
        yield _answer(tagger, chunk, is_text)
        if processes > 1:
            break
    waiting: deque[Future[list[_Answer]]] = deque()
    # New processes, not forked ones, which onnxruntime does not promise to work in.
    with ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), _start, (folder, threshold, is_text)
    ) as executor:
        try:
            for chunk in chunks:
                with _ctrl_c_blocked():
                    waiting.append(executor.submit(_answer_in_worker, chunk))
                if len(waiting) > 2 * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            executor.shutdown(cancel_futures=True)


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """
    Ctrl-C reaches the workers as well, but the parent ends them. They inherit this from their very
    start, where the system has it.
    """
    has_masks = hasattr(signal, "pthread_sigmask")
    if has_masks:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if has_masks:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


_worker: tuple[ExportedTagger, bool]


def _start(folder: Path, threshold: float, is_text: bool) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = ExportedTagger(folder, threshold), is_text


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _answer_in_worker(chunk: list[_Line]) -> list[_Answer]:
    tagger, is_text = _worker
    return _answer(tagger, chunk, is_text)


def _default_processes() -> int:
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdecimal() and int(given) else os.cpu_count() or 1


@contextmanager
def _open_output(target: str) -> Iterator[Callable[[str], object]]:
    """A file has its name once it is whole. What is no plain file, such as a pipe, stays one."""
    if target == "-":

        def write(text: str) -> None:
            sys.stdout.write(text)
            sys.stdout.flush()

        yield write
        return
    special = os.path.exists(target) and not os.path.isfile(target)
    path = Path(target).resolve()  # a link, /dev/stdout for one, stays a link
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if special:
            with open(target, "w", encoding="utf-8") as file:
                yield file.write
            return
        with open(unfinished, "w", encoding="utf-8") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        raise Refusal(f"{target}: found {error.strerror}, expected a file to write") from None
    finally:
        unfinished.unlink(missing_ok=True)
