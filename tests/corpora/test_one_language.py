"""How many words of one corpus are in another."""

from collections import Counter

from datnet_allennlp.corpora.inspect_corpus import OwnCorpus, inspect_corpus
from datnet_allennlp.corpora.one_language import share_of_known_words


def corpus(*words: str) -> OwnCorpus:
    return OwnCorpus({}, {}, [], 1, Counter(words), [], [])


def test_share() -> None:
    source = corpus("in", "in", "oslo")
    assert share_of_known_words(source, corpus("in", "oslo", "lima", "lima")) == 0.5
    assert share_of_known_words(source, corpus("in", "in", "in", "lima")) == 0.75
    assert share_of_known_words(source, corpus()) == 0
    assert share_of_known_words(corpus(), source) == 0


def test_words_are_those_of_training_in_lower_case(tmp_path) -> None:
    (tmp_path / "train.conll").write_text("In O\nin O\nOslo B-LOC\n2026 O\n. O\n\n" * 2)
    (tmp_path / "test.conll").write_text("Lima B-LOC\n\n")
    own = inspect_corpus("target", tmp_path, tmp_path / "written", needs_dev=False)
    assert own.words == {"in": 4, "oslo": 2}
