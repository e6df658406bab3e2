"""From tagged texts to spaCy's documents."""

from typing import TYPE_CHECKING, cast

from datnet_allennlp.tagging.tagged_text import TaggedText

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span
    from spacy.vocab import Vocab

# The group of spans that has the confidences, as spaCy's own span categoriser keeps its scores.
SPANS_KEY = "entities"


def to_doc(tagged: TaggedText, vocab: "Vocab") -> "Doc":
    """
    The document of the text as given, whose tokens are the stretches that the tagger's tokens stand
    for, and what lies between them. It has the entities in `ents` and again in
    `spans["entities"]`, whose `attrs["scores"]` are their confidences.
    """
    from spacy.tokens import Doc, SpanGroup
    from spacy.util import get_words_and_spaces

    # spaCy keeps text as UTF-8, which has no lone surrogates.
    text = tagged.text.encode("utf-8", "replace").decode()
    pieces = []
    done = 0
    for start, end in tagged.token_spans:
        pieces += [*text[done:start].split(), text[start:end]]
        done = end
    words, spaces = get_words_and_spaces([*pieces, *text[done:].split()], text)
    doc = Doc(vocab, words=words, spaces=spaces)
    # An entity begins and ends with a token, so spaCy finds its span.
    found = [
        cast("Span", doc.char_span(each.start, each.end, each.type)) for each in tagged.entities
    ]
    doc.set_ents(found)
    scores = [each.confidence for each in tagged.entities]
    doc.spans[SPANS_KEY] = SpanGroup(doc, name=SPANS_KEY, spans=found, attrs={"scores": scores})
    return doc
