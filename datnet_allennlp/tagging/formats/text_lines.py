"""Plain text: a text a line."""

from collections.abc import Iterator

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.standalone.file_kinds import TaggedLines
from datnet_allennlp.tagging.formats.format import Entry, InputFormat, refuse_broken_utf8
from datnet_allennlp.tagging.formats.opening import name_of, open_text_input


class TextLinesInput(InputFormat):
    """
    A line is a text, whatever it holds; an empty line is an empty text. A file whose first lines
    are all a token and a tag is refused.
    """

    suffixes = (".txt",)
    has_columns = False

    def read(self, source: str) -> Iterator[Entry]:
        tagged = TaggedLines()
        with open_text_input(source) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.isspace() and tagged.add(line):
                    raise ConfigurationError(
                        f"{name_of(source)}: found columns of tokens and tags, expected a text a "
                        "line; the input format 'conll' reads columns"
                    )
                yield Entry(line.removesuffix("\n"), f"{name_of(source)}:{number}")

    def record(self, content: str) -> dict[str, str]:
        refuse_broken_utf8(content)
        return {"text": content}
