"""A reader of raw text without tags."""

from typing import Any, Dict, Iterator, List, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, TokenIndexer, Tokenizer

from datnet_allennlp.data.column_file import ColumnSentence, decode_line, read_blocks
from datnet_allennlp.data.dataset_readers.conll_columns import ConllColumnsReader


@DatasetReader.register("raw_text")
class RawTextReader(ConllColumnsReader):
    """
    Reads text files, plain or `.gz`, a sentence a line, into instances without tags: for a resource
    that only the discriminator reads (`DatnetTagger`'s `unlabelled`).

    Registered as a `DatasetReader` with name "raw_text".

    # Parameters

    token_indexers : `Dict[str, TokenIndexer]`, optional
        Default: one `single_id` indexer under the key `tokens`.
    tokenizer : `Tokenizer`, optional (default = `TweetTokenizer()`)
    kwargs : `Any`
        As in `ConllColumnsReader`; what is about tags is ignored.

    Raises `ConfigurationError`, naming file and line, for a missing or damaged file, text that is
    not UTF-8 and a file without text.
    """

    def __init__(
        self,
        token_indexers: Optional[Dict[str, TokenIndexer]] = None,
        tokenizer: Optional[Tokenizer] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(token_indexers, tokenizer=tokenizer, **{**kwargs, "tag_column": None})

    def _sentences(self, paths: List[str]) -> Iterator[ColumnSentence]:
        for path in paths:
            found_any = False
            for first_line, lines in read_blocks(path):
                for number, line in enumerate(lines, start=first_line):
                    tokens = self.tokenizer.tokenize(decode_line(path, number, line))
                    if tokens:
                        found_any = True
                        words = [token.ensure_text() for token in tokens]
                        yield ColumnSentence(path, number, words, [])
            if not found_any:
                raise ConfigurationError(f"{path}: found no text, expected a sentence a line")
