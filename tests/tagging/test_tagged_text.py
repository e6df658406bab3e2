from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.data.tag_coding import read_spans_leniently
from datnet_allennlp.tagging.tagged_text import (
    Alternative,
    Entity,
    TaggedText,
    locate_entities,
    read_entities,
)
from datnet_allennlp.tagging.text_record import TextRecord

TAGS = st.lists(st.sampled_from(["O", *(f"{c}-{t}" for c in "BILUSEM" for t in ("x", "y-z"))]))


@given(TAGS)
def test_entities_are_those_of_the_whole_sequence(tags: list[str]) -> None:
    starts = [3 * i for i in range(len(tags))]
    words = ["ab"] * len(tags)
    record = TextRecord("ab " * len(tags), words, starts, [i + 2 for i in starts], {}, None)
    spans = read_entities(tags)
    assert spans == read_spans_leniently(tags)
    entities = locate_entities(record, spans)
    assert [(e.start // 3, (e.end + 1) // 3, e.type) for e in entities] == list(map(tuple, spans))
    assert [(e.first_token, e.end_token, e.type) for e in entities] == list(map(tuple, spans))
    assert all(e.text == record.text[e.start : e.end] for e in entities)


def test_a_line_of_the_output() -> None:
    entity = Entity("PER", "Ada", 1, 4, 0, 1, 0.12345678)
    best = Alternative(0.98765432, ["U-PER"], [Entity("PER", "Ada", 1, 4, 0, 1)])
    tagged = TaggedText(" Ada", ["Ada"], ["U-PER"], [entity], [(1, 4)], [best], {"id": 7})
    place = {
        "type": "PER",
        "text": "Ada",
        "start": 1,
        "end": 4,
        "first_token": 0,
        "end_token": 1,
    }
    expected = {
        "id": 7,
        "text": " Ada",
        "tokens": ["Ada"],
        "tags": ["U-PER"],
        "entities": [{**place, "confidence": 0.123457}],
        "alternatives": [{"probability": 0.987654, "tags": ["U-PER"], "entities": [place]}],
    }
    assert tagged.to_dict() == expected
    assert list(tagged.to_dict()) == list(expected)
