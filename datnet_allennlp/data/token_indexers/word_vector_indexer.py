"""Indexes a word by the first of its forms that has a vector."""

from typing import Any, Dict, List, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data.token_indexers.token_indexer import IndexedTokenList, TokenIndexer
from allennlp.data.tokenizers import Token
from allennlp.data.vocabulary import Vocabulary

from datnet_allennlp.data.word_lookup import FallbackLookup, WordLookup


@TokenIndexer.register("word_vectors")
class WordVectorIndexer(TokenIndexer):
    """
    Maps each token to the id of the first form of it, in the order of `lookup`, that the vocabulary
    holds; to the id of the unknown word where it holds none. No words are counted here: they come
    from the embedder `word_vectors`, whose file may hold words that training never saw.

    Registered as a `TokenIndexer` with name "word_vectors".

    # Parameters

    namespace : `str`
        The vocabulary namespace of the words, `target_tokens` for example.
    lookup : `WordLookup`, optional (default = `FallbackLookup()`)

    Raises `ConfigurationError` where the vocabulary has no words in the namespace.
    """

    def __init__(
        self,
        namespace: str,
        lookup: Optional[WordLookup] = None,
        token_min_padding_length: int = 0,
    ) -> None:
        super().__init__(token_min_padding_length)
        self.namespace = namespace
        self.lookup = lookup or FallbackLookup()

    def count_vocab_items(self, token: Token, counter: Dict[str, Dict[str, int]]) -> None:
        pass

    def tokens_to_indices(self, tokens: List[Token], vocabulary: Vocabulary) -> IndexedTokenList:
        ids = vocabulary.get_token_to_index_vocabulary(self.namespace)
        if len(ids) < 3:  # padding and the unknown word
            raise ConfigurationError(
                f"token_indexers.namespace: found no words in the vocabulary's '{self.namespace}', "
                "expected those of an embedder 'word_vectors' with this vocab_namespace (for "
                "trained embeddings: the indexer 'single_id')"
            )
        unknown = ids[vocabulary._oov_token]
        indices: List[Any] = []
        for token in tokens:
            forms = self.lookup.forms(token.text)  # type: ignore[arg-type]
            indices.append(next((ids[form] for form in forms if form in ids), unknown))
        return {"tokens": indices}

    def get_empty_token_list(self) -> IndexedTokenList:
        return {"tokens": []}
