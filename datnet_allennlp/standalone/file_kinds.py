"""What a file is that someone takes for text, told by how it begins."""

import re

GZIP = b"\x1f\x8b"
_KINDS = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip file, as of Word or Excel",
    b"\xd0\xcf\x11\xe0": "a file of Word or Excel",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}


def kind_of(begin: bytes) -> str:
    """
    # Parameters

    begin : `bytes`
        The first bytes of a file; five will do.

    # Returns

    `str`
        Such as "a PDF"; empty for what may be text.
    """
    return next((kind for mark, kind in _KINDS.items() if begin.startswith(mark)), "")


# A row of columns, a token before and its tag behind.
_TAGGED_TOKEN = re.compile(r"\S+[ \t]+(?:\S+[ \t]+)*(?:O|[BIESLUM]-\S+)\s*")
_LOOKED_AT = 20


class TaggedLines:
    """Tells columns of tokens and tags, whose lines someone takes for texts."""

    def __init__(self) -> None:
        self._texts = 0
        self._tagged = 0

    def add(self, text: str) -> bool:
        """Whether, with this text, which is not empty, the first 20 are all such rows."""
        if self._texts < _LOOKED_AT:
            self._texts += 1
            self._tagged += _TAGGED_TOKEN.fullmatch(text) is not None
            return self._tagged == _LOOKED_AT
        return False

    @property
    def are_all(self) -> bool:
        """Whether all texts were, of two or more up to those 20."""
        return 1 < self._texts == self._tagged
