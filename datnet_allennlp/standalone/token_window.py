"""How far the tokeniser's patterns have to look in a long text without white space."""

import itertools
import re

# At most so many characters of a token are matched at once.
LONGEST_TOKEN = 1000
# The patterns are fast enough on so many characters, and hardly any text without spaces has more.
_NEAR = 300
# Letters of domain names; and what ends one, which no letter, digit or "@" may follow.
_RUN = re.compile(r"[a-z0-9.\-]+", re.IGNORECASE)
_LAST_LABEL = re.compile(r"[.][a-z]{2,13}(?![a-z0-9_@])", re.IGNORECASE)
# In such a run, words end before the first of these and numbers contain two of them at most.
_SEPARATOR = re.compile(r"[.]|[0-9]-")
_MOST_SEPARATORS = 5
# Characters of an e-mail address up to its "@" are 65 at most.
_BEFORE_AT = 65


class TokenWindows:
    """
    The pattern of a domain name reads on over hundreds of characters of `a.a.a.a` at each of them,
    only to find that no domain ends there. Where a domain, an e-mail address or another URL is out
    of the question, a few characters decide about the token. What is asked for costs time in
    proportion to the text's length, all tokens together, if asked for from left to right.

    # Parameters

    text : `str`
        Without white space; no character but letters and digits occurs more than three times in a
        row.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._run_end = 0
        self._last_label = 0

    def end(self, start: int) -> int:
        """The end of what decides about the token that begins at `start`."""
        text = self._text
        limit = min(len(text), start + LONGEST_TOKEN)
        if limit - start <= _NEAR:
            return limit
        if start >= self._run_end:
            run = _RUN.match(text, start)
            if run is None:
                return limit
            self._run_end = run.end()
        if start >= self._last_label:
            label = _LAST_LABEL.search(text, start + 1)
            self._last_label = label.start() if label else len(text)
        if (
            self._last_label < min(limit, self._run_end)
            or text.find("@", start, start + _BEFORE_AT) >= 0
            or text[start : start + 4].lower() == "http"
        ):
            return limit
        separators = _SEPARATOR.finditer(text, start, min(limit, self._run_end))
        last = next(itertools.islice(separators, _MOST_SEPARATORS - 1, None), None)
        return last.end() if last else limit
