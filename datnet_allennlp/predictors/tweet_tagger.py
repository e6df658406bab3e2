"""AllenNLP's door to the tagger."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, List, Optional, cast

from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import DatasetReader, Instance
from allennlp.data.fields import FlagField, MetadataField, TextField
from allennlp.models import Model
from allennlp.predictors import Predictor

from datnet_allennlp.data.tag_field import TagField
from datnet_allennlp.models.datnet_tagger import DatnetTagger
from datnet_allennlp.tagging.files import FileOptions
from datnet_allennlp.tagging.tagged_text import read_entities
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

    def predict(self, sentence: str) -> JsonDict:
        """The record of the output for a text."""
        return self.predict_json({"text": sentence})

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

    def predictions_to_labeled_instances(
        self, instance: Instance, outputs: Mapping[str, Any]
    ) -> List[Instance]:
        """
        For AllenNLP's interpreters and attackers: an instance for each entity that the model
        predicts, with the tags of this entity alone. The model is told to leave the loss of the
        others out.
        """
        tags, vocab = list(outputs["tags"]), self.tagger.model.vocab
        namespace = self._tag_namespace(instance)
        instances = []
        for start, end, _ in read_entities(tags):
            alone = ["O"] * start + tags[start:end] + ["O"] * (len(tags) - end)
            labelled = instance.duplicate()
            text_field = cast(TextField, labelled["tokens"])
            labelled.add_field("tags", TagField(alone, text_field, namespace), vocab)
            labelled.add_field("ignore_loss_on_o_tags", FlagField(True), vocab)
            instances.append(labelled)
        return instances

    def _tag_namespace(self, instance: Instance) -> str:
        model = self.tagger.model
        if not isinstance(model, DatnetTagger):
            return cast(str, getattr(model, "label_namespace", "labels"))
        field = instance.fields.get("resource")
        resource = field.metadata if isinstance(field, MetadataField) else model.target
        return model.tag_namespace(resource)

    def _predict(self, records: Sequence[TextRecord]) -> List[JsonDict]:
        return [tagged.to_dict() for tagged in self.tagger.tag(records)]

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        record = self.tagger.read_record(json_dict)
        return record.instance or self.tagger.make_instance([], record.carried)
