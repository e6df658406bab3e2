"""What a file is that someone takes for text, told by how it begins."""

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
