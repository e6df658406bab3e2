"""Tables as Markdown, LaTeX and CSV."""

import csv
import io

from datnet_allennlp.experiments.report.formats import Bold, to_csv, to_latex, to_markdown

COLUMNS = ["model_name", "F1"]
ROWS = [["Base", "9.4 ± 3.1 (5)"], ["A | B & C", Bold("−1.0 %")]]


def test_markdown():
    assert to_markdown(COLUMNS, ROWS) == (
        "| model_name | F1            |\n"
        "| ---------- | ------------- |\n"
        "| Base       | 9.4 ± 3.1 (5) |\n"
        "| A \\| B & C | **−1.0 %**    |"
    )


def test_latex():
    lines = to_latex(COLUMNS, ROWS, "50 % of {these}", "my_table").splitlines()
    assert lines[2:5] == [
        r"\caption{50 \% of \{these\}}",
        r"\label{tab:my_table}",
        r"\begin{tabular}{ll}",
    ]
    assert lines[6:11] == [
        r"model\_name & F1 \\",
        r"\midrule",
        r"Base & 9.4 $\pm$ 3.1 (5) \\",
        r"A | B \& C & \textbf{$-$1.0 \%} \\",
        r"\bottomrule",
    ]


def test_csv_is_read_back():
    records = [{"model": 'a "b", c', "f1": 0.25}, {"model": "d", "sd": None, "f1": 1}]
    read = list(csv.DictReader(io.StringIO(to_csv(records))))
    assert read == [
        {"model": 'a "b", c', "f1": "0.25", "sd": ""},
        {"model": "d", "f1": "1", "sd": ""},
    ]
