"""Reads texts with entities as spans of characters: JSON lines, and spaCy's training data."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.tagged_file import TaggedFile
from datnet_allennlp.data.column_file import ColumnSentence, decode_line, read_blocks
from datnet_allennlp.data.tag_coding import ForbiddenTag, Span, read_spans, write_tags
from datnet_allennlp.data.tokenizers import TweetTokenizer

_SUFFIXES = {".json", ".jsonl", ".ndjson"}
_SPANS = ("entities", "spans", "ents", "label", "labels")
_TAGS = ("tags", "ner_tags", "labels")
_TYPES = ("label", "type", "entity_group")


def is_span_file(path: Path) -> bool:
    """Whether it is named as JSON, packed or not."""
    return any(suffix.lower() in _SUFFIXES for suffix in path.suffixes[-2:])


def read_span_file(path: Path) -> TaggedFile:
    """
    Reads objects, one a line or in a list, of `text` and `entities` (spaCy's `[text, {"entities":
    [[start, end, type], ...]}]` as well), or of `tokens` and `tags`. The project's tokenizer splits
    a text; each of its lines is a sentence. A span that does not end where tokens end, or that
    overlaps another, is left out and reported.

    # Parameters

    path : `Path`

    Raises `ConfigurationError`, naming file and line (in a list, the number of the object), for
    what is no such object.
    """
    file = TaggedFile(path, [], [])
    has_texts_of_lines = False
    tokenizer = TweetTokenizer()
    for number, (line, record) in enumerate(Tqdm.tqdm(_records(path), desc=f"reading {path.name}")):
        where = f"{path}:{line}"
        if "tokens" in record:
            sentences = [_tagged_tokens(path, line, record)]
        else:
            sentences = list(_sentences(path, line, record, tokenizer, file.problems))
            has_texts_of_lines = has_texts_of_lines or len(sentences) > 1
        for sentence in sentences:
            if any(not token or token.isspace() for token in sentence.tokens):
                raise ConfigurationError(f"{where}: found an empty token, expected words")
            file.sentences.append(sentence)
            file.documents.append(number)
    if not file.sentences:
        raise ConfigurationError(f"{path}: found no text, expected some with entities")
    if not has_texts_of_lines:
        file.documents = [0] * len(file.sentences)
    return file


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects, each with its line or, in a list, its number."""
    lines = [
        (number, decode_line(str(path), number, raw))
        for first, block in read_blocks(str(path))
        for number, raw in enumerate(block, start=first)
    ]
    if path.suffixes and ".json" in (path.suffixes[-1], *path.suffixes[-2:-1]):
        whole = _parsed("".join(text for _, text in lines))
        if isinstance(whole, list):
            for number, record in enumerate(whole, start=1):
                yield number, _as_object(record, f"{path}:{number}")
            return
    for number, text in lines:
        if text.strip():
            where = f"{path}:{number}"
            try:
                yield number, _as_object(json.loads(text), where)
            except ValueError as error:
                raise ConfigurationError(f"{where}: found no JSON ({error})") from None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None  # an object a line, which is told line by line


def _as_object(record: Any, where: str) -> Mapping[str, Any]:
    is_pair = isinstance(record, list) and len(record) == 2 and isinstance(record[1], Mapping)
    if is_pair:
        record = {"text": record[0], **record[1]}
    if not isinstance(record, Mapping) or not (
        isinstance(record.get("text"), str) or isinstance(record.get("tokens"), list)
    ):
        raise ConfigurationError(
            f"{where}: found {json.dumps(record)[:60]}, expected an object with 'text' and "
            "'entities', or with 'tokens' and 'tags'"
        )
    return record


def _tagged_tokens(path: Path, line: int, record: Mapping[str, Any]) -> ColumnSentence:
    tokens, where = record["tokens"], f"{path}:{line}"
    tags = next((record[key] for key in _TAGS if isinstance(record.get(key), list)), None)
    are_words = all(isinstance(each, str) for each in [*tokens, *(tags or [])])
    if tags is None or len(tags) != len(tokens) or not are_words:
        raise ConfigurationError(
            f"{where}: found {len(tokens)} tokens and {len(tags or [])} tags, expected a tag as "
            f"text for each token, under one of {list(_TAGS)}"
        )
    try:
        read_spans(tags, "IOB2")
    except ForbiddenTag as error:
        raise ConfigurationError(f"{where}: {error}") from None
    return ColumnSentence(str(path), line, list(tokens), list(tags))


def _sentences(
    path: Path,
    line: int,
    record: Mapping[str, Any],
    tokenizer: TweetTokenizer,
    problems: list[str],
) -> Iterator[ColumnSentence]:
    text, where = record["text"], f"{path}:{line}"
    given = next((record[key] for key in _SPANS if isinstance(record.get(key), list)), None)
    if given is None:
        raise ConfigurationError(f"{where}: found no entities, expected a list under 'entities'")
    left = sorted(_span(each, text, where) for each in given)
    offset = 0
    for part in text.splitlines(keepends=True):
        tokens = tokenizer.tokenize(part)
        starts = {offset + token.idx: i for i, token in enumerate(tokens)}  # type: ignore[operator]
        ends = {offset + token.idx_end: i + 1 for i, token in enumerate(tokens)}  # type: ignore[operator]
        spans: list[Span] = []
        while left and left[0].start < offset + len(part):
            start, end, entity_type = left.pop(0)
            shown = (
                f"{where}: left out {text[start:end]!r} ({entity_type}, {start} to {end}), which "
            )
            if start not in starts or end not in ends:
                problems.append(shown + "does not begin and end where tokens do")
            elif spans and starts[start] < spans[-1].end_exclusive:
                problems.append(shown + "overlaps the one before")
            else:
                spans.append(Span(starts[start], ends[end], entity_type))
        offset += len(part)
        if tokens:
            words = [token.ensure_text() for token in tokens]
            tags = write_tags(spans, len(words), "IOB2")
            yield ColumnSentence(str(path), line, words, tags)


def _span(given: Any, text: str, where: str) -> Span:
    """A span of characters."""
    if isinstance(given, Mapping):
        given = [given.get("start"), given.get("end")] + [
            given[key] for key in _TYPES if key in given
        ]
    if isinstance(given, list) and len(given) >= 3:
        start, end, entity_type = given[:3]
        are_numbers = type(start) is int and type(end) is int
        if are_numbers and 0 <= start < end <= len(text) and isinstance(entity_type, str):
            if entity_type and not set(entity_type) & set(" \t\n"):
                return Span(start, end, entity_type)
    raise ConfigurationError(
        f"{where}: found the entity {json.dumps(given)[:60]}, expected start, end and type, "
        f"within the {len(text)} characters of the text"
    )
