"""Output that a later call can go on with, whatever ended the process that wrote it."""

import fcntl
import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.whole_file import sync_folder, whole_file
from datnet_allennlp.tagging.formats.format import Entry, TextOutput, Write

# At most this much work is lost.
_SECONDS_BETWEEN_NOTES = 5.0


class _Note(NamedTuple):
    """How much of the unfinished file is whole."""

    texts: int
    failures: int
    num_bytes: int
    checksum: str
    settings: dict[str, Any]


class UnfinishedOutput:
    """
    A file of tagged texts that has its name once it is whole. Until then it is `.NAME.unfinished`;
    `.NAME.progress` beside it notes every few seconds how many texts it holds, in how many bytes,
    and their checksum. An error leaves both, a `ConfigurationError` neither.

    # Parameters

    target : `str`
    writer : `TextOutput`
    settings : `Callable[[], dict[str, Any]]`
        What must be the same for the rest of the file, as JSON. Called at the first note.
    resume : `bool`
        Go on with what there is, if anything, in place of starting anew.

    Raises `ConfigurationError` for a file that cannot be written, that another process writes, or
    that was begun with other settings.
    """

    def __init__(
        self,
        target: str,
        writer: TextOutput,
        settings: Callable[[], dict[str, Any]],
        resume: bool,
    ) -> None:
        self._target = Path(target)
        self._unfinished = self._target.with_name(f".{self._target.name}.unfinished")
        self._note_file = self._target.with_name(f".{self._target.name}.progress")
        self._writer = writer
        self._settings = settings
        self._ahead: deque[Entry] = deque()
        self._checksum = hashlib.sha256()
        self._place = ""
        self._noted_at = 0.0
        # Without the file, the note is of one that is whole by now.
        resume = resume and self._unfinished.exists() and self._note_file.exists()
        try:
            self._file = open(os.open(self._unfinished, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had the lock may have finished and renamed it.
            if not os.path.samestat(os.stat(self._unfinished), os.fstat(self._file.fileno())):
                raise BlockingIOError
        except BlockingIOError:
            raise ConfigurationError(
                f"{target}: found another process that writes it, expected none"
            ) from None
        except OSError as error:
            raise ConfigurationError(
                f"{target}: found that it cannot be written ({error.strerror}), expected a file in "
                "a folder that exists"
            ) from None
        note = self._read_note() if resume else None
        if note is None:
            self._note_file.unlink(missing_ok=True)
        self._expected = note and note.checksum
        # How many texts were dealt with, and how many of them could not be tagged.
        self.texts, self.failures, size = note[:3] if note else (0, 0, 0)
        # Where the last text stands that is whole on the disk.
        self.whole_until = ""
        self._file.truncate(size)
        self._file.seek(size)

    def skip(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """
        The texts that are still to be tagged. Raises `ConfigurationError` if those before are not
        those that were tagged.
        """
        for entry in islice(entries, self.texts):
            self._pass(entry)
        if self._expected not in (None, self._checksum.hexdigest()):
            raise ConfigurationError(
                f"resume: found an input that does not begin with the {self.texts} texts that "
                f"{self._target} has so far, expected the same input"
            )
        self.whole_until = self._place
        return self._keep(entries)

    @contextmanager
    def open(self) -> Iterator[Write]:
        """See `OutputFormat.open`."""
        try:
            with self._file:
                self._noted_at = time.monotonic()
                if not self._file.tell():
                    self._file.write(self._writer.head.encode())
                try:
                    yield self._write
                except ConfigurationError:
                    raise
                except BaseException:
                    with suppress(OSError):
                        self._note()
                    raise
                self._file.write(self._writer.tail.encode())
                self._file.flush()
                os.fsync(self._file.fileno())
                os.replace(self._unfinished, self._target)
                sync_folder(self._target.parent)
            self._note_file.unlink(missing_ok=True)
        except ConfigurationError:
            self._unfinished.unlink(missing_ok=True)
            self._note_file.unlink(missing_ok=True)
            raise

    def _write(self, number: int, rendered: Any) -> None:
        # The texts between this one and the last one could not be tagged.
        self.failures += number - self.texts - 1
        while self.texts < number:
            self._pass(self._ahead.popleft())
            self.texts += 1
        # A lone surrogate, which a text from JSON may hold, becomes a question mark.
        self._file.write(self._writer.number(number, rendered).encode(errors="replace"))
        if time.monotonic() - self._noted_at >= _SECONDS_BETWEEN_NOTES:
            self._note()

    def _note(self) -> None:
        """Writes the file and then the note through to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        note = _Note(
            self.texts,
            self.failures,
            self._file.tell(),
            self._checksum.hexdigest(),
            self._settings(),
        )
        with whole_file(self._note_file) as file:
            file.write(json.dumps(note._asdict()).encode())
        self.whole_until = self._place
        self._noted_at = time.monotonic()

    def _read_note(self) -> _Note:
        try:
            note = _Note(**json.loads(self._note_file.read_bytes()))
        except (TypeError, ValueError) as error:
            raise ConfigurationError(
                f"{self._note_file}: found no note of progress ({error}), expected one as this "
                "version writes it"
            ) from None
        settings = self._settings()
        for name in sorted({*note.settings, *settings}):
            if note.settings.get(name) != settings.get(name):
                raise ConfigurationError(
                    f"resume: found {name} {settings.get(name)}, expected "
                    f"{note.settings.get(name)}, with which {self._target} was begun"
                )
        if os.fstat(self._file.fileno()).st_size < note.num_bytes:
            raise ConfigurationError(
                f"{self._unfinished}: found fewer than the {note.num_bytes} bytes that "
                f"{self._note_file.name} notes, expected the file that was left"
            )
        return note

    def _keep(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            self._ahead.append(entry)
            yield entry

    def _pass(self, entry: Entry) -> None:
        self._checksum.update(repr(entry.content).encode())
        self._place = entry.place
