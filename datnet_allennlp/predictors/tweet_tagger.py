import json
from typing import Any, NamedTuple

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import Instance, Token
from allennlp.data.tokenizers import Tokenizer
from allennlp.predictors import Predictor

from datnet_allennlp.data.tag_coding import read_spans_leniently

_INPUT_KEYS = ("text", "sentence", "tokens")
_OUTPUT_KEYS = ("tags", "entities")


class _Record(NamedTuple):
    text: str
    tokens: list[Token]
    options: dict[str, str]
    carried: JsonDict


@Predictor.register("tweet_tagger")
class TweetTaggerPredictor(Predictor):
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
        records = [self._read(each) for each in inputs]
        tags = iter(self._tag([self._instance(record) for record in records if record.tokens]))
        return [
            {
                **record.carried,
                **_describe(record.text, record.tokens, next(tags) if record.tokens else []),
            }
            for record in records
        ]

    def predict_instance(self, instance: Instance) -> JsonDict:
        return self.predict_batch_instance([instance])[0]

    def predict_batch_instance(self, instances: list[Instance]) -> list[JsonDict]:
        """
        Tags instances that the dataset reader made, as `allennlp predict --use-dataset-reader`
        does. The text of each is its tokens joined by single spaces.
        """
        outputs = []
        for instance, tags in zip(instances, self._tag(instances), strict=True):
            words = [token.ensure_text() for token in instance["tokens"]]  # type: ignore[attr-defined]
            outputs.append(_describe(" ".join(words), _join(words), tags))
        return outputs

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        return self._instance(self._read(json_dict))

    def _instance(self, record: _Record) -> Instance:
        return self._dataset_reader.text_to_instance(record.tokens, **record.options)

    def _tag(self, instances: list[Instance]) -> list[list[str]]:
        if not instances:
            return []
        for instance in instances:
            self._dataset_reader.apply_token_indexers(instance)
        # AllenNLP declares arrays here; make_output_human_readable puts lists of strings.
        outputs: list[Any] = self._model.forward_on_instances(instances)
        return [output["tags"] for output in outputs]

    def _read(self, record: Any) -> _Record:
        record = _require_object(record)
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
        options = {key: record[key] for key in record if key == "resource"}
        carried = {key: value for key, value in record.items() if key not in given}

        content = record[given[0]]
        if given[0] != "tokens":
            if not isinstance(content, str):
                raise _bad_record(record, *_wrong_type(given[0], content, "a string"))
            return _Record(content, self._tokenize(content), options, carried)
        if not isinstance(content, list):
            raise _bad_record(record, *_wrong_type("tokens", content, "a list of strings"))
        for index, word in enumerate(content):
            if not isinstance(word, str) or not word.strip():
                raise _bad_record(
                    record,
                    f"found {_shorten(repr(word))} as token {index}",
                    "expected a word",
                )
        return _Record(" ".join(content), _join(content), options, carried)

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


def _describe(text: str, tokens: list[Token], tags: list[str]) -> JsonDict:
    entities = []
    for first, end_exclusive, entity_type in read_spans_leniently(tags):
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
