import random

import pytest

from datnet_allennlp.evaluation.tagged_sentence import TaggedSentence


@pytest.fixture(scope="session")
def random_corpus():
    """
    Sentences of made-up words with random tags, many of which IOB2 forbids. The same for a seed on
    every version of Python.
    """

    def make(seed: int, num_sentences: int = 100) -> list[TaggedSentence]:
        rng = random.Random(seed)

        def pick(choices):
            return choices[int(rng.random() * len(choices))]

        tags = ["O", "O", "B-person", "I-person", "B-creative-work", "I-creative-work"]
        sentences = []
        for _ in range(num_sentences):
            num_tokens = 1 + int(rng.random() * 9)
            tokens = [pick("abA") for _ in range(num_tokens)]
            gold = [pick(tags) for _ in range(num_tokens)]
            predicted = [tag if rng.random() < 0.7 else pick(tags) for tag in gold]
            sentences.append(TaggedSentence(tokens, gold, predicted))
        return sentences

    return make
