import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from datnet_allennlp.tagging.formats.html_page import HtmlOutput


class Page(HTMLParser):
    """The text of each `div.text` and of each `mark`, as a browser shows them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.marks: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        if tag == "mark":
            self.marks.append(("", dict(attributes)["title"]))
        if dict(attributes).get("class") == "text":
            self.texts.append("")
        if tag == "br":
            self.open.pop()
            self.texts[-1] += "\n"
        if tag == "meta":
            self.open.pop()

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if "small" in self.open or not self.texts:
            return
        self.texts[-1] += data
        if "mark" in self.open:
            text, title = self.marks[-1]
            self.marks[-1] = (text + data, title)


def test_a_page(write, tagged_texts) -> None:
    page = Page(write(HtmlOutput(), tagged_texts, "out.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert [" ".join(text.split()) for text in page.texts] == [
        " ".join(tagged.text.split()) for tagged in tagged_texts
    ]
    assert page.marks == [
        (entity.text, f"confidence {entity.confidence:.3f}")
        for tagged in tagged_texts
        for entity in tagged.entities
    ]


@pytest.mark.parametrize(
    "types, degrees",
    [
        (["corporation", "creative-work", "group", "location", "person", "product"], 35),
        (["LOC", "MISC", "ORG", "PER"], 50),
    ],
)
def test_types_have_colours_that_can_be_told_apart(write, tagged_texts, types, degrees) -> None:
    entity = tagged_texts[0].entities[0]
    tagged = [replace(tagged_texts[0], entities=[replace(entity, type=each)]) for each in types]
    page = write(HtmlOutput(), tagged, "out.html").read_text()
    hues = sorted(map(int, re.findall(r"hsl\((\d+),", page)))
    assert len(hues) == len(types)
    assert min(b - a for a, b in pairwise([*hues, hues[0] + 360])) >= degrees


def test_nothing_of_a_text_is_markup(write, tagged_texts) -> None:
    entity = replace(tagged_texts[0].entities[0], type="<script>&", text="", start=0, end=8)
    text = "<script>alert(1)</script>{bg}{0}"
    tagged = replace(tagged_texts[0], text=text, entities=[entity])
    content = write(HtmlOutput(), [tagged], "out.html").read_text()
    assert "script" not in Page(content).tags
    assert re.findall("<script", content) == []
    assert Page(content).texts[0].strip() == text
