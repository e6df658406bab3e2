"""Parquet, with the extra `parquet` (pyarrow)."""

import io
import json
import sys
from collections.abc import Iterator
from datetime import date, time
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.local_copy import local_copy
from datnet_allennlp.extras import require
from datnet_allennlp.tagging.formats.format import Entry, InputFormat
from datnet_allennlp.tagging.formats.opening import name_of
from datnet_allennlp.tagging.text_record import INPUT_KEYS

_ROWS_AT_ONCE = 2**10


class ParquetInput(InputFormat):
    """
    A text a row, in a column of strings or of lists of strings that its name picks. All other
    columns are carried: dates and times as ISO 8601 writes them, other values have to be ones that
    JSON knows.
    """

    suffixes = (".parquet",)

    def read(self, source: str) -> Iterator[Entry]:
        arrow = require("pyarrow", "parquet", name_of(source))
        parquet = require("pyarrow.parquet", "parquet", name_of(source))
        try:
            # The columns stand at the end of the file, so a pipe has to be read to its end.
            file = io.BytesIO(sys.stdin.buffer.read()) if source == "-" else local_copy(source)
            with parquet.ParquetFile(file) as table:
                try:
                    self.check_columns(table.schema_arrow.names)
                    self._check_types(arrow, table.schema_arrow)
                except ConfigurationError as error:
                    raise ConfigurationError(f"{name_of(source)}: {error}") from error
                number = 0
                for batch in table.iter_batches(_ROWS_AT_ONCE):
                    for row in batch.to_pylist():
                        number += 1
                        yield Entry(row, f"{name_of(source)}: row {number}")
        except (arrow.ArrowException, OSError) as error:
            raise ConfigurationError(
                f"{name_of(source)}: found {error}, expected a Parquet file"
            ) from None

    def record(self, content: dict[str, Any]) -> dict[str, Any]:
        return self.pick_column({name: _plain(name, value) for name, value in content.items()})

    def _check_types(self, arrow: Any, schema: Any) -> None:
        """Raises `ConfigurationError` for a column of texts that can hold none."""
        types = arrow.types
        for name in [self.column] if self.column else INPUT_KEYS:
            if name not in schema.names:
                continue
            kind = schema.field(name).type
            value = kind.value_type if types.is_dictionary(kind) or types.is_list(kind) else kind
            is_text = (types.is_string, types.is_large_string, types.is_null, types.is_large_list)
            if not any(fits(value) for fits in is_text):
                raise ConfigurationError(
                    f"found the column '{name}' of {kind}, expected strings or lists of strings"
                )
            holds_tokens = types.is_list(kind) or types.is_large_list(kind)
            is_known = self.column is not None or types.is_null(kind)
            if not is_known and holds_tokens != (name == "tokens"):
                expected, given = ("strings", "lists") if holds_tokens else ("lists", "strings")
                raise ConfigurationError(
                    f"found the column '{name}' of {kind}, expected {expected}; {given} are taken "
                    f"as they are if the column is named (--column {name})"
                )


def _plain(name: str, value: Any) -> Any:
    """The value as JSON has it."""
    if value is None or isinstance(value, str | int):
        return value  # most, in no time
    try:
        return json.loads(json.dumps(value, default=_iso_8601, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"found {value!r:.80} in the column '{name}' ({error}), expected values that JSON knows"
        ) from None


def _iso_8601(value: Any) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(type(value).__name__)
