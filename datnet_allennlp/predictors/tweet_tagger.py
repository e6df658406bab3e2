from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import Batch, Instance, Token
from allennlp.data.fields import MetadataField
from allennlp.data.tokenizers import Tokenizer
from allennlp.nn.util import move_to_device
from allennlp.predictors import Predictor

from datnet_allennlp.predictors.length_batches import Size, length_batches
from datnet_allennlp.predictors.stream_predictor import StreamPredictor
from datnet_allennlp.predictors.tweet_output import describe
from datnet_allennlp.predictors.tweet_record import (
    TweetRecord,
    check_record,
    join,
    locate,
    parse_line,
)
from datnet_allennlp.predictors.windows import windows

# Measured on tweets; they bound the memory that the model needs.
_BATCH_TOKENS = 2**11
_BATCH_CHARACTERS = 2**17


class Window(NamedTuple):
    """
    Records that are tagged together.

    # Parameters

    records : `List[TweetRecord]`
        Without their instances.
    batches : `List[Tuple[List[int], Dict[str, Any]]]`
        For each batch the indices of its records, and their tensors.
    """

    records: list[TweetRecord]
    batches: list[tuple[list[int], dict[str, Any]]]


@Predictor.register("tweet_tagger")
class TweetTaggerPredictor(StreamPredictor):
    """
    Tags raw or tokenised text and gives the entities with their character offsets.

    A record of the input holds one of

    - `"text"` (or `"sentence"`): a string, split by the `tokenizer` of the archive's dataset
      reader,
    - `"tokens"`: a list of strings, taken as they are; the text is then the tokens joined by
      single spaces,

    and may hold `"resource"`, the name of the resource whose tagger is to be used (the reader's
    default if it is missing). Any other key, such as `"id"`, is carried to the output unchanged,
    and so is `"resource"`.

    A record of the output holds

    - `"text"`: the text as given,
    - `"tokens"`, `"tags"`: lists of equally many strings; the tags are in the model's coding,
    - `"entities"`: a list of `{"type", "text", "start", "end"}`, where `start` and `end` count
      characters of the text, `end` is one past the last, and `text[start:end]` is the entity.

    The entities are read from the tags as conlleval does. That is the same as a strict reading
    unless the model decodes without constraints; then also a sequence that the coding forbids
    gives the entities that the evaluation counts. A text without tokens does not reach the model.

    Sentences of one resource and like length share a batch, in which the number of tokens is
    bounded. The order of the output is that of the input.

    Works with any model whose output holds `"tags"`, and any reader whose `text_to_instance`
    takes a list of tokens.
    """

    def load_line(self, line: str) -> JsonDict:
        return parse_line(line)

    def predict_json(self, inputs: JsonDict) -> JsonDict:
        return self.predict_batch_json([inputs])[0]

    def predict_batch_json(self, inputs: list[JsonDict]) -> list[JsonDict]:
        """
        # Returns

        `List[JsonDict]`
            One record of the output for each of the input, in the same order.

        # Raises

        `ConfigurationError`
            If a record is malformed. No record is tagged then.
        """
        return self._predict([self.read_json(each) for each in inputs])

    def predict_instance(self, instance: Instance) -> JsonDict:
        return self.predict_batch_instance([instance])[0]

    def predict_batch_instance(self, instances: list[Instance]) -> list[JsonDict]:
        """
        Tags instances that the dataset reader made, as `allennlp predict --use-dataset-reader`
        does. The text of each is its tokens joined by single spaces.
        """
        return self._predict([self.read_instance(each) for each in instances])

    def read_json(self, inputs: Any, show: Callable[[Any], str] = str) -> TweetRecord:
        text, words, carried = check_record(inputs)
        tokens = self._tokenize(text) if words is None else join(words)
        instance = self._instance(tokens, inputs) if tokens else None
        return TweetRecord.of(text, tokens, instance, carried, show(inputs))

    def read_instance(self, instance: Instance, show: Callable[[Any], str] = str) -> TweetRecord:
        self._dataset_reader.apply_token_indexers(instance)
        words = [token.ensure_text() for token in instance["tokens"]]  # type: ignore[attr-defined]
        own = instance if words else None
        return TweetRecord.of(" ".join(words), join(words), own, {}, show(instance))

    def prepare(self, records: Sequence[TweetRecord]) -> Window:
        batches = list(self._batches(records))
        return Window([record._replace(instance=None) for record in records], batches)

    def answer(self, window: Window) -> list[tuple[str, JsonDict]]:
        device = self._model._get_prediction_device()
        tags: dict[int, list[str]] = {}
        for indices, tensors in window.batches:
            # On the CPU nothing is to be moved, but AllenNLP would search all lists.
            on_device = tensors if device < 0 else move_to_device(tensors, device)
            tags.update(zip(indices, self._tag(on_device), strict=True))
        return [
            (record.shown, describe(record, tags.get(index, [])))
            for index, record in enumerate(window.records)
        ]

    def _predict(self, records: list[TweetRecord]) -> list[JsonDict]:
        """The outputs of records that are in memory already."""
        return [
            output
            for window in windows(records, lambda record: len(record.text))
            for _, output in self.answer(self.prepare(window))
        ]

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        return self.read_json(json_dict).instance or self._instance([], json_dict)

    def _instance(self, tokens: list[Token], record: JsonDict) -> Instance:
        options = {key: record[key] for key in record if key == "resource"}
        instance = self._dataset_reader.text_to_instance(tokens, **options)
        self._dataset_reader.apply_token_indexers(instance)
        return instance

    def _batches(self, window: Sequence[TweetRecord]) -> Iterator[tuple[list[int], dict[str, Any]]]:
        """For each batch the indices of its records in the window, and their tensors."""
        by_resource: defaultdict[Any, list[int]] = defaultdict(list)
        for index, record in enumerate(window):
            if record.instance is not None:
                by_resource[_resource(record.instance)].append(index)
        for indices in by_resource.values():
            sizes = [_size(window[index].words) for index in indices]
            for chosen in length_batches(sizes, _BATCH_TOKENS, _BATCH_CHARACTERS):
                members = [indices[i] for i in chosen]
                batch = Batch([cast(Instance, window[index].instance) for index in members])
                batch.index_instances(self._model.vocab)
                yield members, batch.as_tensor_dict()

    @torch.no_grad()
    def _tag(self, tensors: dict[str, Any]) -> list[list[str]]:
        output: Any = self._model.make_output_human_readable(self._model(**tensors))
        # AllenNLP declares tensors here; make_output_human_readable puts lists of strings.
        return output["tags"]

    def _tokenize(self, text: str) -> list[Token]:
        tokenizer = getattr(self._dataset_reader, "tokenizer", None)
        if not isinstance(tokenizer, Tokenizer):
            raise ConfigurationError(
                f"found no tokenizer in the archive's dataset reader "
                f"({type(self._dataset_reader).__name__}), expected the config key "
                '"dataset_reader.tokenizer", such as {"type": "tweet"}; '
                'without it records need "tokens" in place of "text"'
            )
        return locate(text, tokenizer.tokenize(text))


def _resource(instance: Instance) -> Any:
    field = instance.fields.get("resource")
    return field.metadata if isinstance(field, MetadataField) else None


def _size(words: list[str]) -> Size:
    return Size(len(words), max(map(len, words)))
