"""
What stock AllenNLP lacks to tag the same files: a reader of two columns, and a predictor that runs
offline. Both are as plain as AllenNLP's own.
"""

from typing import Dict, Iterable, List, Optional

from allennlp.data import DatasetReader, Instance, Token, TokenIndexer
from allennlp.data.dataset_readers.dataset_utils import to_bioul
from allennlp.data.fields import MetadataField, SequenceLabelField, TextField
from allennlp.data.tokenizers import WhitespaceTokenizer
from allennlp.models import Model
from allennlp.predictors import Predictor, SentenceTaggerPredictor


@DatasetReader.register("two_columns")
class TwoColumnsReader(DatasetReader):
    """AllenNLP's `conll2003` reader for files of two columns: the same fields, BIOUL tags."""

    def __init__(self, token_indexers: Dict[str, TokenIndexer], **kwargs) -> None:
        super().__init__(**kwargs)
        self._token_indexers = token_indexers

    def _read(self, file_path: str) -> Iterable[Instance]:
        with open(file_path, encoding="utf-8") as file:
            for block in file.read().split("\n\n"):
                rows = [line.split("\t") for line in block.splitlines() if line.strip()]
                if rows:
                    words, tags = zip(*rows, strict=True)
                    yield self.text_to_instance([Token(word) for word in words], list(tags))

    def text_to_instance(  # type: ignore[override]
        self, tokens: List[Token], tags: Optional[List[str]] = None
    ) -> Instance:
        sequence = TextField(tokens, self._token_indexers)
        metadata = MetadataField({"words": [token.text for token in tokens]})
        instance = Instance({"tokens": sequence, "metadata": metadata})
        if tags is not None:
            instance.add_field("tags", SequenceLabelField(to_bioul(tags, "BIO"), sequence))
        return instance


@Predictor.register("whitespace_sentence_tagger")
class WhitespaceSentenceTagger(SentenceTaggerPredictor):
    """`sentence_tagger`, whose spaCy model cannot be had offline, with words split at spaces."""

    def __init__(self, model: Model, dataset_reader: DatasetReader) -> None:
        Predictor.__init__(self, model, dataset_reader)
        self._tokenizer = WhitespaceTokenizer()
