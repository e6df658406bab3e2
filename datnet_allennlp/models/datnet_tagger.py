"""The tagger: DATNet-F, DATNet-P and the base model, as the configuration says."""

from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Optional, Tuple, cast

import torch
from allennlp.common import Lazy
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import is_distributed
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models import Model
from allennlp.modules import Seq2SeqEncoder, TextFieldEmbedder
from allennlp.nn import InitializerApplicator, RegularizerApplicator
from allennlp.nn.parallel import DdpAccelerator
from allennlp.nn.util import get_text_field_mask
from allennlp_models.tagging.models import CrfTagger

from datnet_allennlp.metrics import EntityF1
from datnet_allennlp.metrics.mean_loss import MeanLoss
from datnet_allennlp.models.discriminator_report import DiscriminatorReport
from datnet_allennlp.models.resources import Resources
from datnet_allennlp.modules import Dropout
from datnet_allennlp.modules.discriminators import ResourceDiscriminator
from datnet_allennlp.modules.encoders import ResourceEncoder, SharedEncoder
from datnet_allennlp.modules.gradient_reversal import ConstantReversal, GradientReversal
from datnet_allennlp.modules.tag_decoder import TagDecoder, check_tags, label_encoding_of
from datnet_allennlp.modules.transformer_length import refuse_longer_sentences


@Model.register("datnet_tagger")
class DatnetTagger(CrfTagger):
    """
    A `CrfTagger` for several resources: each has its own projection and CRF, a discriminator sees
    the shared part of the encoding behind gradient reversal, and a batch of one resource costs
    `discriminator_loss + tag_loss` (Eq. 2). With one resource and no discriminator it is the
    paper's base model.

    Registered as a `Model` with name "datnet_tagger".

    # Parameters

    vocab : `Vocabulary`
    text_field_embedder : `TextFieldEmbedder`
        Is told the batch's resource, see `per_resource`.
    encoder : `Seq2SeqEncoder`
        `shared` (DATNet-F), `shared_private` (DATNet-P), or any other, which is then shared. An
        `input_size` or `input_dim` that is left out is the width of the embedder's output.
    tag_namespaces : `Dict[str, str]`
        The vocabulary namespace of each resource's tags.
    target : `str`, optional (default = `"target"`)
        The resource that plain metrics, unlabelled batches of a model with one resource and the
        discriminator's "not the source" refer to.
    unlabelled : `Dict[str, str]`, optional
        Resources without tags, and for each the resource whose text it holds: it has that one's
        embedder and encoder, and the discriminator should take it for that one. Its batches cost
        `discriminator_loss` alone; without a discriminator it takes
        `virtual_adversarial_training` to learn from them.
    label_encoding : `str`, optional
        The coding of the tags, as in the readers. Default: told by the tags of each resource, see
        `label_encoding_of`; to be stated for `IOB1` alone.
    discriminator : `ResourceDiscriminator`, optional
        `grad` or `cross_entropy`; its `input_dim` and `resources` are filled in.
    gradient_reversal : `GradientReversal`, optional (default = `ConstantReversal()`)
    dropout : `float`, optional (default = 0.0)
        On the encoder's output, for the tags; the embedder has its own.
    include_start_end_transitions : `bool`, optional (default = `True`)
    decode_in_training : `bool`, optional (default = `False`)
        Also report entity F1 on the training batches; slower.
    per_type_f1 : `bool`, optional (default = `False`)
        Also report precision, recall and F1 of each entity type.
    temperature : `Dict[str, float]`, optional
        By resource, what divides the scores of its CRF when the probability of an entity is
        computed (default = 1.0); `allennlp calibrate` finds it. It changes neither tags nor losses.
    initializer : `InitializerApplicator`, optional
    regularizer : `RegularizerApplicator`, optional
    serialization_dir, ddp_accelerator
        As in AllenNLP's `Model`.

    Raises `ConfigurationError` for an unknown namespace or resource, a discriminator with a single
    resource, gradient reversal without a discriminator, distributed training of several resources
    without a `ddp_accelerator`, and a batch that is mixed or unlabelled.
    """

    default_predictor = "tweet_tagger"

    def __init__(
        self,
        vocab: Vocabulary,
        text_field_embedder: TextFieldEmbedder,
        encoder: Lazy[Seq2SeqEncoder],
        tag_namespaces: Dict[str, str],
        target: str = "target",
        unlabelled: Optional[Dict[str, str]] = None,
        label_encoding: Optional[str] = None,
        discriminator: Optional[Lazy[ResourceDiscriminator]] = None,
        gradient_reversal: Optional[GradientReversal] = None,
        dropout: float = 0.0,
        include_start_end_transitions: bool = True,
        decode_in_training: bool = False,
        per_type_f1: bool = False,
        temperature: Optional[Dict[str, float]] = None,
        initializer: InitializerApplicator = InitializerApplicator(),
        regularizer: Optional[RegularizerApplicator] = None,
        serialization_dir: Optional[str] = None,
        ddp_accelerator: Optional[DdpAccelerator] = None,
    ) -> None:
        resources = Resources(tag_namespaces, target, unlabelled)
        if discriminator is not None and len(tag_namespaces) < 2:
            raise ConfigurationError(
                "model.discriminator: found one with a single resource, expected at least two "
                "resources in model.tag_namespaces"
            )
        if gradient_reversal is not None and discriminator is None:
            raise ConfigurationError(
                "model.gradient_reversal: found one without a discriminator, expected "
                "model.discriminator as well"
            )
        for resource, divisor in (temperature or {}).items():
            if resource not in tag_namespaces or not 0 < divisor < float("inf"):
                raise ConfigurationError(
                    f"model.temperature: found {divisor} for '{resource}', expected a number above "
                    f"0 for one of the resources in model.tag_namespaces: {sorted(tag_namespaces)}"
                )
        if is_distributed() and ddp_accelerator is None and len(tag_namespaces) > 1:
            raise ConfigurationError(
                "distributed.ddp_accelerator: found none, expected "
                '{"type": "torch", "find_unused_parameters": true}, for a batch of one resource '
                "leaves the parameters of the others unused"
            )
        codings = {}
        for resource, namespace in tag_namespaces.items():
            codings[resource] = label_encoding or label_encoding_of(vocab, namespace)
            check_tags(vocab, namespace, codings[resource])
        refuse_longer_sentences(text_field_embedder)
        width = text_field_embedder.get_output_dim()
        made_encoder = encoder.construct(input_size=width, input_dim=width)
        super().__init__(
            vocab,
            text_field_embedder,
            made_encoder,
            label_namespace=tag_namespaces[target],
            label_encoding=codings[target],
            include_start_end_transitions=include_start_end_transitions,
            constrain_crf_decoding=False,
            calculate_span_f1=False,
            regularizer=regularizer,
            serialization_dir=serialization_dir,
            ddp_accelerator=ddp_accelerator,
        )
        # The parent makes one projection and one CRF; here each resource has its own. Nor has the
        # output the parent's `top_k_tags`.
        del self.tag_projection_layer, self.crf, self.top_k
        self.target = target
        self._tag_namespaces = tag_namespaces
        self._resources = resources
        self.temperature = {name: 1.0 for name in tag_namespaces} | (temperature or {})
        self.dropout = Dropout(dropout)
        if not isinstance(made_encoder, ResourceEncoder):
            made_encoder = SharedEncoder(made_encoder)
        self.encoder = made_encoder
        self.decoders = torch.nn.ModuleDict(
            {
                resource: TagDecoder(
                    vocab,
                    namespace,
                    made_encoder.get_output_dim(),
                    codings[resource],
                    include_start_end_transitions,
                )
                for resource, namespace in tag_namespaces.items()
            }
        )
        all_resources = [target, *(name for name in tag_namespaces if name != target)]
        self.discriminator: Optional[ResourceDiscriminator] = None
        if discriminator is not None:
            self.discriminator = discriminator.construct(
                input_dim=self.encoder.get_shared_dim(), resources=all_resources
            )
            self.gradient_reversal = gradient_reversal or ConstantReversal()
        self._decode_in_training = decode_in_training
        self.counting = True
        self._entity_f1 = {resource: EntityF1(per_type_f1) for resource in tag_namespaces}
        self._tag_loss = MeanLoss()
        self._discriminator_report = DiscriminatorReport()
        initializer(self)

    def forward(
        self,
        tokens: TextFieldTensors,
        resource: Optional[List[str]] = None,
        tags: Optional[torch.LongTensor] = None,
        metadata: Optional[List[Dict[str, Any]]] = None,
        tag_probabilities: Optional[torch.Tensor] = None,
        ignore_loss_on_o_tags: bool = False,
        **kwargs: Any,
    ) -> Dict[str, Any]:
        """
        # Parameters

        tokens : `TextFieldTensors`
            Indexed tokens, each tensor of shape `(batch_size, num_tokens, ...)`.
        resource : `List[str]`, optional
            The resource of each sentence, one and the same for the whole batch. May be left out
            where the model has only one.
        tags : `torch.LongTensor`, shape `(batch_size, num_tokens)`, optional
        metadata : `List[Dict[str, Any]]`, optional
        tag_probabilities : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`, optional
            What the tags' marginals should be, from `tag_probabilities`, in place of `tags`.
        ignore_loss_on_o_tags : `bool`, optional (default = `False`)
            For AllenNLP's interpreters, which ask for the gradient of a single entity: the loss is
            that of the tags other than `O` alone, see `TagDecoder.loss_of_entities`.
        kwargs : `Any`
            Fields of other readers, ignored.

        # Returns

        logits : `torch.Tensor`, shape `(batch_size, num_tokens, num_tags)`
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
        resource : `List[str]`
        tags : `List[List[int]]`
            The best tags; in training only with `decode_in_training`.
        loss : `torch.Tensor`
            A scalar, if there is any of the following; what training minimises.
        tag_loss : `torch.Tensor`
            A scalar, if `tags` are given.
        discriminator_loss : `torch.Tensor`
            A scalar, if there is a discriminator and `tags` are given or the resource has none.
        divergence_loss : `torch.Tensor`
            A scalar, if `tag_probabilities` are given; see `TagDecoder.divergence`.
        """
        given = self._resources.of_batch(resource)
        name = self._resources.tagged(given)
        decoder = self.decoder(name)
        encoded, mask = self.encode(tokens, resource)
        logits = decoder(self.dropout(encoded))
        output: Dict[str, Any] = {
            "logits": logits,
            "mask": mask,
            "resource": [name] * len(mask),
        }
        if not self.training or self._decode_in_training:
            output["tags"] = decoder.decode(logits, mask)
        if tags is not None and ignore_loss_on_o_tags:
            output["loss"] = decoder.loss_of_entities(logits, tags, mask)
            return output
        if tags is not None:
            output["tag_loss"] = decoder.loss(logits, tags, mask)
            # A copy, for the trainer adds its regularisation to the loss in place.
            output["loss"] = output["tag_loss"].clone()
            if self.counting:
                self._count(name, output, tags, mask)
        if tag_probabilities is not None:
            output["divergence_loss"] = decoder.divergence(tag_probabilities, logits, mask)
            output["loss"] = output["divergence_loss"].clone()
        if self.discriminator is not None and (tags is not None or given != name):
            if self.counting and self.training:
                # Before the rate is used, so that a second pass over the batch has the same.
                self.gradient_reversal.advance()
            resource_logits = self.discriminate(encoded, mask)
            number = self.discriminator.resources.index(name)
            loss = self.discriminator.loss(resource_logits, number)
            output["discriminator_loss"] = loss
            # Eq. 2, of the batch's resource.
            output["loss"] = output["loss"] + loss if "loss" in output else loss.clone()
            if self.counting:
                is_right = self.discriminator.is_right(resource_logits, number)
                self._discriminator_report(is_right, loss, name)
        return output

    def encode(
        self, tokens: TextFieldTensors, resource: Optional[List[str]] = None
    ) -> Tuple[torch.Tensor, torch.BoolTensor]:
        """
        # Parameters

        tokens, resource
            As for `forward`.

        # Returns

        encoded : `torch.Tensor`, shape `(batch_size, num_tokens, encoder_dim)`
            Before the dropout. `encoder.shared_part(encoded)` is what all resources share.
        mask : `torch.BoolTensor`, shape `(batch_size, num_tokens)`
        """
        name = self._resources.tagged(self._resources.of_batch(resource))
        mask = get_text_field_mask(tokens)
        embedded = self.text_field_embedder(tokens, resource=name)
        return self.encoder(embedded, mask, resource=name), mask

    def discriminate(self, encoded: torch.Tensor, mask: torch.BoolTensor) -> torch.Tensor:
        """
        What the discriminator says of encoded sentences; the gradient is reversed.

        # Parameters

        encoded, mask
            From `encode`.

        # Returns

        `torch.Tensor`, shape `(batch_size,)` or `(batch_size, num_resources)`: the logits, see
        `ResourceDiscriminator`.

        Raises `ConfigurationError` if the model has no discriminator.
        """
        if self.discriminator is None:
            raise ConfigurationError("model.discriminator: found none, expected one")
        shared = self.gradient_reversal(self.encoder.shared_part(encoded))
        return self.discriminator(shared, mask)

    @torch.no_grad()
    def tag_probabilities(self, output: Dict[str, Any]) -> torch.Tensor:
        """
        The probability of each tag of each token given the sentence, exact, of what `forward` gave.
        Shape `(batch_size, num_tokens, num_tags)`, float64.
        """
        crf = self.decoder(output["resource"][0]).crf
        return crf.log_marginals(output["logits"], output["mask"]).exp()

    @contextmanager
    def counting_paused(self) -> Iterator[None]:
        """
        Inside, a forward pass counts for no metric and no schedule: for a second pass over a batch
        that has been counted.
        """
        self.counting = False
        try:
            yield
        finally:
            self.counting = True

    def make_output_human_readable(self, output_dict: Dict[str, Any]) -> Dict[str, Any]:
        """Turns `tags` from ids into labels; decodes first where training has not."""
        if "tags" not in output_dict:
            decoder = self.decoder(output_dict["resource"][0])
            output_dict["tags"] = decoder.decode(output_dict["logits"], output_dict["mask"])
        output_dict["tags"] = [
            self.decoder(resource).to_labels(ids)
            for resource, ids in zip(output_dict["resource"], output_dict["tags"], strict=True)
        ]
        return output_dict

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        """
        `precision-overall`, `recall-overall` and `f1-measure-overall` are the target's; those of
        another resource begin with its name and a slash. `tag_loss_<resource>` is the CRF's loss
        per sentence; the rest is the discriminator's, see `DiscriminatorReport`. In distributed
        training they are of all processes if `reset`, else of this one.
        """
        metrics: Dict[str, float] = {}
        tag_loss = self._tag_loss.get_metric(reset)
        for resource, entity_f1 in self._entity_f1.items():
            # Only what was counted since the last reset: a dev set may hold the target alone.
            if resource in tag_loss:
                metrics[f"tag_loss_{resource}"] = tag_loss[resource]
                prefix = "" if resource == self.target else f"{resource}/"
                if not self.training or self._decode_in_training:
                    f1 = entity_f1.get_metric(reset)
                    metrics.update({prefix + key: value for key, value in f1.items()})
        metrics.update(self._discriminator_report.get_metric(reset))
        return metrics

    def _count(
        self, resource: str, output: Dict[str, Any], tags: torch.Tensor, mask: torch.Tensor
    ) -> None:
        self._tag_loss(resource, output["tag_loss"].item())
        if "tags" in output:
            to_labels = self.decoder(resource).to_labels
            lengths = mask.sum(dim=1).tolist()
            gold = [
                to_labels(ids[:length]) for ids, length in zip(tags.tolist(), lengths, strict=True)
            ]
            self._entity_f1[resource]([to_labels(ids) for ids in output["tags"]], gold)

    @property
    def resources(self) -> List[str]:
        """All that a batch may be of, with tags and without."""
        return self._resources.names

    def tag_namespace(self, resource: str) -> str:
        """The vocabulary namespace of the tags that text of a resource gets."""
        return self._tag_namespaces[self._resources.tagged(resource)]

    def decoder(self, resource: str) -> TagDecoder:
        """The projection and CRF of a resource."""
        return cast(TagDecoder, self.decoders[resource])
