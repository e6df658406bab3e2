import dataclasses

import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.statistics import Statistics, count, table


@pytest.fixture
def folder(tmp_path, prepared):
    for corpus in ("invented", "other"):
        (tmp_path / corpus).mkdir()
        for name, text in prepared.items():
            (tmp_path / corpus / f"{name}.conll").write_text(text)
    return tmp_path


def test_counts(folder):
    path = folder / "invented" / "train.conll"
    path.write_text("Marla\tB-PER\nVo\tI-PER\nJun\tB-PER\nrows\tO\n\nOh\tO\n\n")
    assert count(path) == Statistics(sentences=2, tokens=5, entities=2, entity_tokens=3)


def test_malformed_line(folder):
    path = folder / "invented" / "train.conll"
    path.write_text("Marla\tB-PER\nVo NP I-PER\n\n")
    with pytest.raises(ConfigurationError, match=r"train\.conll, line 2"):
        count(path)


def test_table(folder, corpus):
    other = dataclasses.replace(corpus, name="other")
    lines = table([corpus, other], folder).splitlines()
    cells = [line.split() for line in lines]
    assert cells[1] == ["invented", "train", "1", "4", "2", "3", "4,321", "(21)"]
    assert cells[2] == ["invented", "dev", "2", "4", "1", "1", "4,321", "(21)"]
    assert cells[3] == ["invented", "test", "1", "3", "2", "2", "4,321", "(21)"]
    assert [row[0] for row in cells[4:7]] == ["other"] * 3
    assert len({len(line) for line in lines[:7]}) == 1
    assert lines[7:] == ["", "invented, other: The paper counts boats."]
