"""Splits tweets into tokens that know their places; see `data/tokenizers/tweet_tokenizer.py`."""

import functools
import html
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from .patterns import hangs, words
from .token_window import LONGEST_TOKEN, TokenWindows

_CHUNK = re.compile(r"\S+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# U+FE0E and U+FE0F say whether the character before them is drawn as text or as an emoji.
_VARIATION = re.compile("(\\S)[\ufe0e\ufe0f]+")
_POSSESSIVE = re.compile(r"'s(?![\w'-])", re.IGNORECASE)
_BEFORE_POSSESSIVE = re.compile(r"([@#]?\w[\w'-]*)'s", re.IGNORECASE)
# Most stretches of text without white space are words that occur again and again. These bounds keep
# what is remembered of them to some 10 MB.
_LONGEST_REMEMBERED = 32
_MOST_REMEMBERED = 2**15
# Finds all that `hangs` finds, and more, in a fraction of its time.
_MAY_HANG = re.compile(r"(.)\1\1\1", re.DOTALL)


def split(text: str) -> list[tuple[str, int, int]]:
    """The tokens of a text, and the stretch of it that each stands for, in characters."""
    rewritten, starts, ends = _rewrite(text)
    tokens = []
    for chunk in _CHUNK.finditer(rewritten):
        first = chunk.start()
        chunk_text = chunk[0]
        pieces = _remembered_pieces if len(chunk_text) <= _LONGEST_REMEMBERED else _pieces
        for piece, start, end in pieces(chunk_text):
            tokens.append((piece, starts[first + start], ends[first + end - 1]))
    return tokens


def _pieces(chunk: str) -> list[tuple[str, int, int]]:
    """
    The tokens of a text without white space: text, start and end. What stands around the chunk does
    not matter, for no pattern looks further than the white space beside it.
    """
    # Each of the patterns for anything but words needs a character that is no letter.
    if chunk.isascii() and chunk.isalpha() and len(chunk) <= LONGEST_TOKEN:
        return [(chunk, 0, len(chunk))]
    matched = chunk.replace("\u2019", "'")
    windows = TokenWindows(matched)
    pieces = []
    start = 0
    while start < len(chunk):
        end = _end_of_token(matched, start, windows)
        pieces.append((chunk[start:end], start, end))
        start = end
    return pieces


_remembered_pieces = functools.lru_cache(_MOST_REMEMBERED)(_pieces)


def _end_of_token(chunk: str, start: int, windows: TokenWindows) -> int:
    possessive = chunk[start] == "'" and _POSSESSIVE.match(chunk, start)
    if possessive:
        return possessive.end()
    # No limit of time: the window bounds it, and results must not depend on the clock.
    end: int = words().match(chunk, start, windows.end(start), timeout=None).end()
    word = "'" in chunk and _BEFORE_POSSESSIVE.fullmatch(chunk, start, end)
    return word.end(1) if word else end


class _Rewritten(NamedTuple):
    """A text, and for each of its characters the stretch of the raw text that it stands for."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def _rewrite(raw: str) -> _Rewritten:
    rewritten = _Rewritten(raw, range(len(raw)), range(1, len(raw) + 1))
    if "&" in raw:
        rewritten = _substitute(_ENTITY.finditer(raw), _decode, rewritten)
    if "\ufe0e" in rewritten.text or "\ufe0f" in rewritten.text:
        matches = _VARIATION.finditer(rewritten.text)
        rewritten = _substitute(matches, lambda match: match[1], rewritten)
    if _MAY_HANG.search(rewritten.text):
        matches = hangs().finditer(rewritten.text, timeout=None)
        rewritten = _substitute(matches, lambda match: match[1] * 3, rewritten)
    return rewritten


def _substitute(
    matches: Iterable[Any], replacement: Callable[[Any], str], old: _Rewritten
) -> _Rewritten:
    """
    Replaces each match by at least one and at most as many characters as it has. The last of them
    covers what the replacement is shorter by.
    """
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in matches:
        start, end = match.span()
        new = replacement(match)
        last = start + len(new) - 1
        texts += old.text[done:start], new
        starts += old.starts[done : last + 1]
        ends += old.ends[done:last]
        ends.append(old.ends[end - 1])
        done = end
    texts.append(old.text[done:])
    starts += old.starts[done:]
    ends += old.ends[done:]
    return _Rewritten("".join(texts), starts, ends)


def _decode(entity: "re.Match[str]") -> str:
    decoded = html.unescape(entity[0])
    # A longer result stands for several characters, or is an entity that HTML does not know.
    return decoded if len(decoded) == 1 else entity[0]
