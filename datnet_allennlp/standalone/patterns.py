"""
The patterns of NLTK's tweet tokenizer. An export has them in `patterns.json`, and a file in the
place of this one that reads them there: importing NLTK takes most of a second.
"""

import functools
from typing import Any


@functools.cache
def words() -> Any:
    """Matches any token."""
    from nltk.tokenize import TweetTokenizer

    return TweetTokenizer(match_phone_numbers=False).WORD_RE


@functools.cache
def hangs() -> Any:
    """Matches more than three equal characters in a row that are neither letters nor digits."""
    from nltk.tokenize.casual import HANG_RE

    return HANG_RE
