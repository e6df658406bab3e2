"""Finds out how tags are coded, and reads them."""

import re
from collections.abc import Callable, Sequence

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.convert import to_iob2
from datnet_allennlp.data.column_file import ColumnSentence
from datnet_allennlp.data.tag_coding import TAG, ForbiddenTag, read_spans, write_tags

_CODINGS = ("IOB2", "IOB1", "IOBES", "BIOUL", "BMES")
# IOB1 or IOB2 with exceptions, as in the CoNLL-2003 original; read as conlleval does.
_MIXED = "mixed IOB"
# As in Few-NERD: `location` in place of `B-location`.
_BARE = "bare"
# `B_PER`, `b-PER` or `PER-B` in place of `B-PER`, or `B` alone where there is one type.
_RESPELT = "respelt "
_SPELLINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<letter>[BIESLUM])([-_:](?P<type>\S+))?",
        r"(?P<type>\S+)[-_:](?P<letter>[BIESLUM])",
    )
)
_ONLY_TYPE = "entity"


def find_coding(
    sentences: Sequence[ColumnSentence],
    origin: Callable[[ColumnSentence, int], str] = ColumnSentence.origin,
) -> tuple[str, tuple[str, ...]]:
    """
    # Parameters

    sentences : `Sequence[ColumnSentence]`
        Of all files of a corpus, with the tags that stand there.
    origin : `Callable[[ColumnSentence, int], str]`, optional
        Where a token of a sentence stands.

    # Returns

    The first coding that allows all tags, or else `bare` where none has a prefix, or `mixed
    IOB` where that reads them, with `respelt` before it where `B-PER` is spelt in another way, and
    what is guessed of it, in words.

    Raises `ConfigurationError`, naming file and line of a tag that no coding allows.
    """
    tags = {tag for sentence in sentences for tag in sentence.tags}
    if "O" in tags and len(tags) > 1 and not any(TAG.fullmatch(tag) for tag in tags - {"O"}):
        for spelling in _SPELLINGS:
            found = [spelling.fullmatch(tag) for tag in tags - {"O"}]
            if all(found) and any(each and each["letter"] in "BbIi" for each in found):
                respelt = [each._replace(tags=_respelt(each.tags)) for each in sentences]
                coding, guesses = find_coding(respelt, origin)
                first = min(tags - {"O"})
                why = f"the tag {first!r} means {_respelt([first])[0]!r}, and so for the others"
                return _RESPELT + coding, (why, *guesses)
        why = "the tags have no 'B-' and 'I-', so that tokens of one type in a row are one entity"
        return _BARE, (why,)
    problems: dict[str, list[str]] = {}
    for coding in _CODINGS:
        problems[coding] = []
        for sentence in sentences:
            try:
                read_spans(sentence.tags, coding)
            except ForbiddenTag as error:
                where = origin(sentence, error.index)
                problems[coding].append(f"{where}: found {error.found}, expected {error.expected}")
        if not problems[coding]:
            is_guess = coding == "IOB1"
            why = "the tags are coded as IOB1, for entities begin with 'I-'"
            return coding, (why,) if is_guess else ()
    if not {tag[0] for tag in tags} <= set("BIO"):
        # The coding with the fewest exceptions is what was meant.
        nearest = min(_CODINGS, key=lambda coding: len(problems[coding]))
        others = ", ".join(coding for coding in _CODINGS if coding != nearest)
        raise ConfigurationError(f"{problems[nearest][0]} (nor do the tags fit {others})")
    nearest = min(("IOB2", "IOB1"), key=lambda coding: len(problems[coding]))
    return _MIXED, (
        f"an entity begins at each 'B-' and at each 'I-' that continues none, for the tags are "
        f"{nearest} but for {len(problems[nearest])} sentence(s): {problems[nearest][0]}",
    )


def in_iob2(
    sentence: ColumnSentence,
    coding: str,
    origin: Callable[[ColumnSentence, int], str] = ColumnSentence.origin,
) -> ColumnSentence:
    """
    The sentence with its tags in IOB2, of a coding that `find_coding` found.

    Raises `ConfigurationError`, naming file and line of a tag that the coding forbids.
    """
    tags = sentence.tags
    if coding.startswith(_RESPELT):
        tags, coding = _respelt(tags), coding.removeprefix(_RESPELT)
    if coding == _BARE:
        tags = [tag if tag == "O" else f"I-{tag}" for tag in tags]
    if coding in (_BARE, _MIXED):
        tags, coding = to_iob2(tags), "IOB2"
    try:
        spans = read_spans(tags, coding)
    except ForbiddenTag as error:
        raise ConfigurationError(
            f"{origin(sentence, error.index)}: found {error.found}, expected {error.expected}"
        ) from None
    return sentence._replace(tags=write_tags(spans, len(tags), "IOB2"))


def _respelt(tags: Sequence[str]) -> list[str]:
    """Tags of one of the spellings as `B-PER`."""
    found = [next(filter(None, (each.fullmatch(tag) for each in _SPELLINGS)), None) for tag in tags]
    return [
        tag if each is None else f"{each['letter'].upper()}-{each['type'] or _ONLY_TYPE}"
        for tag, each in zip(tags, found, strict=True)
    ]
