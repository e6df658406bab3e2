"""
Changes of sentences as tweets have them, which leave their entities what they are. What a model
loses under them says how robust it is.

Libraries for this (nlpaug, TextAttack, AugLy) bring models or do not carry tags along; each change
here is a line or two.
"""

import random
from collections.abc import Callable, Sequence

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.data.tag_coding import Span
from datnet_allennlp.evaluation.gold_sentence import GoldSentence

_RATE = 0.3  # the share of the words, or of the entities, that is changed
_SHORTEST = 4  # letters of a word that gets a typo
_VOWELS = "aeiou"
# The letters to the left and right on a keyboard.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {
    letter: row[max(0, i - 1) : i] + row[i + 1 : i + 2]
    for row in _ROWS
    for i, letter in enumerate(row)
}

# By type, the names that the corpus holds, as words.
Names = dict[str, list[tuple[str, ...]]]


def no_casing(sentence: GoldSentence, rng: random.Random, names: Names) -> GoldSentence:
    """All letters small."""
    return sentence._replace(tokens=[token.lower() for token in sentence.tokens])


def typos(sentence: GoldSentence, rng: random.Random, names: Names) -> GoldSentence:
    """A wrong, missing, doubled or swapped letter in 30 % of the words of four letters or more."""

    def misspell(word: str) -> str:
        if len(word) < _SHORTEST or not word.isalpha() or rng.random() >= _RATE:
            return word
        place = rng.randrange(1, len(word) - 1)
        before, letter, after = word[:place], word[place], word[place + 1 :]
        wrong = rng.choice(_NEIGHBOURS.get(letter.lower(), letter))
        return rng.choice(
            [
                before + (wrong.upper() if letter.isupper() else wrong) + after,
                before + after,
                before + 2 * letter + after,
                before + after[0] + letter + after[1:],
            ]
        )

    return sentence._replace(tokens=[misspell(token) for token in sentence.tokens])


def hashtags(sentence: GoldSentence, rng: random.Random, names: Names) -> GoldSentence:
    """
    30 % of the entities as one word behind a number sign, and 30 % of the other words too, so that
    it does not give entities away.
    """

    def mark(words: Sequence[str], is_entity: bool) -> list[str]:
        if not all(word.isalnum() for word in words) or rng.random() >= _RATE:
            return list(words)
        return ["#" + "".join(words)]

    return _rewrite(sentence, mark)


def elongations(sentence: GoldSentence, rng: random.Random, names: Names) -> GoldSentence:
    """The last vowel of 30 % of the words two to four times more, as in soooo."""

    def stretch(word: str) -> str:
        place = max(word.lower().rfind(vowel) for vowel in _VOWELS)
        if place < 0 or not word.isalpha() or rng.random() >= _RATE:
            return word
        return word[:place] + word[place] * rng.randint(3, 5) + word[place + 1 :]

    return sentence._replace(tokens=[stretch(token) for token in sentence.tokens])


def entity_swaps(sentence: GoldSentence, rng: random.Random, names: Names) -> GoldSentence:
    """Each entity gives way to another one of its type in the corpus, if there is one."""
    tokens: list[str] = []
    spans = []
    done = 0
    for start, end, entity_type in sentence.spans:
        words = tuple(sentence.tokens[start:end])
        others = [each for each in names[entity_type] if each != words]
        tokens += sentence.tokens[done:start]
        chosen = rng.choice(others) if others else words
        spans.append(Span(len(tokens), len(tokens) + len(chosen), entity_type))
        tokens += chosen
        done = end
    return GoldSentence(tokens + sentence.tokens[done:], spans)


PERTURBATIONS: dict[str, Callable[[GoldSentence, random.Random, Names], GoldSentence]] = {
    "no casing": no_casing,
    "typos": typos,
    "hashtags": hashtags,
    "elongations": elongations,
    "entity swaps": entity_swaps,
}


def perturb(sentences: Sequence[GoldSentence], name: str, seed: int = 0) -> list[GoldSentence]:
    """
    A changed copy of a corpus; each sentence keeps the number, the order and the types of its
    entities.

    # Parameters

    sentences : `Sequence[GoldSentence]`
    name : `str`
        One of `PERTURBATIONS`.
    seed : `int`, optional (default = 0)
        The same seed gives the same copy.

    Raises `ConfigurationError` for an unknown name.
    """
    if name not in PERTURBATIONS:
        raise ConfigurationError(
            f"perturbation: found '{name}', expected one of {list(PERTURBATIONS)}"
        )
    found: dict[str, set[tuple[str, ...]]] = {}
    for sentence in sentences:
        for start, end, entity_type in sentence.spans:
            found.setdefault(entity_type, set()).add(tuple(sentence.tokens[start:end]))
    names = {entity_type: sorted(of_type) for entity_type, of_type in found.items()}
    rng = random.Random(f"{seed} {name}")
    return [PERTURBATIONS[name](sentence, rng, names) for sentence in sentences]


def _rewrite(
    sentence: GoldSentence, change: Callable[[Sequence[str], bool], list[str]]
) -> GoldSentence:
    """Puts other words in the place of each entity and of each word outside."""
    tokens: list[str] = []
    spans = []
    begins = {span.start: span for span in sentence.spans}
    place = 0
    while place < len(sentence.tokens):
        span = begins.get(place)
        end = span.end_exclusive if span else place + 1
        changed = change(sentence.tokens[place:end], span is not None)
        if span:
            spans.append(Span(len(tokens), len(tokens) + len(changed), span.entity_type))
        tokens += changed
        place = end
    return GoldSentence(tokens, spans)
