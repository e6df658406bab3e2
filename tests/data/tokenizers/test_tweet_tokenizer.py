import html
import re
import time

import pytest
from allennlp.common import Params
from allennlp.data.tokenizers import Tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.tokenize import TweetTokenizer as NltkTweetTokenizer
from nltk.tokenize.casual import HANG_RE

from datnet_allennlp.data.tokenizers import TweetTokenizer
from datnet_allennlp.standalone import tweets

TOKENIZER = TweetTokenizer()
PIECES = [
    *(
        "&amp;",
        "&lt;3",
        "&#39;",
        "&#x1F602;",
        "&nbsp;",
        "&unknown;",
        "&",
        "&#0;",
        "&NotEqualTilde;",
    ),
    *(
        "!!!!!",
        "......",
        ". . .",
        "😂😂😂😂😂",
        "❤\ufe0f",
        "\u200d",
        "👍🏽",
        "👨‍👩‍👧",
        "🇳🇱",
        "\ufe0f",
    ),
    *(
        "@user",
        "#tag",
        "http://t.co/aB1",
        ":-)",
        "don't",
        "Ann's",
        "Ann\u2019s",
        "'s",
        " ",
        "\n\t",
        "\x1c",
    ),
    *(
        "555 123 4567",
        "x",
        "é",
        "e\u0301",
        "हिन्दी",
        "٣",
        "日本",
        "\u200b",
        "\ud800",
        "\x00",
        "-",
        "'",
        "_",
    ),
]
# Of entities only those in PIECES, since the tests below know what these stand for.
TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="&"), max_size=60),
    st.lists(st.sampled_from(PIECES)).map("".join),
)


def words(text: str) -> list[str]:
    return [token.text for token in TOKENIZER.tokenize(text)]


# The same, character by character and without a memory: what the tokenizer is to do.
ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
POSSESSIVE = re.compile(r"'s(?![\w'-])", re.IGNORECASE)
BEFORE_POSSESSIVE = re.compile(r"([@#]?\w[\w'-]*)'s", re.IGNORECASE)


def decode(match):
    decoded = html.unescape(match[0])
    return decoded if len(decoded) == 1 else match[0]


def substitute(pattern, replacement, characters):
    text = "".join(char for char, _, _ in characters)
    result, done = [], 0
    for match in pattern.finditer(text):
        new, covered = replacement(match), characters[match.start() : match.end()]
        result += characters[done : match.start()]
        result += [(char, *covered[i][1:]) for i, char in enumerate(new)]
        result[-1] = (*result[-1][:2], covered[-1][2])
        done = match.end()
    return result + characters[done:]


def slow_tokens(text: str) -> list[tuple[str, int, int]]:
    characters = [(char, i, i + 1) for i, char in enumerate(text)]
    characters = substitute(ENTITY, decode, characters)
    characters = substitute(re.compile("(\\S)[\ufe0e\ufe0f]+"), lambda match: match[1], characters)
    characters = substitute(HANG_RE, lambda match: match[1] * 3, characters)
    rewritten = "".join(char for char, _, _ in characters)
    matched = rewritten.replace("\u2019", "'")
    words = NltkTweetTokenizer(match_phone_numbers=False).WORD_RE
    tokens = []
    for chunk in re.finditer(r"\S+", matched):
        start = chunk.start()
        while start < chunk.end():
            if found := POSSESSIVE.match(matched, start, chunk.end()):
                end = found.end()
            else:
                end = words.match(matched, start, min(chunk.end(), start + 1000)).end()
                if found := BEFORE_POSSESSIVE.fullmatch(matched, start, end):
                    end = found.end(1)
            tokens.append((rewritten[start:end], characters[start][1], characters[end - 1][2]))
            start = end
    return tokens


def as_tuples(text: str) -> list[tuple[str, int, int]]:
    return [(token.text, token.idx, token.idx_end) for token in TOKENIZER.tokenize(text)]


@pytest.mark.long
@settings(max_examples=1000)
@given(TEXTS)
def test_tokens_are_those_of_the_slow_way(text: str) -> None:
    assert as_tuples(text) == slow_tokens(text)


@settings(max_examples=300)
@given(st.text("aS's\u2019@#-_.:;/8=D!&\ufe0f\u200d👍🏽 ", max_size=30))
def test_tokens_of_what_patterns_hinge_on(text: str) -> None:
    assert as_tuples(text) == slow_tokens(text)


@pytest.mark.long
@settings(max_examples=80)
@given(
    st.sampled_from(
        ["a1.-", "a.", "A1.-@_", "ab.-h:/", "1-.", "a'.-\u2019s", "aé.\u212a1-", "#@a._1"]
    ),
    st.lists(
        st.sampled_from(["a.com", "x@y.z", "http://t.co/", "ab.", ".de/", "aa@", "ſ.a", "\u200d"])
    ),
    st.integers(301, 800),
    st.randoms(use_true_random=False),
)
def test_long_texts_without_space_are_split_as_the_slow_way_does(
    alphabet: str, words: list[str], length: int, random
) -> None:
    characters = random.choices(alphabet, k=length)
    for word in words:
        characters[random.randrange(length)] = word
    text = "".join(characters)
    assert as_tuples(text) == slow_tokens(text)


@pytest.mark.parametrize(
    "text",
    [
        "a." * 1000,
        "a." * 700 + "com/x." + "1-" * 300,
        "1.a-" * 130 + "com" + ".b" * 300,
        "-1-" * 400,
        "a" * 1001,
        "a" * 2500 + "'s",
        "x" * 32 + "!!!!!! " + "y" * 33 + "'s " + "'s" * 40,
        "&amp;&amp;&amp;&amp;&amp;&lt;3 ❤\ufe0f\ufe0f❤\ufe0e!!!!!!&#33;!",
        "    &nbsp;&nbsp;&nbsp;&nbsp;a",
        "http://t.co/" + "a1" * 600 + "'s",
    ],
)
def test_long_and_rewritten_texts_are_split_as_the_slow_way_does(text: str) -> None:
    assert as_tuples(text) == slow_tokens(text)


def test_what_is_remembered_is_bounded() -> None:
    before = tweets._remembered_pieces.cache_info()
    assert before.maxsize is not None and before.maxsize <= 2**16
    words("1" * 33)
    assert tweets._remembered_pieces.cache_info() == before


@settings(max_examples=200)
@given(TEXTS)
def test_offsets_of_any_text(text: str) -> None:
    done = 0
    for token in TOKENIZER.tokenize(text):
        assert 0 <= done <= token.idx < token.idx_end <= len(text)
        assert token.text
        assert not re.search(r"\s", token.text)
        # Nothing but white space, or entities that stand for it, lies between tokens.
        assert not re.sub(r"&nbsp;", "", text[done : token.idx]).strip()
        done = token.idx_end
    assert not re.sub(r"&nbsp;", "", text[done:]).strip()


@settings(max_examples=200)
@given(TEXTS)
def test_raw_text_decodes_to_the_token(text: str) -> None:
    entities = {
        "&amp;": "&",
        "&lt;": "<",
        "&#39;": "'",
        "&#x1F602;": "😂",
        "&nbsp;": "\xa0",
        "&#0;": "\ufffd",
    }
    for token in TOKENIZER.tokenize(text):
        raw = text[token.idx : token.idx_end]
        decoded = re.sub("|".join(entities), lambda match: entities[match[0]], raw)
        if decoded != token.text:
            decoded = re.sub("(?<=\\S)[\ufe0e\ufe0f]+", "", decoded)
            # What is left are runs, of which three characters are shown.
            decoded = re.sub(r"([\W_])\1\1\1+", r"\1\1\1", decoded)
            shown = token.text
            if decoded != shown:
                # The run goes on in the token before: its last character covers the rest.
                decoded = re.sub(r"^([\W_])\1+", r"\1", decoded)
                shown = re.sub(r"^([\W_])\1+", r"\1", shown)
            assert decoded == shown


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            "@user #tag http://t.co/aB1 :-) <3 don't RT well-known 7:30 30,000 $5 100% yes!!!!! "
            "well... "
            "😂😂😂😂😂 👍🏽 👨‍👩‍👧 🇳🇱 &amp; &lt;3 &#39;x a@b.example -> <b> naïve 日本 --".split()
        )
    ).map(" ".join)
)
def test_words_are_those_of_nltk(text: str) -> None:
    assert words(text) == NltkTweetTokenizer(match_phone_numbers=False).tokenize(text)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("RT @some_user: see http://t.co/aB1?x=1", "RT @some_user : see http://t.co/aB1?x=1"),
        ("#win :-) :D <3", "#win :-) :D <3"),
        ("I don't, they\u2019re", "I don't , they\u2019re"),
        ("Ann's dog, ANN\u2019S dog", "Ann 's dog , ANN \u2019S dog"),
        ("the 1990's", "the 1990 's"),
        ("Ann 's", "Ann 's"),
        ("@ann's #tag's", "@ann 's #tag 's"),
        ("'s-Gravenhage it'sok", "' s-Gravenhage it'sok"),
        ("😂👍🏽👨‍👩‍👧🇳🇱🇩🇪", "😂 👍🏽 👨‍👩‍👧 🇳🇱 🇩🇪"),
        ("a ❤\ufe0f\u200d🔥 b", "a ❤\u200d🔥 b"),
        ("call 555 123 4567 . . .", "call 555 123 4567 . . ."),
        ("&lt;3 R&amp;D &#39;ok&#39; &nope; &amp", "<3 R & D ' ok ' & nope ; & amp"),
        ("a&nbsp;b", "a b"),
        ("no way!!!!!!", "no way ! ! !"),
        ("well.......", "well ..."),
    ],
)
def test_tokens(text: str, expected: str) -> None:
    assert words(text) == expected.split(" ")


@pytest.mark.parametrize("text", ["", " ", "\n\t \x1c\u3000", "&nbsp; &#32;"])
def test_no_tokens(text: str) -> None:
    assert words(text) == []


def test_offsets_count_the_raw_characters() -> None:
    text = "  AT&amp;T &lt;3  wow!!!!!! Zoë\u2019s"
    assert [(t.text, text[t.idx : t.idx_end]) for t in TOKENIZER.tokenize(text)] == [
        ("AT", "AT"),
        ("&", "&amp;"),
        ("T", "T"),
        ("<3", "&lt;3"),
        ("wow", "wow"),
        ("!", "!"),
        ("!", "!"),
        ("!", "!!!!"),
        ("Zoë", "Zoë"),
        ("\u2019s", "\u2019s"),
    ]


def test_a_long_text() -> None:
    text = " ".join(f"@user{i} don't see #tag{i}" for i in range(1250))
    assert len(TOKENIZER.tokenize(text)) == 5000


@pytest.mark.long
@pytest.mark.parametrize(
    "text, num_tokens",
    [
        ("!" * 100_000, 3),
        ("." * 100_000, 1),
        ("😂" * 100_000, 3),
        ("a" * 100_000, 100),
        ("1" * 100_000, 100),
        ("<a" * 20_000, 40_000),
        ("a." * 50_000, 100_000),
        ("1." * 50_000, None),
        ("a1.-" * 25_000, None),
        ("a." * 50_000 + "com", None),
        ("a.aa@" * 20_000, None),
        ("http:a" + ";," * 20_000, None),
        ("&amp;" * 20_000, 3),
        ("👍🏽" * 20_000, 20_000),
        ("'s" * 20_000, None),
    ],
)
def test_hard_texts_do_not_hang(text: str, num_tokens: int | None) -> None:
    began = time.process_time()
    tokens = TOKENIZER.tokenize(text)
    # Of the processor, some times what it takes.
    assert time.process_time() - began < 8
    assert tokens[-1].idx_end == len(text)
    assert num_tokens is None or len(tokens) == num_tokens


def test_is_registered() -> None:
    assert isinstance(Tokenizer.from_params(Params({"type": "tweet"})), TweetTokenizer)
