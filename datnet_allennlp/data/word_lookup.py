"""The order in which the forms of a word are looked up among the word vectors."""

import re
from typing import Callable, Dict, Iterator, List, Optional

from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError

_URL = re.compile(r"^(?:https?://|www\.)\S+$", re.IGNORECASE)
_USER = re.compile(r"^@\w+$")
_DIGIT = re.compile(r"\d")


def word_class(word: str) -> str:
    """
    The class that a word shares its vector with: `@user` for a user name, `<url>` for a web
    address, else the word with each digit as `0` (so a word without digits is its own class).
    """
    if _USER.match(word):
        return "@user"
    if _URL.match(word):
        return "<url>"
    return _DIGIT.sub("0", word)


class WordLookup(Registrable):
    """Yields the forms under which a word may have a vector; the first that has one is used."""

    default_implementation = "fallback"

    def forms(self, word: str) -> Iterator[str]:
        raise NotImplementedError


@WordLookup.register("fallback")
class FallbackLookup(WordLookup):
    """
    Registered as a `WordLookup` with name "fallback".

    # Parameters

    order : `List[str]`, optional (default = `["exact", "lowercase", "class"]`)
        What is tried, first to last: the word as it is (`exact`), in lower case (`lowercase`),
        its class, cased and then in lower case (`class`, see `word_class`).

    Raises `ConfigurationError` for any other name.
    """

    _FORMS: Dict[str, Callable[[str], List[str]]] = {
        "exact": lambda word: [word],
        "lowercase": lambda word: [word.lower()],
        "class": lambda word: [(shared := word_class(word)), shared.lower()],
    }

    def __init__(self, order: Optional[List[str]] = None) -> None:
        self.order = ["exact", "lowercase", "class"] if order is None else list(order)
        for step in self.order:
            if step not in self._FORMS:
                raise ConfigurationError(
                    f"lookup.order: found '{step}', expected one of {sorted(self._FORMS)}"
                )

    def forms(self, word: str) -> Iterator[str]:
        for step in self.order:
            yield from self._FORMS[step](word)
