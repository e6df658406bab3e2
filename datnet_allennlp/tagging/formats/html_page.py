"""A page of HTML with the entities marked, by displaCy."""

import html
import zlib

from datnet_allennlp.tagging.formats.format import TextOutput
from datnet_allennlp.tagging.tagged_text import Entity, TaggedText

_ENTITY = """\
<mark style="background: {bg}" title="{confidence}">{text}<small> {label}</small></mark>"""
# Where the checksum that gives a type its hue starts: so that the types of WNUT-2017, and those of
# WNUT-2016 and of CoNLL, are far apart.
_START = 393716
_HEAD = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Entities</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/2 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
.text { border-bottom: 1px solid #8884; padding: .5rem 0; overflow-wrap: anywhere }
mark { color: #111; padding: .2em .4em; border-radius: .3em }
small { font-weight: bold; margin-inline-start: .1em }
</style>
</head>
<body>
"""


class HtmlOutput(TextOutput):
    """
    The texts one below the other, each in the direction of its script. Each type has a colour; the
    confidence shows when the mouse rests on an entity.
    """

    suffixes = (".html", ".htm")
    head = _HEAD
    tail = "</body>\n</html>\n"

    def render(self, tagged: TaggedText) -> str:
        from spacy import displacy

        # displaCy escapes the text, and nothing else.
        document = {
            "text": tagged.text,
            "ents": [_mark(entity) for entity in tagged.entities],
            "settings": {"direction": "inherit"},
        }
        marked = displacy.render(
            document, style="ent", manual=True, jupyter=False, options={"template": _ENTITY}
        )
        return f'<div class="text" dir="auto">{marked}</div>\n'


def _mark(entity: Entity) -> dict[str, object]:
    confidence = "" if entity.confidence is None else f"confidence {entity.confidence:.3f}"
    hue = zlib.crc32(entity.type.encode(), _START) % 360
    return {
        "start": entity.start,
        "end": entity.end,
        "label": html.escape(entity.type),
        "params": {"bg": f"hsl({hue}, 80%, 80%)", "confidence": confidence},
    }
