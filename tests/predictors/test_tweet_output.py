from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.data.tag_coding import read_spans_leniently
from datnet_allennlp.predictors.tweet_output import describe
from datnet_allennlp.predictors.tweet_record import TweetRecord

TAGS = st.lists(st.sampled_from(["O", *(f"{c}-{t}" for c in "BILUSEM" for t in ("x", "y-z"))]))


@given(TAGS)
def test_entities_are_those_of_the_whole_sequence(tags: list[str]) -> None:
    starts = [3 * i for i in range(len(tags))]
    record = TweetRecord(
        "", "ab " * len(tags), ["ab"] * len(tags), starts, [i + 2 for i in starts], {"id": 1}, None
    )
    output = describe(record, [*tags, "U-padding"])
    assert output["tags"] == tags
    assert list(output) == ["id", "text", "tokens", "tags", "entities"]
    assert [(e["start"] // 3, (e["end"] + 1) // 3, e["type"]) for e in output["entities"]] == list(
        map(tuple, read_spans_leniently(tags))
    )
