"""The pinned sums and numbers against the real corpora, where they lie beside the repository."""

from pathlib import Path

import pytest

from datnet_allennlp.corpora.prepare import prepare_corpus
from datnet_allennlp.corpora.registry import CORPORA
from datnet_allennlp.corpora.statistics import count

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
with_corpora = pytest.mark.skipif(not SHARED.is_dir(), reason="the corpora are not at ../shared")


def test_names_and_splits():
    assert list(CORPORA) == ["conll2003", "conll2002_es", "conll2002_nl", "wnut2016", "wnut2017"]
    for corpus in CORPORA.values():
        assert [split.filename for split in corpus.splits] == [
            "train.conll",
            "dev.conll",
            "test.conll",
        ]


@with_corpora
def test_conll2003_originals_give_the_pinned_files(tmp_path):
    corpus = CORPORA["conll2003"]
    prepare_corpus(corpus, tmp_path, originals=SHARED / "conll2003" / "raw")
    for split in corpus.splits:
        given = (SHARED / "conll2003" / split.filename).read_bytes()
        assert (tmp_path / split.filename).read_bytes() == given


@with_corpora
def test_counts_are_those_of_the_corpora_readme(tmp_path):
    """The README's table was counted by another program."""
    rows = {}
    for line in (SHARED / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 11 and cells[0] in CORPORA:
            rows[cells[0], cells[1]] = [int(cell.replace(",", "")) for cell in cells[2:]]
    assert len(rows) == 15
    for corpus in CORPORA.values():
        prepare_corpus(corpus, tmp_path / corpus.name, source=SHARED / corpus.name)
        for split in corpus.splits:
            found = count(tmp_path / corpus.name / split.filename)
            sentences, tokens, _, _, paper_tokens, entities, inside, bracket, _ = rows[
                corpus.name, split.name
            ]
            assert (found.sentences, found.tokens) == (sentences, tokens)
            assert (found.entities, found.entity_tokens) == (entities, inside)
            assert (split.paper_tokens, split.paper_entities) == (paper_tokens, bracket)
