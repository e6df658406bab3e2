"""spaCy's JSON: a document a line, as `Doc.from_json` reads it."""

import json

from datnet_allennlp.tagging.formats.format import TextOutput
from datnet_allennlp.tagging.formats.spacy_doc import to_doc
from datnet_allennlp.tagging.tagged_text import TaggedText


class SpacyJsonOutput(TextOutput):
    """`Doc.to_json` of each text; it has the entities, but no confidence."""

    suffixes = (".spacy.jsonl", ".spacy.json")

    def __init__(self) -> None:
        from spacy.vocab import Vocab

        self._vocab = Vocab()

    def render(self, tagged: TaggedText) -> str:
        return json.dumps(to_doc(tagged, self._vocab).to_json()) + "\n"
