"""What the tweet tagger puts out."""

import functools
import itertools
from collections.abc import Iterator

from allennlp.common.util import JsonDict

from datnet_allennlp.data.tag_coding import Span, read_spans_leniently
from datnet_allennlp.predictors.tweet_record import TweetRecord


def describe(record: TweetRecord, tags: list[str]) -> JsonDict:
    """The output for a record whose tokens have these tags, and the padding any others."""
    # AllenNLP's `simple_tagger` tags the padding too.
    tags = tags[: len(record.words)]
    entities = []
    for first, end_exclusive, entity_type in _spans(tags):
        start, end = record.starts[first], record.ends[end_exclusive - 1]
        text = record.text[start:end]
        entities.append({"type": entity_type, "text": text, "start": start, "end": end})
    return {
        **record.carried,
        "text": record.text,
        "tokens": record.words,
        "tags": tags,
        "entities": entities,
    }


def _spans(tags: list[str]) -> Iterator[Span]:
    """What `read_spans_leniently` makes of the tags, in a fraction of its time."""
    if tags.count("O") == len(tags):
        return  # as of most tweets
    start = 0
    for is_outside, group in itertools.groupby(tags, "O".__eq__):
        run = tuple(group)
        if not is_outside:
            for span in _spans_of_run(run):
                yield Span(start + span.start, start + span.end_exclusive, span.entity_type)
        start += len(run)


# `O` ends any entity, and of the sequences between them few are different.
_spans_of_run = functools.lru_cache(2**12)(read_spans_leniently)
