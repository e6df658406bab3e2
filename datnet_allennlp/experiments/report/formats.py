"""Tables as Markdown, LaTeX and CSV."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

_LATEX = {
    **{letter: "\\" + letter for letter in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "±": r"$\pm$",
    "−": "$-$",
}


class Bold(str):
    """The text of a cell that is set in bold."""


def to_markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns."""
    lines = [
        [f"**{cell}**" if isinstance(cell, Bold) else cell.replace("|", r"\|") for cell in row]
        for row in (columns, *rows)
    ]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    )


def to_latex(
    columns: Sequence[str], rows: Sequence[Sequence[str]], caption: str, label: str
) -> str:
    """A LaTeX table; the document needs the package `booktabs`."""
    head, *body = (" & ".join(map(_latex_cell, row)) + r" \\" for row in (columns, *rows))
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_latex_text(caption)}}}",
            rf"\label{{tab:{label}}}",
            rf"\begin{{tabular}}{{{'l' * len(columns)}}}",
            r"\toprule",
            head,
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def to_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """One line a record, under the keys of all; a key that a record lacks and `None` are empty."""
    text = io.StringIO()
    keys = dict.fromkeys(key for record in records for key in record)
    writer = csv.DictWriter(text, keys, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _latex_cell(cell: str) -> str:
    return rf"\textbf{{{_latex_text(cell)}}}" if isinstance(cell, Bold) else _latex_text(cell)


def _latex_text(text: str) -> str:
    return re.sub(".", lambda found: _LATEX.get(found[0], found[0]), text)
