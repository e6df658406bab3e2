"""
Reads texts with entities as spans of characters: JSON lines, spaCy's training data, and what Label
Studio exports.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from allennlp.common import Tqdm
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.corpora.own_coding import find_coding, in_iob2
from datnet_allennlp.corpora.own_text import OwnText
from datnet_allennlp.corpora.tagged_file import TaggedFile
from datnet_allennlp.data.column_file import ColumnSentence
from datnet_allennlp.data.tag_coding import Span, write_tags
from datnet_allennlp.data.tokenizers import TweetTokenizer

_SUFFIXES = {".json", ".jsonl", ".ndjson"}
_SPANS = ("entities", "spans", "ents", "label", "labels")
_TOKENS = ("tokens", "words")
_TAGS = ("tags", "ner_tags", "labels")
# Of Prodigy.
_ACCEPTED = "accept"
# What ends a cell of a column file.
_NOT_IN_A_CELL = "\t\n\r"
# The keys of a span that is an object.
_STARTS = ("start", "start_offset")
_ENDS = ("end", "end_offset")
_TYPES = ("label", "type", "entity_group")


def is_span_file(text: OwnText) -> bool:
    """Whether it is named as JSON, packed or not, or begins with an object of JSON on a line."""
    if any(suffix.lower() in _SUFFIXES for suffix in text.path.suffixes[-2:]):
        return True
    first = next((line for line in text.lines if line.strip()), "")
    return isinstance(_parsed(first), (dict, list))


def read_span_file(text: OwnText) -> TaggedFile:
    """
    Reads objects, one a line or in a list, of `text` and `entities` (spaCy's `[text, {"entities":
    [[start, end, type], ...]}]` as well), or of `tokens` and `tags`. The project's tokenizer splits
    a text; each of its lines is a sentence. White space at the ends of a span does not count. A
    span that then does not end where tokens end, or that overlaps another, is left out and
    reported; so is a text that an annotator of Prodigy did not accept. White space in a type
    becomes `_`.

    # Parameters

    text : `OwnText`

    Raises `ConfigurationError`, naming file and line (in a list, the number of the object), for
    what is no such object.
    """
    path = text.path
    file = TaggedFile(path, [], [])
    has_texts_of_lines = False
    has_tags = False
    tokenizer = TweetTokenizer()
    for number, (line, record) in enumerate(Tqdm.tqdm(_records(text), desc=f"reading {path.name}")):
        where = f"{path}:{line}"
        answer = record.get("answer", _ACCEPTED)
        if answer != _ACCEPTED:
            file.problems.append(f"{where}: left out a text with the answer {answer!r}")
            continue
        tokens = _words(record)
        if tokens is not None:
            sentences = [_tagged_tokens(path, line, record, tokens)]
            has_tags = True
        else:
            sentences = list(_sentences(path, line, record, tokenizer, file.problems))
            has_texts_of_lines = has_texts_of_lines or len(sentences) > 1
        for sentence in sentences:
            if not sentence.tokens:
                continue
            for token in sentence.tokens:
                if not token.strip(" ") or any(mark in token for mark in _NOT_IN_A_CELL):
                    raise ConfigurationError(
                        f"{where}: found the token {token[:60]!r}, expected a word"
                    )
            file.sentences.append(sentence)
            file.documents.append(number)
    if not file.sentences:
        raise ConfigurationError(f"{path}: found no text, expected some with entities")
    if has_tags:
        coding, file.guesses = find_coding(file.sentences, _origin)
        file.sentences = [in_iob2(sentence, coding, _origin) for sentence in file.sentences]
    if not has_texts_of_lines:
        file.documents = [0] * len(file.sentences)
    return file


def _words(record: Mapping[str, Any]) -> list[Any] | None:
    """The tokens of an object, unless it has a text with spans as well."""
    if isinstance(record.get("text"), str) and _given_spans(record) is not None:
        return None
    return next((record[key] for key in _TOKENS if isinstance(record.get(key), list)), None)


def _given_spans(record: Mapping[str, Any]) -> list[Any] | None:
    """The spans of an object; a list of texts holds tags."""
    for key in _SPANS:
        value = record.get(key)
        if isinstance(value, list) and not any(isinstance(each, str) for each in value):
            return value
    return None


def _origin(sentence: ColumnSentence, token: int) -> str:
    return f"{sentence.origin()}: token {token}"


def _records(text: OwnText) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects, each with its line or, in a list, its number."""
    path = text.path
    whole = _parsed("\n".join(text.lines))
    has_annotations = isinstance(whole, Mapping) and isinstance(whole.get("annotations"), list)
    if has_annotations and "data" not in whole:
        whole = whole["annotations"]
    if isinstance(whole, list):
        for number, record in enumerate(whole, start=1):
            yield number, _as_object(record, f"{path}:{number}")
        return
    for number, line in enumerate(text.lines, start=1):
        if line.strip():
            where = f"{path}:{number}"
            try:
                yield number, _as_object(json.loads(line), where)
            except ValueError as error:
                raise ConfigurationError(f"{where}: found no JSON ({error})") from None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None  # an object a line, which is told line by line


def _as_object(record: Any, where: str) -> Mapping[str, Any]:
    if isinstance(record, Mapping) and isinstance(record.get("data"), Mapping):
        record = _of_label_studio(record, where)
    is_pair = isinstance(record, list) and len(record) == 2 and isinstance(record[1], Mapping)
    if is_pair:
        record = {"text": record[0], **record[1]}
    if not isinstance(record, Mapping) or not (
        isinstance(record.get("text"), str) or _words(record) is not None
    ):
        raise ConfigurationError(
            f"{where}: found {json.dumps(record)[:60]}, expected an object with 'text' and "
            "'entities', or with 'tokens' and 'tags'"
        )
    return record


def _of_label_studio(task: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The text and the spans of a task of Label Studio."""
    given = [each for each in task.get("annotations") or [] if not each.get("was_cancelled")]
    if not given:
        raise ConfigurationError(
            f"{where}: found a task of Label Studio without annotations, expected tasks that are "
            "annotated"
        )
    texts = [value for value in task["data"].values() if isinstance(value, str)]
    text = task["data"].get("text", texts[0] if len(texts) == 1 else None)
    if not isinstance(text, str):
        raise ConfigurationError(
            f"{where}: found {sorted(task['data'])} under 'data', expected one text, as 'text'"
        )
    results = [result for each in given for result in each.get("result") or []]
    # Others are relations, or choices for the whole text.
    return {"text": text, "entities": [e["value"] for e in results if e.get("type") == "labels"]}


def _tagged_tokens(
    path: Path, line: int, record: Mapping[str, Any], tokens: list[Any]
) -> ColumnSentence:
    tags = next((record[key] for key in _TAGS if isinstance(record.get(key), list)), None)
    if tags and all(type(tag) is int for tag in tags):
        raise ConfigurationError(
            f"{path}:{line}: found the tags as numbers, {tags[:5]}, expected their names; a data "
            "set of Hugging Face has them in features['ner_tags'].feature.names"
        )
    are_words = all(isinstance(each, str) for each in [*tokens, *(tags or [])])
    if tags is None or len(tags) != len(tokens) or not are_words:
        raise ConfigurationError(
            f"{path}:{line}: found {len(tokens)} tokens and {len(tags or [])} tags, expected a tag "
            f"as text for each token, under one of {list(_TAGS)}"
        )
    return ColumnSentence(str(path), line, list(tokens), list(tags))


def _sentences(
    path: Path,
    line: int,
    record: Mapping[str, Any],
    tokenizer: TweetTokenizer,
    problems: list[str],
) -> Iterator[ColumnSentence]:
    text, where = record["text"], f"{path}:{line}"
    given = _given_spans(record)
    if given is None:
        raise ConfigurationError(f"{where}: found no entities, expected a list under 'entities'")
    # Of nested ones the outer comes first, and stays.
    left = sorted((_span(each, text, where) for each in given), key=_outer_first)
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


def _outer_first(span: Span) -> tuple[int, int, str]:
    return span.start, -span.end_exclusive, span.entity_type


def _span(given: Any, text: str, where: str) -> Span:
    """A span of characters."""
    if isinstance(given, Mapping):
        labels = given.get("labels")  # of Label Studio
        if isinstance(labels, list) and len(labels) == 1:
            given = {**given, "label": labels[0]}
        given = [
            next((given[key] for key in keys if key in given), None)
            for keys in (_STARTS, _ENDS, _TYPES)
        ]
    if isinstance(given, list) and len(given) >= 3:
        start, end, entity_type = given[:3]
        are_numbers = type(start) is int and type(end) is int
        if are_numbers and 0 <= start < end <= len(text) and isinstance(entity_type, str):
            covered = text[start:end]
            if not covered.isspace():
                start, end = end - len(covered.lstrip()), start + len(covered.rstrip())
            if name := "_".join(entity_type.split()):
                return Span(start, end, name)
    raise ConfigurationError(
        f"{where}: found the entity {json.dumps(given)[:60]}, expected start, end and type, "
        f"within the {len(text)} characters of the text"
    )
