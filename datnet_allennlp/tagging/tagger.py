"""Text in, entities with their confidence out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, NamedTuple, cast

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import Batch, DatasetReader, Instance, Token
from allennlp.data.fields import MetadataField
from allennlp.data.tokenizers import Tokenizer
from allennlp.models import Model
from allennlp.nn.util import move_to_device

from datnet_allennlp.archive import load
from datnet_allennlp.data.tag_coding import Span
from datnet_allennlp.models.datnet_tagger import DatnetTagger
from datnet_allennlp.standalone.length_batches import Size, length_batches
from datnet_allennlp.tagging.in_chunks import in_chunks
from datnet_allennlp.tagging.tagged_text import (
    Alternative,
    TaggedText,
    locate_entities,
    read_entities,
)
from datnet_allennlp.tagging.text_record import TextRecord, check_record, join, locate

# Measured on tweets; they bound the memory that the model needs.
_BATCH_TOKENS = 2**11
_BATCH_CHARACTERS = 2**17

# A text, a text as words, or a record as a line of `allennlp predict` holds it.
TextLike = str | Sequence[str] | Mapping[str, Any]


class Window(NamedTuple):
    """
    Records that are tagged together. It goes through pickle.

    # Parameters

    records : `list[TextRecord]`
        Without their instances.
    batches : `list[tuple[list[int], dict[str, Any]]]`
        For each batch the indices of its records, and their tensors.
    """

    records: list[TextRecord]
    batches: list[tuple[list[int], dict[str, Any]]]


class _Tagging(NamedTuple):
    """What the model says of a sentence."""

    tags: list[str]
    spans: list[Span]
    confidences: list[float] | None
    best: list[tuple[list[str], float]]


class Tagger:
    """
    A trained model that tags texts:

        tagger = Tagger.load("model.tar.gz")
        for entity in tagger("Mia Torres sails to Dublin").entities:
            print(entity.type, entity.text, entity.confidence)

    A text is a string, which the `tokenizer` of the archive's dataset reader splits, or a list of
    words, or a record as a line of `allennlp predict` holds it: a mapping with one of the keys
    `text`, `sentence` and `tokens`, perhaps `resource` (whose tagger is to be used), and others,
    which are carried to the result.

    Entities are read from the tags as conlleval does. That is the same as a strict reading unless
    the model decodes without constraints. A text without tokens does not reach the model.
    Texts of one resource and like length share a batch, in which the number of tokens is bounded.

    Works with any model whose output holds `tags`, and any reader whose `text_to_instance` takes a
    list of tokens; confidence needs a `datnet_tagger`.

    # Parameters

    model : `Model`
        Put into evaluation mode.
    dataset_reader : `DatasetReader`
    threshold : `float`, optional (default = 0.0)
        Entities of a lower confidence are left out.
    top_k : `int`, optional (default = 0)
        How many of the best sequences of tags of each text are given, with their probabilities.
    resource : `str | None`, optional
        As whose text a text is tagged that does not say so itself. Default: the reader's target.

    Raises `ConfigurationError` for a threshold outside 0 to 1, a negative `top_k`, either with a
    model that gives no confidence, and a resource that the model has no tags of.
    """

    def __init__(
        self,
        model: Model,
        dataset_reader: DatasetReader,
        threshold: float = 0.0,
        top_k: int = 0,
        resource: str | None = None,
    ) -> None:
        if not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
            raise ConfigurationError(f"threshold: found {threshold!r}, expected 0 to 1")
        if type(top_k) is not int or top_k < 0:
            raise ConfigurationError(f"top_k: found {top_k!r}, expected a whole number, 0 or more")
        if (threshold or top_k) and not isinstance(model, DatnetTagger):
            raise ConfigurationError(
                f"threshold and top_k: found a model ({type(model).__name__}) that gives no "
                "confidence, expected a datnet_tagger"
            )
        known = sorted(model.decoders) if isinstance(model, DatnetTagger) else []
        if resource is not None and resource not in known:
            raise ConfigurationError(
                f"resource: found '{resource}', expected one that the model has tags of: {known}"
            )
        self.model = model.eval()
        self.dataset_reader = dataset_reader
        self.threshold = threshold
        self.top_k = top_k
        # A model of one resource may have a reader that knows none.
        self.resource = resource if len(known) > 1 else None

    @classmethod
    def load(
        cls,
        archive: str | PathLike[str],
        cuda_device: int = -1,
        threshold: float = 0.0,
        top_k: int = 0,
        trust: bool | None = None,
        resource: str | None = None,
    ) -> "Tagger":
        """
        # Parameters

        archive : `str | PathLike[str]`
            A `model.tar.gz`, its URL, or the folder of a run.
        cuda_device : `int`, optional (default = -1)
            The GPU, or -1 for the CPU.
        threshold, top_k, resource
            See the class.
        trust : `bool | None`, optional
            Whether the archive may name classes by their full names, and other files. Default:
            whether the environment variable DATNET_TRUST_ARCHIVE is 1.

        Raises `ConfigurationError` for an archive that is broken or not safe to load.
        """
        loaded = load(archive, trust=trust, cuda_device=cuda_device)
        return cls(loaded.model, loaded.validation_dataset_reader, threshold, top_k, resource)

    def __call__(self, text: TextLike) -> TaggedText:
        """Raises `ConfigurationError` if the text cannot be tagged."""
        return self.tag([self.read(text)])[0]

    def pipe(self, texts: Iterable[TextLike], processes: int = 1) -> Iterator[TaggedText]:
        """
        Tags any number of texts, in their order, by batches. The first results come after some 60
        texts, later ones after some 2,000.

        # Parameters

        texts : `Iterable[TextLike]`
        processes : `int`, optional (default = 1)
            How many processes work on it, on Linux. They are forked from this one, so they share
            the model, and a program that runs threads of its own should stay with one.

        Raises `ConfigurationError` for a single string or record, and for a text that cannot be
        tagged, after all before it that stand in other windows.
        """
        if isinstance(texts, str | bytes | Mapping):
            kind = "record" if isinstance(texts, Mapping) else "string"
            raise ConfigurationError(f"texts: found a single {kind}, expected several texts")
        return in_chunks(
            texts,
            _length,
            prepare=lambda window: self.prepare([self.read(text) for text in window]),
            answer=self.answer,
            on_gpu=self.on_gpu,
            processes=processes,
        )

    def tag(self, records: Iterable[TextRecord]) -> list[TaggedText]:
        """Tags records that are in memory already, in this process."""
        return list(
            in_chunks(
                records,
                lambda record: len(record.text),
                prepare=self.prepare,
                answer=self.answer,
                processes=1,
            )
        )

    @property
    def on_gpu(self) -> bool:
        return self._device().type != "cpu"

    def read(self, text: TextLike) -> TextRecord:
        """
        Checks and splits a text and makes its instance.

        Raises `ConfigurationError` if the text cannot be tagged.
        """
        if isinstance(text, str):
            return self.read_record({"text": text})
        if isinstance(text, Sequence):
            return self.read_record({"tokens": list(text)})
        return self.read_record(text)

    def read_record(self, inputs: Any) -> TextRecord:
        """The same of a record, such as a line of JSON."""
        raw, words, carried = check_record(inputs)
        tokens = self._tokenize(raw) if words is None else join(words)
        instance = self.make_instance(tokens, carried) if tokens else None
        return TextRecord.of(raw, tokens, instance, carried)

    def read_instance(self, instance: Instance) -> TextRecord:
        """The record of an instance that the dataset reader made."""
        self.dataset_reader.apply_token_indexers(instance)
        words = [token.ensure_text() for token in instance["tokens"]]  # type: ignore[attr-defined]
        return TextRecord.of(" ".join(words), join(words), instance if words else None, {})

    def make_instance(self, tokens: list[Token], record: JsonDict) -> Instance:
        resource = record.get("resource", self.resource)
        options = {} if resource is None else {"resource": resource}
        instance = self.dataset_reader.text_to_instance(tokens, **options)
        self.dataset_reader.apply_token_indexers(instance)
        return instance

    def prepare(self, records: Sequence[TextRecord]) -> Window:
        """Makes the batches of a window. Needs the model's vocabulary, but no GPU."""
        batches = list(self._batches(records))
        return Window([record._replace(instance=None) for record in records], batches)

    def answer(self, window: Window) -> list[TaggedText]:
        """Tags a window: all that needs the model."""
        taggings = dict.fromkeys(range(len(window.records)), _Tagging([], [], [], []))
        for indices, tensors in window.batches:
            lengths = [len(window.records[index].words) for index in indices]
            taggings.update(zip(indices, self._tag(tensors, lengths), strict=True))
        return [
            self._describe(record, taggings[index]) for index, record in enumerate(window.records)
        ]

    def on_device(self, tensors: dict[str, Any]) -> dict[str, Any]:
        """The tensors of a batch where the model is."""
        # On the CPU nothing is to be moved, but AllenNLP would search all lists.
        return move_to_device(tensors, self._device()) if self.on_gpu else tensors

    def _batches(self, window: Sequence[TextRecord]) -> Iterator[tuple[list[int], dict[str, Any]]]:
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
                batch.index_instances(self.model.vocab)
                yield members, batch.as_tensor_dict()

    @torch.no_grad()
    def _tag(self, tensors: dict[str, Any], lengths: list[int]) -> list[_Tagging]:
        # AllenNLP declares tensors here; make_output_human_readable puts lists of strings.
        output: Any = self.model.make_output_human_readable(self.model(**self.on_device(tensors)))
        if "tags" not in output:
            raise ConfigurationError(
                f"the archive: found a model ({type(self.model).__name__}) that gives no tags, "
                "expected a tagger"
            )
        # AllenNLP's `simple_tagger` tags the padding too.
        tags = [each[:length] for each, length in zip(output["tags"], lengths, strict=True)]
        spans = [read_entities(each) for each in tags]
        if not isinstance(self.model, DatnetTagger):
            return [_Tagging(*each, None, []) for each in zip(tags, spans, strict=True)]
        resource = output["resource"][0]
        decoder, temperature = self.model.decoder(resource), self.model.temperature[resource]
        logits, mask = output["logits"], output["mask"]
        confidences = decoder.confidences(logits, mask, spans, temperature)
        best: list[list[tuple[list[str], float]]] = [[] for _ in tags]
        if self.top_k:
            best = [
                [(decoder.to_labels(ids), probability) for ids, probability in ranked]
                for ranked in decoder.best(logits, mask, self.top_k, temperature)
            ]
        return [_Tagging(*each) for each in zip(tags, spans, confidences, best, strict=True)]

    def _describe(self, record: TextRecord, tagging: _Tagging) -> TaggedText:
        entities = locate_entities(record, tagging.spans, tagging.confidences)
        if self.threshold:
            entities = [each for each in entities if each.confidence >= self.threshold]  # type: ignore[operator]
        return TaggedText(
            record.text,
            record.words,
            tagging.tags,
            entities,
            list(zip(record.starts, record.ends, strict=True)),
            [
                Alternative(probability, tags, locate_entities(record, read_entities(tags)))
                for tags, probability in tagging.best
            ],
            record.carried,
        )

    def _device(self) -> torch.device:
        return next(self.model.parameters()).device

    def _tokenize(self, text: str) -> list[Token]:
        tokenizer = getattr(self.dataset_reader, "tokenizer", None)
        if not isinstance(tokenizer, Tokenizer):
            raise ConfigurationError(
                f"found no tokenizer in the archive's dataset reader "
                f"({type(self.dataset_reader).__name__}), expected the config key "
                '"dataset_reader.tokenizer", such as {"type": "tweet"}; '
                'without it records need "tokens" in place of "text"'
            )
        try:
            return locate(text, tokenizer.tokenize(text))
        except ConfigurationError:
            raise
        except Exception as error:  # whatever a tokenizer raises that an archive names
            raise ConfigurationError(
                f"the archive's tokenizer ({type(tokenizer).__name__}): found a text that it "
                f"cannot split ({type(error).__name__}: {error}), expected tokens"
            ) from error


def _length(text: TextLike) -> int:
    if isinstance(text, str):
        return len(text)
    parts = text.values() if isinstance(text, Mapping) else text
    return sum(len(str(part)) for part in parts)


def _resource(instance: Instance) -> Any:
    field = instance.fields.get("resource")
    return field.metadata if isinstance(field, MetadataField) else None


def _size(words: list[str]) -> Size:
    return Size(len(words), max(map(len, words)))
