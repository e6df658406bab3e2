import html
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from allennlp.data.tokenizers import Token, Tokenizer
from nltk.tokenize import TweetTokenizer as NltkTweetTokenizer
from nltk.tokenize.casual import HANG_RE

_CHUNK = re.compile(r"\S+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# U+FE0E and U+FE0F say whether the character before them is drawn as text or as an emoji.
_VARIATION = re.compile("(\\S)[\ufe0e\ufe0f]+")
_POSSESSIVE = re.compile(r"'s(?![\w'-])", re.IGNORECASE)
_BEFORE_POSSESSIVE = re.compile(r"([@#]?\w[\w'-]*)'s", re.IGNORECASE)
# The library's pattern takes quadratic time on some long texts without white space.
_LONGEST_TOKEN = 1000


class _Character(NamedTuple):
    """A character of the rewritten text, and the stretch of the raw text that it stands for."""

    text: str
    start: int
    end: int


@Tokenizer.register("tweet")
class TweetTokenizer(Tokenizer):
    """
    Splits tweets with the patterns of `nltk.tokenize.TweetTokenizer`, which know user names,
    hashtags, URLs, emoticons and emoji, and keeps the offsets into the text as given, which NLTK
    does not. The case of letters is kept.

    Before the patterns are matched, the text is rewritten:

    - HTML entities such as `&amp;` or `&#39;` become the character that they stand for. Unlike in
      NLTK an unknown one stays as it is.
    - More than three equal characters in a row, if they are neither letters nor digits, become
      three, as in NLTK.
    - Variation selectors (U+FE0E, U+FE0F) become part of the character before them, so that they
      neither are tokens of their own nor part an emoji sequence.

    Three things differ from NLTK's patterns, to be nearer to the WNUT-2016 and WNUT-2017 corpora:
    the possessive `'s` is a token of its own (`don't` is one token), a curly apostrophe counts as
    a straight one, and no token contains white space, so telephone numbers and `. . .` are split
    at it. A token has at most 1,000 characters; longer ones are cut.

    The tokens have `text`, the rewritten text, and `idx` and `idx_end`, the stretch of the text as
    given, in characters, where `idx_end` is one past the last. They are in order and do not
    overlap, none is empty, and together they cover all that is not white space. Of a shortened run
    the third character covers the rest.
    """

    def __init__(self) -> None:
        self._words = NltkTweetTokenizer(match_phone_numbers=False).WORD_RE

    def tokenize(self, text: str) -> list[Token]:
        characters = _rewrite(text)
        rewritten = "".join(character.text for character in characters)
        matched = rewritten.replace("\u2019", "'")
        tokens = []
        for chunk in _CHUNK.finditer(matched):
            start = chunk.start()
            while start < chunk.end():
                end = self._end_of_token(matched, start, chunk.end())
                tokens.append(
                    Token(
                        text=rewritten[start:end],
                        idx=characters[start].start,
                        idx_end=characters[end - 1].end,
                    )
                )
                start = end
        return tokens

    def _end_of_token(self, text: str, start: int, chunk_end: int) -> int:
        possessive = _POSSESSIVE.match(text, start, chunk_end)
        if possessive:
            return possessive.end()
        limit = min(chunk_end, start + _LONGEST_TOKEN)
        # No limit of time: the window bounds it, and results must not depend on the clock.
        end: int = self._words.match(text, start, limit, timeout=None).end()
        word = _BEFORE_POSSESSIVE.fullmatch(text, start, end)
        return word.end(1) if word else end


def _rewrite(text: str) -> list[_Character]:
    characters = [_Character(text[i], i, i + 1) for i in range(len(text))]
    characters = _substitute(_ENTITY, _decode, characters)
    characters = _substitute(_VARIATION, lambda match: match[1], characters)
    return _substitute(HANG_RE, lambda match: match[1] * 3, characters)


def _substitute(
    pattern: Any, replacement: Callable[[Any], str], characters: list[_Character]
) -> list[_Character]:
    """
    Replaces each match by at least one and at most as many characters as it has. The last of them
    covers what the replacement is shorter by.
    """
    text = "".join(character.text for character in characters)
    result: list[_Character] = []
    done = 0
    for match in pattern.finditer(text):
        start, end = match.span()
        new = replacement(match)
        last = start + len(new) - 1
        result += characters[done:start]
        result += [
            _Character(char, characters[i].start, characters[i].end)
            for i, char in enumerate(new[:-1], start)
        ]
        result.append(_Character(new[-1], characters[last].start, characters[end - 1].end))
        done = end
    return result + characters[done:]


def _decode(entity: "re.Match[str]") -> str:
    decoded = html.unescape(entity[0])
    # A longer result stands for several characters, or is an entity that HTML does not know.
    return decoded if len(decoded) == 1 else entity[0]
