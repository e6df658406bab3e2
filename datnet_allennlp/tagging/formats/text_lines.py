"""Plain text: a text a line."""

from collections.abc import Iterator

from datnet_allennlp.tagging.formats.format import Entry, InputFormat, refuse_broken_utf8
from datnet_allennlp.tagging.formats.opening import name_of, open_text_input


class TextLinesInput(InputFormat):
    """A line is a text, whatever it holds; an empty line is an empty text."""

    suffixes = (".txt",)
    has_columns = False

    def read(self, source: str) -> Iterator[Entry]:
        with open_text_input(source) as lines:
            for number, line in enumerate(lines, start=1):
                yield Entry(line.removesuffix("\n"), f"{name_of(source)}:{number}")

    def record(self, content: str) -> dict[str, str]:
        refuse_broken_utf8(content)
        return {"text": content}
