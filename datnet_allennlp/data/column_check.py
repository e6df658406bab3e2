"""Tells a column file that is read in a wrong way."""

from collections.abc import Sequence

from allennlp.common.checks import ConfigurationError

LONGEST = 10_000  # tokens of a sentence
_NUMBERED = 10  # sentences that tell whether the tokens are word numbers
_UNTAGGED = 200  # sentences without an entity that are too many
_LONGEST_ALONE = 1_000  # tokens of a sentence that is the whole file


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
        self._numbered = 0
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
        if len(tokens) > 1 and self._longer_than_one < _NUMBERED:
            self._longer_than_one += 1
            self._numbered += any(
                list(tokens) == [str(i + first) for i in range(len(tokens))] for first in (0, 1)
            )
            if self._numbered == _NUMBERED:
                self._refuse_numbers()

    def finish(self) -> None:
        """After the last sentence."""
        if self._sentences == 1 and self._tokens > _LONGEST_ALONE:
            raise ConfigurationError(
                f"{self._path}: found one sentence of {self._tokens} tokens, expected an empty "
                "line after each sentence"
            )
        if 1 < self._longer_than_one == self._numbered:
            self._refuse_numbers()
        if self._has_tags and not self._has_entities and self._sentences >= _UNTAGGED:
            raise ConfigurationError(
                f"{self._path}: found no tag but 'O' in {self._sentences} sentences, expected "
                "entities in the column that the reader's tag_column names (null for text without "
                "tags)"
            )

    def _refuse_numbers(self) -> None:
        raise ConfigurationError(
            f"{self._path}: found the numbers of the words as tokens, expected the words: set the "
            "reader's token_column, 1 for the second column, and tag_column"
        )
