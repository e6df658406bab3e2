"""A reader of any CoNLL-style column file."""

from itertools import islice
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance, Token, TokenIndexer, Tokenizer
from allennlp.data.fields import Field, MetadataField
from allennlp.data.token_indexers import SingleIdTokenIndexer

from datnet_allennlp.data.column_file import ColumnSentence, read_column_file
from datnet_allennlp.data.corpus_part import CorpusPart
from datnet_allennlp.data.indexed_text_field import IndexedTextField
from datnet_allennlp.data.remembering_indexers import PerWord, RememberingIndexers
from datnet_allennlp.data.sentence_metadata import SentenceMetadata
from datnet_allennlp.data.tag_coding import ForbiddenTag, all_tags, read_spans, write_tags
from datnet_allennlp.data.tag_field import TagField
from datnet_allennlp.data.tokenizers import TweetTokenizer

DataPath = Union[str, List[str], Mapping[str, Any]]

FILE_CODINGS = ("IOB1", "IOB2", "IOBES")
MODEL_CODINGS = ("IOB1", "BIO", "BIOUL", "BMES")


@DatasetReader.register("conll_columns")
class ConllColumnsReader(DatasetReader):
    """
    Reads column files (`read_column_file`) into instances with the fields `tokens`, `tags` and
    `metadata` (`words`, and `origin`: file and line of the first token). Sentences that
    hold the same word share its `Token`, so tokens must not be changed.

    Registered as a `DatasetReader` with name "conll_columns".

    # Parameters

    token_indexers : `Dict[str, TokenIndexer]`, optional
        Default: one `single_id` indexer under the key `tokens`.
    tag_namespace : `str`, optional (default = `"tags"`)
        The vocabulary namespace of the tags.
    token_column, tag_column : `int`, optional (default = 0 and -1)
        Which column holds the token and which the tag, from 0; -1 is the last. With a `tag_column`
        of null the instances have no tags, see `DatnetTagger`'s `unlabelled`.
    comments : `str`, optional
        What lines of comments before a sentence begin with, such as `#`; see `read_column_file`.
    file_coding : `str`, optional (default = `"IOB2"`)
        The coding of the tags in the file: `IOB1`, `IOB2` or `IOBES`.
    coding : `str`, optional (default = `"BIOUL"`)
        The coding of the tags in the model: one of AllenNLP's `IOB1`, `BIO`, `BIOUL`, `BMES`.
    entity_types : `List[str]`, optional
        All types that a file may hold; any other is an error. The vocabulary gets the tags of all
        of them, for a small sample of a corpus seldom holds each. Without it, the vocabulary gets
        the tags that training holds.
    tokenizer : `Tokenizer`, optional (default = `TweetTokenizer()`)
        How a predictor splits raw text for this reader. Files are never split anew.

    A data path is what `CorpusPart` takes: a file, a list of files, which are one corpus, or a
    mapping that says which of their sentences are used.

    Raises `ConfigurationError`, naming file and line, for what `read_column_file` refuses, for tags
    that `file_coding` forbids and for entity types that `entity_types` lacks.
    """

    def __init__(
        self,
        token_indexers: Optional[Dict[str, TokenIndexer]] = None,
        tag_namespace: str = "tags",
        token_column: int = 0,
        tag_column: Optional[int] = -1,
        comments: Optional[str] = None,
        file_coding: str = "IOB2",
        coding: str = "BIOUL",
        entity_types: Optional[List[str]] = None,
        tokenizer: Optional[Tokenizer] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            manual_distributed_sharding=True, manual_multiprocess_sharding=True, **kwargs
        )
        for key, value, known in (
            ("file_coding", file_coding, FILE_CODINGS),
            ("coding", coding, MODEL_CODINGS),
        ):
            if value not in known:
                raise ConfigurationError(f"{key}: found '{value}', expected one of {list(known)}")
        if comments == "":
            raise ConfigurationError("comments: found '', expected what they begin with, as '#'")
        self._token_indexers = RememberingIndexers(
            token_indexers or {"tokens": SingleIdTokenIndexer()}
        )
        self._tokens = PerWord(Token)
        self._tag_namespace = tag_namespace
        self._token_column = token_column
        self._tag_column = tag_column
        self._comments = comments
        self._file_coding = file_coding
        self._coding = coding
        self._entity_types = set(entity_types) if entity_types is not None else None
        self._all_tags = None if entity_types is None else all_tags(entity_types, coding)
        self.tokenizer = tokenizer or TweetTokenizer()

    def _read(self, file_path: DataPath) -> Iterable[Instance]:
        for sentence in self.shard_iterable(self._chosen(file_path)):
            yield self._instance(sentence)

    def count_sentences(self, file_path: DataPath) -> int:
        """How many sentences all workers together make instances of. Reads the files."""
        number = sum(1 for _ in self._chosen(file_path))
        return number if self.max_instances is None else min(number, self.max_instances)

    def _sentences(self, paths: List[str]) -> Iterator[ColumnSentence]:
        for path in paths:
            yield from read_column_file(path, self._token_column, self._tag_column, self._comments)

    def _chosen(self, data_path: DataPath) -> Iterator[ColumnSentence]:
        """The sentences that a data path stands for, in file order."""
        part = CorpusPart.of(data_path)
        if part.is_whole:
            yield from self._sentences(part.paths)
            return
        if part.is_start:
            yield from islice(self._sentences(part.paths), part.max_sentences)
            return
        # Counting first costs a second reading, and keeps memory bounded for files of any size.
        chosen = set(part.chosen(sum(1 for _ in self._sentences(part.paths))))
        for i, sentence in enumerate(self._sentences(part.paths)):
            if i in chosen:
                yield sentence

    def _instance(self, sentence: ColumnSentence) -> Instance:
        tags = None if self._tag_column is None else self._tags(sentence)
        tokens = list(map(self._tokens.__getitem__, sentence.tokens))
        return self._from_words(sentence.tokens, tokens, tags, sentence.origin())

    def _tags(self, sentence: ColumnSentence) -> List[str]:
        try:
            spans = read_spans(sentence.tags, self._file_coding)
        except ForbiddenTag as error:
            fitting = [f"'{coding}'" for coding in FILE_CODINGS if _fits(sentence.tags, coding)]
            hint = f"; {' or '.join(fitting)} fits this sentence" if fitting else ""
            raise ConfigurationError(
                f"{sentence.origin(error.index)}: found {error.found}, expected {error.expected} "
                f"(the reader's file_coding is {self._file_coding}{hint})"
            ) from None
        if self._entity_types is not None:
            for span in spans:
                if span.entity_type not in self._entity_types:
                    raise ConfigurationError(
                        f"{sentence.origin(span.start)}: found entity type '{span.entity_type}', "
                        f"expected one of {sorted(self._entity_types)}"
                    )
        return write_tags(spans, len(sentence.tokens), self._coding)

    def text_to_instance(
        self,
        tokens: List[Token],
        tags: Optional[List[str]] = None,
        origin: Optional[str] = None,
    ) -> Instance:
        """
        # Parameters

        tokens : `List[Token]`
        tags : `List[str]`, optional
            In the model's coding; left out at prediction time.
        origin : `str`, optional
            Where the sentence stands, as `file:line`.
        """
        words = [token.ensure_text() for token in tokens]
        return self._from_words(words, tokens, tags, origin)

    def _from_words(
        self,
        words: List[str],
        tokens: List[Token],
        tags: Optional[List[str]],
        origin: Optional[str],
    ) -> Instance:
        text_field = IndexedTextField(tokens)
        metadata = SentenceMetadata(words, origin)
        fields: Dict[str, Field] = {"tokens": text_field, "metadata": MetadataField(metadata)}
        if tags is not None:
            fields["tags"] = TagField(tags, text_field, self._tag_namespace, origin, self._all_tags)
        return Instance(fields)

    def apply_token_indexers(self, instance: Instance) -> None:
        instance.fields["tokens"].token_indexers = self._token_indexers  # type: ignore[attr-defined]


def _fits(tags: Sequence[str], coding: str) -> bool:
    try:
        read_spans(tags, coding)
    except ForbiddenTag:
        return False
    return True
