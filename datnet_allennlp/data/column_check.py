"""Tells a column file that is read in a wrong way."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from allennlp.common.checks import ConfigurationError

LONGEST = 10_000  # tokens of a sentence
_LOOKED_AT = 10  # sentences that tell whether the tokens are words
_UNTAGGED = 200  # sentences without an entity that are too many
_LONGEST_ALONE = 1_000  # tokens of a sentence that is the whole file
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z-]+)?:(?=.)")


def are_numbers(tokens: Sequence[str]) -> bool:
    """Whether they count the words."""
    return any(list(tokens) == [str(i + first) for i in range(len(tokens))] for first in (0, 1))


def language_of(tokens: Sequence[str]) -> str:
    """WikiANN's `en:`, if it stands before all tokens, or nothing."""
    found = _LANGUAGE.match(tokens[0]) if tokens else None
    return found[0] if found and all(token.startswith(found[0]) for token in tokens) else ""


def are_numbered_characters(tokens: Sequence[str]) -> bool:
    """
    Whether a digit stands behind each, its place in a word, as in the second edition of Weibo.
    """
    return all(len(token) > 1 and token[-1].isdecimal() for token in tokens) and not all(
        map(str.isascii, tokens)
    )


_NEW_CONFIG = "`allennlp new-config` takes them off"
# What tokens may be in place of words, and what there is to do.
_NO_WORDS: tuple[tuple[Callable[[Sequence[str]], object], str], ...] = (
    (
        are_numbers,
        "the numbers of the words as tokens, expected the words: set the reader's token_column, 1 "
        "for the second column, and tag_column",
    ),
    (language_of, f"a language before each token, expected words: {_NEW_CONFIG}"),
    (are_numbered_characters, f"a digit behind each token, expected characters: {_NEW_CONFIG}"),
)


class ColumnCheck:
    """
    Looks at the sentences of one file for what is no sentence, token or tag.

    # Parameters

    path : `str`

    The methods raise `ConfigurationError`, naming the file, what was found and the key that mends
    it.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._longer_than_one = 0
        self._no_words: Counter[str] = Counter()
        self._sentences = 0
        self._tokens = 0
        self._has_tags = False
        self._has_entities = False

    def add(self, tokens: Sequence[str], tags: Sequence[str], origin: str) -> None:
        """Looks at the next sentence, which begins at `origin`, `file:line`."""
        if len(tokens) > LONGEST:
            raise ConfigurationError(
                f"{origin}: found a sentence of {len(tokens)} tokens, expected an empty line after "
                "each sentence"
            )
        self._sentences += 1
        self._tokens += len(tokens)
        if not self._has_entities and tags:
            self._has_tags = True
            self._has_entities = any(tag != "O" for tag in tags)
            if self._has_entities and list(tokens) == list(tags):
                raise ConfigurationError(
                    f"{origin}: found tags as the tokens, expected words: the reader's "
                    "token_column and tag_column name the same column"
                )
        if len(tokens) > 1 and self._longer_than_one < _LOOKED_AT:
            self._longer_than_one += 1
            self._no_words.update(found for is_such, found in _NO_WORDS if is_such(tokens))
            if self._longer_than_one == _LOOKED_AT:
                self._check_words()

    def finish(self) -> None:
        """After the last sentence."""
        if self._sentences == 1 and self._tokens > _LONGEST_ALONE:
            raise ConfigurationError(
                f"{self._path}: found one sentence of {self._tokens} tokens, expected an empty "
                "line after each sentence"
            )
        if self._longer_than_one > 1:
            self._check_words()
        if self._has_tags and not self._has_entities and self._sentences >= _UNTAGGED:
            raise ConfigurationError(
                f"{self._path}: found no tag but 'O' in {self._sentences} sentences, expected "
                "entities in the column that the reader's tag_column names (null for text without "
                "tags)"
            )

    def _check_words(self) -> None:
        for found, number in self._no_words.items():
            if number == self._longer_than_one:
                raise ConfigurationError(f"{self._path}: found {found}")
