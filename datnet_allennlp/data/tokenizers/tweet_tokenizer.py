"""A tokenizer for tweets that keeps the place of each token in the text."""

from allennlp.data.tokenizers import Token, Tokenizer

from datnet_allennlp.standalone.tweets import split


@Tokenizer.register("tweet")
class TweetTokenizer(Tokenizer):
    """
    Splits tweets with the patterns of `nltk.tokenize.TweetTokenizer`, which know user names,
    hashtags, URLs, emoticons and emoji, and keeps the offsets into the text as given, which NLTK
    does not. The case of letters is kept.

    Before the patterns are matched, the text is rewritten:

    - HTML entities such as `&amp;` or `&#39;` become the character that they stand for. Unlike in
      NLTK an unknown one stays as it is.
    - More than three equal characters in a row, if they are neither letters nor digits, become
      three, as in NLTK.
    - Variation selectors (U+FE0E, U+FE0F) become part of the character before them, so that they
      neither are tokens of their own nor part an emoji sequence.

    Three things differ from NLTK's patterns, to be nearer to the WNUT-2016 and WNUT-2017 corpora:
    the possessive `'s` is a token of its own (`don't` is one token), a curly apostrophe counts as
    a straight one, and no token contains white space, so telephone numbers and `. . .` are split
    at it. A token has at most 1,000 characters; longer ones are cut.

    The tokens have `text`, the rewritten text, and `idx` and `idx_end`, the stretch of the text as
    given, in characters, where `idx_end` is one past the last. They are in order and do not
    overlap, none is empty, and together they cover all that is not white space. Of a shortened run
    the third character covers the rest.
    """

    def tokenize(self, text: str) -> list[Token]:
        return [Token(*piece) for piece in split(text)]
