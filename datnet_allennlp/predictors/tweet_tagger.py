import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import Batch, Instance, Token
from allennlp.data.fields import MetadataField
from allennlp.data.tokenizers import Tokenizer
from allennlp.nn.util import move_to_device
from allennlp.predictors import Predictor

from datnet_allennlp.data.tag_coding import read_spans_leniently
from datnet_allennlp.predictors.length_batches import Size, length_batches
from datnet_allennlp.predictors.stream_predictor import StreamPredictor

_INPUT_KEYS = ("text", "sentence", "tokens")
_OUTPUT_KEYS = ("tags", "entities")

# Sizes measured on tweets. Those of a batch bound what the model needs, those of a window what is
# read before it is written.
_BATCH_TOKENS = 2**11
_BATCH_CHARACTERS = 2**17
_WINDOW_RECORDS = 2**11
_WINDOW_TOKENS = 2**16


class _Record(NamedTuple):
    """A record or instance of the input, and `instance`, what the model gets, if anything."""

    given: Any
    text: str
    tokens: list[Token]
    carried: JsonDict
    instance: Optional[Instance]


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
        try:
            return _require_object(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(
                f"cannot read the line {_shorten(line.strip())}: found {error}, expected one JSON "
                'object a line, such as {"text": "..."}'
            ) from error

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

    def read_instance(self, instance: Instance) -> _Record:
        self._dataset_reader.apply_token_indexers(instance)
        words = [token.ensure_text() for token in instance["tokens"]]  # type: ignore[attr-defined]
        return _Record(instance, " ".join(words), _join(words), {}, instance if words else None)

    def predict_stream(
        self, records: Iterable[_Record], at_once: bool = False
    ) -> Iterator[tuple[Any, JsonDict]]:
        for window in _windows(records, 1 if at_once else _WINDOW_RECORDS):
            tags: dict[int, list[str]] = {}
            for indices, tensors in self._batches(window):
                tags.update(zip(indices, self._tag(tensors), strict=True))
            for index, record in enumerate(window):
                # AllenNLP's `simple_tagger` tags the padding too.
                own = tags.get(index, [])[: len(record.tokens)]
                described = _describe(record.text, record.tokens, own)
                yield record.given, {**record.carried, **described}

    def _predict(self, records: list[_Record]) -> list[JsonDict]:
        """The outputs of records that are in memory already."""
        return [output for _, output in self.predict_stream(records)]

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        record = self.read_json(json_dict)
        return record.instance or self._instance(record.tokens, json_dict)

    def _instance(self, tokens: list[Token], record: JsonDict) -> Instance:
        options = {key: record[key] for key in record if key == "resource"}
        instance = self._dataset_reader.text_to_instance(tokens, **options)
        self._dataset_reader.apply_token_indexers(instance)
        return instance

    def _batches(self, window: list[_Record]) -> Iterator[tuple[list[int], dict[str, Any]]]:
        """For each batch the indices of its records in the window, and their tensors."""
        by_resource: defaultdict[Any, list[int]] = defaultdict(list)
        for index, record in enumerate(window):
            if record.instance is not None:
                by_resource[_resource(record.instance)].append(index)
        for indices in by_resource.values():
            sizes = [_size(window[index].tokens) for index in indices]
            for chosen in length_batches(sizes, _BATCH_TOKENS, _BATCH_CHARACTERS):
                members = [indices[i] for i in chosen]
                batch = Batch([cast(Instance, window[index].instance) for index in members])
                batch.index_instances(self._model.vocab)
                yield members, batch.as_tensor_dict()

    @torch.no_grad()
    def _tag(self, tensors: dict[str, Any]) -> list[list[str]]:
        tensors = move_to_device(tensors, self._model._get_prediction_device())
        output: Any = self._model.make_output_human_readable(self._model(**tensors))
        # AllenNLP declares tensors here; make_output_human_readable puts lists of strings.
        return output["tags"]

    def read_json(self, inputs: Any) -> _Record:
        record = _require_object(inputs)
        given = [key for key in _INPUT_KEYS if key in record]
        if len(given) != 1:
            found = " and ".join(f'"{key}"' for key in given or record) or "no keys"
            raise _bad_record(
                record, f"found {found}", 'expected exactly one of "text", "sentence" and "tokens"'
            )
        for key in _OUTPUT_KEYS:
            if key in record:
                raise _bad_record(
                    record,
                    f'found the key "{key}", which the output would overwrite',
                    "expected another name for it",
                )
        if not isinstance(record.get("resource", ""), str):
            raise _bad_record(record, *_wrong_type("resource", record["resource"], "a string"))
        content = record[given[0]]
        if given[0] == "tokens":
            text, tokens = self._given_tokens(record, content)
        elif isinstance(content, str):
            text, tokens = content, self._tokenize(content)
        else:
            raise _bad_record(record, *_wrong_type(given[0], content, "a string"))
        carried = {key: value for key, value in record.items() if key not in given}
        instance = self._instance(tokens, record) if tokens else None
        return _Record(record, text, tokens, carried, instance)

    def _given_tokens(self, record: JsonDict, content: Any) -> tuple[str, list[Token]]:
        if not isinstance(content, list):
            raise _bad_record(record, *_wrong_type("tokens", content, "a list of strings"))
        for index, word in enumerate(content):
            if not isinstance(word, str) or not word.strip():
                raise _bad_record(
                    record,
                    f"found {_shorten(repr(word))} as token {index}",
                    "expected a word",
                )
        return " ".join(content), _join(content)

    def _tokenize(self, text: str) -> list[Token]:
        tokenizer = getattr(self._dataset_reader, "tokenizer", None)
        if not isinstance(tokenizer, Tokenizer):
            raise ConfigurationError(
                f"found no tokenizer in the archive's dataset reader "
                f"({type(self._dataset_reader).__name__}), expected the config key "
                '"dataset_reader.tokenizer", such as {"type": "tweet"}; '
                'without it records need "tokens" in place of "text"'
            )
        return tokenizer.tokenize(text)


def _windows(records: Iterable[_Record], max_records: int) -> Iterator[list[_Record]]:
    """Groups of records; if `records` raises, then what came before is yielded first."""
    window: list[_Record] = []
    num_tokens = 0
    try:
        for record in records:
            window.append(record)
            num_tokens += len(record.tokens)
            if len(window) >= max_records or num_tokens >= _WINDOW_TOKENS:
                yield window
                window, num_tokens = [], 0
    except Exception:
        if window:
            yield window
        raise
    if window:
        yield window


def _resource(instance: Instance) -> Any:
    field = instance.fields.get("resource")
    return field.metadata if isinstance(field, MetadataField) else None


def _size(tokens: list[Token]) -> Size:
    return Size(len(tokens), max(len(token.text or "") for token in tokens))


def _describe(text: str, tokens: list[Token], tags: list[str]) -> JsonDict:
    entities = []
    # Most tweets have no entity, which is known sooner this way.
    spans = read_spans_leniently(tags) if any(tag != "O" for tag in tags) else []
    for first, end_exclusive, entity_type in spans:
        start, end = tokens[first].idx, tokens[end_exclusive - 1].idx_end
        entities.append({"type": entity_type, "text": text[start:end], "start": start, "end": end})
    return {
        "text": text,
        "tokens": [token.text for token in tokens],
        "tags": list(tags),
        "entities": entities,
    }


def _join(words: list[str]) -> list[Token]:
    """The tokens of the text that the words make when they are joined by single spaces."""
    tokens = []
    start = 0
    for word in words:
        tokens.append(Token(word, idx=start, idx_end=start + len(word)))
        start += len(word) + 1
    return tokens


_JSON_NAMES = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _json_name(value: Any) -> str:
    return _JSON_NAMES.get(type(value), type(value).__name__)


def _require_object(record: Any) -> JsonDict:
    if not isinstance(record, dict):
        raise _bad_record(record, f"found {_json_name(record)}", "expected a JSON object")
    return record


def _wrong_type(key: str, value: Any, expected: str) -> tuple[str, str]:
    return f'found {_json_name(value)} under "{key}"', f"expected {expected}"


def _bad_record(record: Any, found: str, expected: str) -> ConfigurationError:
    shown = _shorten(json.dumps(record, ensure_ascii=False, default=repr))
    return ConfigurationError(f"cannot tag the record {shown}: {found}, {expected}")


def _shorten(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."
