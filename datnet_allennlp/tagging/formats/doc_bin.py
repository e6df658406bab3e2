"""spaCy's binary format, `DocBin`."""

from collections.abc import Iterator
from contextlib import contextmanager

from allennlp.common.checks import ConfigurationError

from datnet_allennlp.tagging.formats.format import OutputFormat, Write
from datnet_allennlp.tagging.formats.opening import whole_file
from datnet_allennlp.tagging.formats.spacy_doc import to_doc
from datnet_allennlp.tagging.tagged_text import TaggedText


class DocBinOutput(OutputFormat):
    """A document a text, see `to_doc`. All are kept in memory until the end."""

    suffixes = (".spacy",)

    def render(self, tagged: TaggedText) -> TaggedText:
        return tagged

    @contextmanager
    def open(self, target: str) -> Iterator[Write]:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab

        if target == "-":
            raise ConfigurationError("found '-' for a DocBin, expected the name of a file")
        docs, vocab = DocBin(), Vocab()
        with whole_file(target) as file:
            yield lambda number, tagged: docs.add(to_doc(tagged, vocab))
            file.write(docs.to_bytes())
