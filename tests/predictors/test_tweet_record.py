import pytest
from allennlp.common.checks import ConfigurationError

from datnet_allennlp.predictors.tweet_record import check_record, join, parse_line


def test_a_text_and_a_list_of_words() -> None:
    assert check_record({"id": 1, "sentence": "a b"}) == ("a b", None, {"id": 1})
    record = {"tokens": ["a", "b"], "resource": "r"}
    assert check_record(record) == ("a b", ["a", "b"], {"resource": "r"})
    assert [(token.text, token.idx, token.idx_end) for token in join(["ab", "c"])] == [
        ("ab", 0, 2),
        ("c", 3, 4),
    ]


def test_what_is_wrong_is_named() -> None:
    assert parse_line('{"text": "a"}\n') == {"text": "a"}
    with pytest.raises(ConfigurationError, match="found a list, expected a JSON object"):
        parse_line("[1]")
    with pytest.raises(ConfigurationError, match='found null under "text", expected a string'):
        check_record({"text": None})
    with pytest.raises(ConfigurationError, match="found ' ' as token 1, expected a word"):
        check_record({"tokens": ["a", " "]})
