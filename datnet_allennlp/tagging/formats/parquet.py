"""Parquet, with the extra `parquet` (pyarrow)."""

import io
import sys
from collections.abc import Iterator
from typing import Any

from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path

from datnet_allennlp.extras import require
from datnet_allennlp.tagging.formats.format import Entry, InputFormat
from datnet_allennlp.tagging.formats.opening import name_of

_ROWS_AT_ONCE = 2**10


class ParquetInput(InputFormat):
    """
    A text a row, in a column of strings or of lists of strings that its name picks. All other
    columns are carried; their values have to be ones that JSON knows.
    """

    suffixes = (".parquet",)

    def read(self, source: str) -> Iterator[Entry]:
        arrow = require("pyarrow", "parquet", name_of(source))
        parquet = require("pyarrow.parquet", "parquet", name_of(source))
        try:
            # The columns stand at the end of the file, so a pipe has to be read to its end.
            file = io.BytesIO(sys.stdin.buffer.read()) if source == "-" else cached_path(source)
            with parquet.ParquetFile(file) as table:
                try:
                    self.check_columns(table.schema_arrow.names)
                except ConfigurationError as error:
                    raise ConfigurationError(f"{name_of(source)}: {error}") from None
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
        return self.pick_column(content)
