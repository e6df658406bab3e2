"""Errors that quote files of other people."""

from datnet_allennlp.standalone.refusal import Refusal, one_line


def test_an_error_is_one_line_that_a_terminal_only_shows() -> None:
    error = Refusal("a.txt: found '\x1b[2J\nerror: all is well\u202e\udcff', expected é 😂\n")
    assert one_line(error) == (
        "a.txt: found '\\x1b[2J error: all is well\\u202e\\udcff', expected é 😂"
    )


def test_of_a_long_error_the_begin_and_the_end_are_shown() -> None:
    shown = one_line(f"a.txt: found {'x' * 100_000}, expected y")
    assert shown.startswith("a.txt: found xxx") and shown.endswith("xxx, expected y")
    assert len(shown) < 2_000
