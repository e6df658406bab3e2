import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.data import Token
from allennlp.data.tokenizers import LettersDigitsTokenizer, WhitespaceTokenizer
from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.tagging.text_record import check_record, join, locate, parse_line


def test_a_text_and_a_list_of_words() -> None:
    assert check_record({"id": 1, "sentence": "a b"}) == ("a b", None, {"id": 1})
    record = {"tokens": ["a", "b"], "resource": "r"}
    assert check_record(record) == ("a b", ["a", "b"], {"resource": "r"})
    assert [(token.text, token.idx, token.idx_end) for token in join(["ab", "c"])] == [
        ("ab", 0, 2),
        ("c", 3, 4),
    ]


@pytest.mark.parametrize("tokenizer", [WhitespaceTokenizer(), LettersDigitsTokenizer()])
@given(text=st.text(st.sampled_from("ab1. ")))
def test_tokens_of_any_tokenizer_get_their_places(tokenizer, text: str) -> None:
    tokens = locate(text, tokenizer.tokenize(text))
    assert [text[token.idx : token.idx_end] for token in tokens] == [t.text for t in tokens]
    places = [place for token in tokens for place in (token.idx, token.idx_end)]
    assert places == sorted(places)
    assert "".join(t.text for t in tokens) == text.replace(" ", "")


def test_a_token_that_is_not_in_the_text() -> None:
    with pytest.raises(ConfigurationError, match="found the token 'a' .* after character 1"):
        locate("a b", [Token("a"), Token("a")])


def test_what_is_wrong_is_named() -> None:
    assert parse_line('{"text": "a"}\n') == {"text": "a"}
    with pytest.raises(ConfigurationError, match="found a list, expected a JSON object"):
        parse_line("[1]")
    with pytest.raises(ConfigurationError, match='found null under "text", expected a string'):
        check_record({"text": None})
    with pytest.raises(ConfigurationError, match="found ' ' as token 1, expected a word"):
        check_record({"tokens": ["a", " "]})
