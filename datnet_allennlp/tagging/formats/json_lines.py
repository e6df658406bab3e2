"""JSON lines: an object a line."""

import json
import re
from collections.abc import Iterator
from typing import Any

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.format import (
    Entry,
    InputFormat,
    TextOutput,
    refuse_broken_utf8,
)
from datnet_allennlp.tagging.formats.opening import name_of, open_text_input
from datnet_allennlp.tagging.tagged_text import TaggedText
from datnet_allennlp.tagging.text_record import parse_line

# The first line of a list of objects, or of one object over several lines.
_NOT_A_LINE = re.compile(r"\s*(\[\s*(\{.*)?|\{\s*)\s*", re.DOTALL)


class JsonLinesInput(InputFormat):
    """Records as `Tagger.read` takes them. Blank lines are skipped."""

    suffixes = (".jsonl", ".ndjson", ".json")

    def read(self, source: str) -> Iterator[Entry]:
        with open_text_input(source) as lines:
            for number, line in enumerate(lines, start=1):
                if number == 1 and _NOT_A_LINE.fullmatch(line):
                    raise ConfigurationError(
                        f"{name_of(source)}:1: found the begin of a list, or of an object over "
                        "several lines, expected one JSON object a line"
                    )
                if not line.isspace():
                    yield Entry(line, f"{name_of(source)}:{number}")

    def record(self, content: str) -> dict[str, Any]:
        refuse_broken_utf8(content)
        return self.pick_column(parse_line(content))


class JsonLinesOutput(TextOutput):
    """`TaggedText.to_dict`, which holds all that is known of a text."""

    suffixes = (".jsonl", ".ndjson", ".json")

    def render(self, tagged: TaggedText) -> str:
        return json.dumps(tagged.to_dict()) + "\n"
