import pytest

from datnet_allennlp.data.tag_coding import Span
from datnet_allennlp.data.tokenizers import TweetTokenizer
from datnet_allennlp.tagging.tagged_text import TaggedText, locate_entities
from datnet_allennlp.tagging.text_record import TextRecord

# Text and entities, by tokens: empty, emoji, HTML, right to left, line ends inside.
TEXTS = [
    ("Mia Torres  sails &amp; Kai in Dublin", [Span(0, 2, "PER"), Span(4, 5, "PER")]),
    ("", []),
    ("😂 👩‍🚀 Zoë's boat", [Span(2, 3, "PER")]),
    ("נועה גרה בחיפה", [Span(0, 1, "PER"), Span(2, 3, "geo-loc")]),
    (' <b>Ada</b>, "x" ', [Span(1, 2, "PER")]),
    ("two\r\nlines in Dublin\n", [Span(3, 4, "geo-loc")]),
    ("\u3000 \t", []),
]


@pytest.fixture
def tagged_texts() -> list[TaggedText]:
    """Texts with entities put there by hand."""
    tagged = []
    for text, spans in TEXTS:
        tokens = TweetTokenizer().tokenize(text)
        record = TextRecord.of(text, tokens, None, {})
        entities = locate_entities(record, spans, [0.75 + 0.125 * i for i in range(len(spans))])
        places = list(zip(record.starts, record.ends, strict=True))
        tags = ["O"] * len(tokens)
        tagged.append(TaggedText(text, record.words, tags, entities, places))
    assert [e.text for t in tagged for e in t.entities] == [
        *("Mia Torres", "Kai", "Zoë", "נועה", "בחיפה", "Ada", "Dublin")
    ]
    return tagged


@pytest.fixture
def write(tmp_path):
    """Writes texts in a format, as `tag_file` does, and returns the file."""

    def write(output, tagged_texts, name):
        path = tmp_path / name
        with output.open(str(path)) as write:
            for number, tagged in enumerate(tagged_texts, start=1):
                write(number, output.render(tagged))
                assert not path.exists()
        return path

    return write
