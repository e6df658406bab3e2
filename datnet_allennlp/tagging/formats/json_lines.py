"""JSON lines: an object a line."""

import json
from collections.abc import Iterator
from typing import Any

from datnet_allennlp.tagging.formats.format import (
    Entry,
    InputFormat,
    TextOutput,
    refuse_broken_utf8,
)
from datnet_allennlp.tagging.formats.opening import name_of, open_text_input
from datnet_allennlp.tagging.tagged_text import TaggedText
from datnet_allennlp.tagging.text_record import check_first_line, parse_line


class JsonLinesInput(InputFormat):
    """Records as `Tagger.read` takes them. Blank lines are skipped."""

    suffixes = (".jsonl", ".ndjson", ".json")

    def read(self, source: str) -> Iterator[Entry]:
        with open_text_input(source) as lines:
            is_first = True
            for number, line in enumerate(lines, start=1):
                if line.isspace():
                    continue
                place = f"{name_of(source)}:{number}"
                if is_first:
                    check_first_line(line, place)
                    is_first = False
                yield Entry(line, place)

    def record(self, content: str) -> dict[str, Any]:
        refuse_broken_utf8(content)
        return self.pick_column(parse_line(content))


class JsonLinesOutput(TextOutput):
    """`TaggedText.to_dict`, which holds all that is known of a text."""

    suffixes = (".jsonl", ".ndjson", ".json")

    def render(self, tagged: TaggedText) -> str:
        return json.dumps(tagged.to_dict()) + "\n"
