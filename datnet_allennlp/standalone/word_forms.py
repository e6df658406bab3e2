"""The forms under which a word may have a vector."""

import re
from collections.abc import Callable, Iterable, Iterator

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


FORMS: dict[str, Callable[[str], list[str]]] = {
    "exact": lambda word: [word],
    "lowercase": lambda word: [word.lower()],
    "class": lambda word: [(shared := word_class(word)), shared.lower()],
}


def forms_of(word: str, order: Iterable[str]) -> Iterator[str]:
    """The forms of a word, in an order of the names in `FORMS`."""
    for step in order:
        yield from FORMS[step](word)
