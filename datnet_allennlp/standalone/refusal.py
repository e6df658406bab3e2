"""The one error for what a user gave, and how errors stand on the screen."""

_BEGIN, _END = 1_500, 400


class Refusal(Exception):
    """One sentence: what was found, and what was expected."""


def one_line(error: object) -> str:
    """
    An error as the screen shows it: what it quotes of other people's files makes no lines of its
    own, moves no cursor and does not fill the screen.
    """
    text = " ".join(str(error).splitlines())
    if len(text) > _BEGIN + _END:
        text = f"{text[:_BEGIN]} ... {text[-_END:]}"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
