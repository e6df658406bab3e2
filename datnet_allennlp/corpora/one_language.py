"""Whether two corpora are of one language, by the words that they have in common."""

from datnet_allennlp.corpora.inspect_corpus import OwnCorpus

# Of the words of English tweets 74 to 76 % are in the training set of CoNLL-2003 and 66 to 71 % the
# other way round; of English, Spanish, Dutch and Finnish at most 51 % are in a corpus of another.
_ONE_LANGUAGE = 0.6


def share_of_known_words(source: OwnCorpus, target: OwnCorpus) -> float:
    """How many of the words of the target's training set are in the source's, from 0 to 1."""
    known = sum(number for word, number in target.words.items() if word in source.words)
    return known / max(target.words.total(), 1)


def guess_of_one_language(source: OwnCorpus, target: OwnCorpus) -> str:
    """That both are of one language, and why, in words; empty if they do not look like it."""
    share = share_of_known_words(source, target)
    if share < _ONE_LANGUAGE:
        return ""
    return f"one language, for the source has {share:.0%} of the words"
