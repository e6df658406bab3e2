"""AllenNLP's door to the tagger."""

import inspect
from collections.abc import Sequence
from typing import Any, List, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import DatasetReader, Instance
from allennlp.models import Model
from allennlp.predictors import Predictor

from datnet_allennlp.tagging.files import FileOptions
from datnet_allennlp.tagging.tagger import Tagger
from datnet_allennlp.tagging.text_record import TextRecord, parse_line


@Predictor.register("tweet_tagger")
class TweetTaggerPredictor(Predictor):
    """
    Tags raw or tokenised text and gives the entities with their character offsets: a `Tagger` with
    the methods of a predictor.

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
    - `"entities"`: a list of records, see `Entity`. `start` and `end` count characters of the text,
      `end` is one past the last, and `text[start:end]` is the entity. `first_token` and `end_token`
      count tokens in the same way. `confidence` is there where the model is a `datnet_tagger`,
    - `"alternatives"`, with `top_k`: a list of records, see `Alternative`.

    Registered as a `Predictor` with name "tweet_tagger".

    # Parameters

    model : `Model`
    dataset_reader : `DatasetReader`
    frozen : `bool`, optional (default = `True`)
        As in AllenNLP; the model is in evaluation mode whenever it tags.
    threshold, top_k
        See `Tagger`.
    input_format, output_format, column, strict, resume
        For `allennlp predict`, see `FileOptions`.

    Raises `ConfigurationError` for any other option, and as `Tagger` does.
    """

    def __init__(
        self,
        model: Model,
        dataset_reader: DatasetReader,
        frozen: bool = True,
        threshold: float = 0.0,
        top_k: int = 0,
        input_format: Optional[str] = None,
        output_format: Optional[str] = None,
        column: Optional[str] = None,
        strict: bool = False,
        resume: bool = False,
        **unknown: Any,
    ) -> None:
        if unknown:
            known = ["threshold", "top_k", *inspect.signature(FileOptions).parameters]
            raise ConfigurationError(
                f"predictor-args: found {sorted(unknown)}, expected some of {known}"
            )
        super().__init__(model, dataset_reader, frozen)
        self.tagger = Tagger(model, dataset_reader, threshold, top_k)
        self.file_options = FileOptions(input_format, output_format, column, strict, resume)

    def load_line(self, line: str) -> JsonDict:
        return parse_line(line)

    def predict_json(self, inputs: JsonDict) -> JsonDict:
        return self.predict_batch_json([inputs])[0]

    def predict_batch_json(self, inputs: List[JsonDict]) -> List[JsonDict]:
        """
        One record of the output for each of the input, in the same order.

        Raises `ConfigurationError` if a record is malformed. No record is tagged then.
        """
        return self._predict([self.tagger.read_record(each) for each in inputs])

    def predict_instance(self, instance: Instance) -> JsonDict:
        return self.predict_batch_instance([instance])[0]

    def predict_batch_instance(self, instances: List[Instance]) -> List[JsonDict]:
        """
        Tags instances that the dataset reader made, as `allennlp predict --use-dataset-reader`
        does. The text of each is its tokens joined by single spaces.
        """
        return self._predict([self.tagger.read_instance(each) for each in instances])

    def _predict(self, records: Sequence[TextRecord]) -> List[JsonDict]:
        return [tagged.to_dict() for tagged in self.tagger.tag(records)]

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        record = self.tagger.read_record(json_dict)
        return record.instance or self.tagger.make_instance([], record.carried)
