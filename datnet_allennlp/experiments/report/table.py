"""A table of the report, for people and for programs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datnet_allennlp.experiments.files import write_whole
from datnet_allennlp.experiments.report.formats import to_csv, to_latex, to_markdown


@dataclass
class Table:
    """
    # Parameters

    name : `str`
        Of its files, and its label in LaTeX.
    caption : `str`
        What the figures are, in one or more sentences.
    columns : `list[str]`
    rows : `list[list[str]]`
        As wide as `columns`; a cell may be `Bold`.
    records : `list[dict[str, Any]]`
        The same figures without rounding, for the CSV file.
    """

    name: str
    caption: str
    columns: list[str]
    rows: list[list[str]]
    records: list[dict[str, Any]]

    def markdown(self) -> str:
        """The caption and the table."""
        return f"{self.caption}\n\n{to_markdown(self.columns, self.rows)}"

    def write(self, folder: Path) -> None:
        """Writes `<name>.tex` and `<name>.csv`."""
        latex = to_latex(self.columns, self.rows, self.caption, self.name)
        write_whole(folder / f"{self.name}.tex", latex)
        write_whole(folder / f"{self.name}.csv", to_csv(self.records))
