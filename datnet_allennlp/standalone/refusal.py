"""The one error for what a user gave."""


class Refusal(Exception):
    """One sentence: what was found, and what was expected."""
