"""A reader of raw text without tags."""

import json
from typing import Any, Dict, Iterator, List, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, TokenIndexer, Tokenizer

from datnet_allennlp.data.column_file import ColumnSentence, decode_line, read_blocks
from datnet_allennlp.data.dataset_readers.conll_columns import ConllColumnsReader
from datnet_allennlp.standalone.file_kinds import TaggedLines


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
    not UTF-8, a file without text, and one of JSON or of columns with tags.
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
            num_sentences = 0
            tagged = TaggedLines()
            for first_line, lines in read_blocks(path):
                for number, line in enumerate(lines, start=first_line):
                    text = decode_line(path, number, line)
                    tokens = self.tokenizer.tokenize(text)
                    if not tokens:
                        continue
                    num_sentences += 1
                    if num_sentences == 1:
                        _check_no_json(path, number, text)
                    if tagged.add(text):
                        raise _of_columns(path)
                    words = [token.ensure_text() for token in tokens]
                    yield ColumnSentence(path, number, words, [])
            if not num_sentences:
                raise ConfigurationError(f"{path}: found no text, expected a sentence a line")
            if tagged.are_all:
                raise _of_columns(path)


def _check_no_json(path: str, number: int, text: str) -> None:
    try:
        is_json = isinstance(json.loads(text), (dict, list))
    except ValueError:
        is_json = text.strip() in ("{", "[")
    if is_json:
        raise ConfigurationError(
            f"{path}:{number}: found JSON, expected a sentence a line, text alone"
        )


def _of_columns(path: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: found columns of tokens and tags, expected a sentence a line; 'conll_columns' "
        "with tag_column null reads the tokens of columns"
    )
