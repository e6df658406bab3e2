"""brat's standoff format: a file of entities beside the file of the text."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.format import OutputFormat, Write
from datnet_allennlp.tagging.formats.opening import open_text_output
from datnet_allennlp.tagging.tagged_text import TaggedText

_LINE_ENDS = re.compile(r"[\r\n]")


class BratOutput(OutputFormat):
    """
    For the name `NAME.ann`, `NAME.txt` holds the texts, a text a line, and `NAME.ann` the entities,
    by characters of that file, with the confidence as a note. A line end inside a text becomes a
    space. A `NAME.txt` that is there already is not overwritten: it may be the input.
    """

    suffixes = (".ann",)

    def render(self, tagged: TaggedText) -> TaggedText:
        return tagged

    @contextmanager
    def open(self, target: str) -> Iterator[Write]:
        if not target.endswith(".ann"):
            raise ConfigurationError(f"found '{target}' for brat, expected a name in .ann")
        texts = str(Path(target).with_suffix(".txt"))
        if Path(texts).exists():
            raise ConfigurationError(
                f"{texts}: found a file, expected none, for the texts of {target} go there"
            )
        length = number_of_entities = 0
        with open_text_output(target) as annotate, open_text_output(texts) as write:

            def add(number: int, tagged: TaggedText) -> None:
                nonlocal length, number_of_entities
                text = _LINE_ENDS.sub(" ", tagged.text)
                write(text + "\n")
                for entity in tagged.entities:
                    number_of_entities += 1
                    name = f"T{number_of_entities}"
                    # Types of brat have no spaces.
                    entity_type = "_".join(entity.type.split())
                    place = f"{length + entity.start} {length + entity.end}"
                    covered = text[entity.start : entity.end]
                    annotate(f"{name}\t{entity_type} {place}\t{covered}\n")
                    if entity.confidence is not None:
                        note = f"confidence {entity.confidence:.6f}"
                        annotate(f"#{number_of_entities}\tAnnotatorNotes {name}\t{note}\n")
                length += len(text) + 1

            yield add
