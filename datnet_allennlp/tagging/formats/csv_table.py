"""CSV and its like with semicolons or tabs, with a line of column names."""

import csv
import io
import itertools
from collections.abc import Iterator
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.format import (
    Entry,
    InputFormat,
    TextOutput,
    refuse_broken_utf8,
)
from datnet_allennlp.tagging.formats.opening import name_of, open_text_input
from datnet_allennlp.tagging.tagged_text import TaggedText
from datnet_allennlp.tagging.text_record import INPUT_KEYS

# Python's own limit of 128 Ki would end the file; a longer text is not read on its own either.
_LONGEST_CELL = 2**28
_SEPARATORS = (",", ";", "\t")


class CsvInput(InputFormat):
    """
    A text a row, in a column that its name picks. All other columns are carried, as strings. The
    columns are apart by commas, semicolons or tabs: by what separates the column of the texts from
    the others in the first line, or else makes most columns of it.
    """

    suffixes = (".csv", ".tsv")

    def read(self, source: str) -> Iterator[Entry]:
        csv.field_size_limit(_LONGEST_CELL)
        with open_text_input(source, newline="") as lines:
            head = lines.readline()
            try:
                rows = csv.reader(
                    itertools.chain([head] if head else [], lines),
                    delimiter=self._separator(head),
                    strict=True,
                )
                names = next(rows, [])
                self.check_columns(names)
            except (ConfigurationError, csv.Error) as error:
                hint = "; the input format 'conll' reads a token a line" if "\t" in head else ""
                raise ConfigurationError(f"{name_of(source)}:1: {error}{hint}") from error
            while True:
                place = f"{name_of(source)}:{rows.line_num + 1}"
                try:
                    row = next(rows)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield Entry((names, str(error)), place)
                else:
                    if row:
                        yield Entry((names, row), place)

    def _separator(self, head: str) -> str:
        wanted = {self.column} if self.column else set(INPUT_KEYS)

        def fit(separator: str) -> tuple[bool, int]:
            names = next(csv.reader([head], delimiter=separator), [])
            return bool(wanted & set(names)), len(names)

        return max(_SEPARATORS, key=fit)

    def record(self, content: tuple[list[str], list[str] | str]) -> dict[str, Any]:
        names, cells = content
        if isinstance(cells, str):
            raise ConfigurationError(f"found broken quotes ({cells}), expected a row of CSV")
        if len(cells) != len(names):
            raise ConfigurationError(
                f"found {len(cells)} cells, expected {len(names)} as in the first line"
            )
        refuse_broken_utf8("".join(cells))
        return self.pick_column(dict(zip(names, cells, strict=True)))


class CsvOutput(TextOutput):
    """
    A row an entity: the number of its text in the input, from 1, and what is known of the entity.
    """

    suffixes = (".csv",)
    head = "number,type,text,start,end,first_token,end_token,confidence\n"

    def render(self, tagged: TaggedText) -> list[str]:
        rows = []
        for entity in tagged.entities:
            row = io.StringIO()
            csv.writer(row, lineterminator="\n").writerow(
                {"confidence": "", **entity.to_dict()}[name]
                for name in self.head.strip().split(",")[1:]
            )
            rows.append(row.getvalue())
        return rows

    def number(self, number: int, rendered: list[str]) -> str:  # type: ignore[override]
        return "".join(f"{number},{row}" for row in rendered)
