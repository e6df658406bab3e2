"""What a format of the tagger's input or output does."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.opening import open_text_output
from datnet_allennlp.tagging.tagged_text import TaggedText
from datnet_allennlp.tagging.text_record import INPUT_KEYS


class Entry(NamedTuple):
    """
    A text of the input as its format found it.

    # Parameters

    content : `Any`
        What the format's `record` takes. It must go through pickle.
    place : `str`
        Where it stands, as `file:line`.
    """

    content: Any
    place: str


class MissingColumn(ConfigurationError):
    """
    A table without the column of the texts.

    # Parameters

    message : `str`
    names : `Sequence[str]`, optional
        The columns that it has.
    """

    def __init__(self, message: str, names: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.names = list(names)


class InputFormat:
    """
    A way to write texts.

    # Parameters

    column : `str | None`, optional
        The column, or key, that holds the text or its tokens. Default: the one of `text`,
        `sentence` and `tokens` that is there. Of CoNLL columns, which have no names, see there.
    """

    suffixes: tuple[str, ...] = ()
    has_columns = True

    def __init__(self, column: str | None = None) -> None:
        if column is not None and not self.has_columns:
            raise ConfigurationError(
                f"column: found '{column}' for lines of text, expected it with JSON lines, CoNLL "
                "columns, CSV or Parquet"
            )
        self.column = column

    def read(self, source: str) -> Iterator[Entry]:
        """
        The texts of a file, a URL, or, for `-`, standard input. Cheap: what takes time is left to
        `record`, which other processes call.

        Raises `ConfigurationError` if the rest cannot be read.
        """
        raise NotImplementedError

    def record(self, content: Any) -> Mapping[str, Any]:
        """
        Makes of an entry's content a record that `Tagger.read_record` takes.

        Raises `ConfigurationError` if it is malformed.
        """
        raise NotImplementedError

    def check_columns(self, names: Sequence[str]) -> None:
        """Raises `ConfigurationError` for a table without the column, or with a second text."""
        if self.column is None and not set(names) & set(INPUT_KEYS):
            raise _missing_column(names, "one of 'text', 'sentence' and 'tokens', or --column")
        for index, name in enumerate(names):
            if name in names[:index]:
                raise ConfigurationError(f"found the column '{name}' twice, expected it once")
        self.pick_column(dict.fromkeys(names))

    def pick_column(self, row: dict[str, Any]) -> dict[str, Any]:
        """A record of a row: its text under the tagger's key, all else as it is."""
        if self.column is None:
            return row
        if self.column not in row:
            raise _missing_column(row, f"'{self.column}'")
        content = row[self.column]
        key = "tokens" if isinstance(content, list) else "text"
        record = {name: value for name, value in row.items() if name != self.column}
        for name in INPUT_KEYS:
            if name in record:
                raise ConfigurationError(
                    f"found the column '{name}' beside '{self.column}', expected no other text"
                )
        return {key: content, **record}


Write = Callable[[int, Any], None]


class OutputFormat:
    """A way to write tagged texts."""

    suffixes: tuple[str, ...] = ()

    def render(self, tagged: TaggedText) -> Any:
        """What is to be written of a text. Other processes make it: it must go through pickle."""
        raise NotImplementedError

    def open(self, target: str) -> AbstractContextManager[Write]:
        """
        Opens a file, or, for `-`, standard output. The function takes the number of a text in the
        input, from 1, and what `render` made. The file has its name once it is whole.
        """
        raise NotImplementedError


class TextOutput(OutputFormat):
    """An output of text, in which the texts stand one after the other."""

    head = ""
    tail = ""

    def number(self, number: int, rendered: str) -> str:
        """What is written of the text with this number."""
        return rendered

    @contextmanager
    def open(self, target: str) -> Iterator[Write]:
        with open_text_output(target) as write:
            write(self.head)
            yield lambda number, rendered: write(self.number(number, rendered))
            write(self.tail)


def _missing_column(names: Iterable[str], expected: str) -> MissingColumn:
    listed = ", ".join(f"'{name}'" for name in names)
    found = f"the columns {listed}" if listed else "no columns"
    return MissingColumn(f"found {found}, expected {expected}", list(names))


def refuse_broken_utf8(text: str) -> None:
    """Raises `ConfigurationError` for a text with bytes that were not UTF-8, see `opening`."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        # Of a file that is no text, the stretch may be long.
        found = text[error.start : min(error.end, error.start + 8)].encode(errors="surrogateescape")
        raise ConfigurationError(
            f"found bytes that are not UTF-8 ({found!r}), expected UTF-8"
        ) from None
