"""Word embeddings per resource beside embeddings that all resources share."""

from typing import Any, Dict, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data.fields.text_field import TextFieldTensors
from allennlp.modules import TimeDistributed
from allennlp.modules.text_field_embedders import TextFieldEmbedder
from allennlp.modules.token_embedders import TokenEmbedder

from datnet_allennlp.modules.dropout import Dropout
from datnet_allennlp.modules.vector_alignment import VectorAlignment
from datnet_allennlp.modules.word_vectors import WordVectors


@TextFieldEmbedder.register("per_resource")
class PerResourceEmbedder(TextFieldEmbedder):
    """
    Concatenates, for each token, the embedding of its own resource and the shared ones (section
    3.2: `w_i = [w_char, w_emb]`), and applies dropout. An embedder may be any of AllenNLP's, for
    example a pretrained transformer, of its own for each resource or shared by all.

    Registered as a `TextFieldEmbedder` with name "per_resource".

    # Parameters

    per_resource : `Dict[str, TokenEmbedder]`, optional
        An embedder for each resource, all of one width. Each embeds what the indexer `key` yields.
        Without it, everything is shared.
    shared : `Dict[str, TokenEmbedder]`, optional
        Embedders for all resources, by the name of the indexer that each embeds.
    key : `str`, optional (default = `"words"`)
        The name of the indexer that the embedders in `per_resource` embed.
    dropout : `float`, optional (default = 0.0)
    alignment : `Dict[str, VectorAlignment]`, optional
        For each resource whose word vectors are to be moved into the space of another's, how. Done
        when the model is built; the vectors are then part of its weights.

    Raises `ConfigurationError` for no embedder, embedders of different widths, an unknown resource,
    indexers that do not match the embedders and an alignment of embedders other than
    `word_vectors`.
    """

    def __init__(
        self,
        per_resource: Optional[Dict[str, TokenEmbedder]] = None,
        shared: Optional[Dict[str, TokenEmbedder]] = None,
        key: str = "words",
        dropout: float = 0.0,
        alignment: Optional[Dict[str, VectorAlignment]] = None,
    ) -> None:
        super().__init__()
        per_resource, shared = per_resource or {}, shared or {}
        if not per_resource and not shared:
            raise ConfigurationError(
                "text_field_embedder.per_resource: found no embedder, here or in 'shared', "
                "expected at least one"
            )
        widths = {name: embedder.get_output_dim() for name, embedder in per_resource.items()}
        if len(set(widths.values())) > 1:
            raise ConfigurationError(
                f"text_field_embedder.per_resource: found widths {widths}, expected one width"
            )
        for resource, how in (alignment or {}).items():
            moved, fixed = per_resource.get(resource), per_resource.get(how.towards)
            if (
                not isinstance(moved, WordVectors)
                or not isinstance(fixed, WordVectors)
                or moved is fixed
            ):
                raise ConfigurationError(
                    f"text_field_embedder.alignment: found '{resource}' towards '{how.towards}', "
                    "expected two resources whose embedders are 'word_vectors'"
                )
            moved.align(how, fixed)
        self.per_resource = torch.nn.ModuleDict(per_resource)
        self.shared = torch.nn.ModuleDict(shared)
        self.key = key
        self.dropout = Dropout(dropout)
        self._output_dim = max(widths.values(), default=0) + sum(
            embedder.get_output_dim() for embedder in shared.values()
        )

    def forward(
        self,
        text_field_input: TextFieldTensors,
        num_wrapping_dims: int = 0,
        resource: Optional[str] = None,
        **kwargs: Any,
    ) -> torch.Tensor:
        """
        # Parameters

        text_field_input : `TextFieldTensors`
            What the indexers yield, each of shape `(batch_size, num_tokens, ...)`.
        num_wrapping_dims : `int`, optional (default = 0)
            How many dimensions stand between the batch and the tokens, as for lists of texts.
        resource : `str`, optional
            The batch's resource; may be left out where there is only one.

        # Returns

        `torch.Tensor`, shape `(batch_size, num_tokens, output_dim)`.
        """
        embedders = list(self.shared.items())
        if self.per_resource:
            embedders.insert(0, (self.key, self._own(resource)))
        expected = {name for name, _ in embedders}
        if expected != set(text_field_input):
            raise ConfigurationError(
                f"found token indexers {sorted(text_field_input)}, expected {sorted(expected)} "
                f"(text_field_embedder.key and .shared)"
            )
        for _ in range(num_wrapping_dims):
            embedders = [(name, TimeDistributed(embedder)) for name, embedder in embedders]
        embedded = [_embed(embedder, text_field_input[name]) for name, embedder in embedders]
        return self.dropout(torch.cat(embedded, dim=-1))

    def _own(self, resource: Optional[str]) -> torch.nn.Module:
        if resource is None and len(self.per_resource) == 1:
            [resource] = self.per_resource
        if resource is None or resource not in self.per_resource:
            raise ConfigurationError(
                f"text_field_embedder.per_resource: found a batch of resource '{resource}', "
                f"expected one of {sorted(self.per_resource)}"
            )
        return self.per_resource[resource]

    def get_output_dim(self) -> int:
        return self._output_dim


def _embed(embedder: torch.nn.Module, tensors: Dict[str, torch.Tensor]) -> torch.Tensor:
    if len(tensors) == 1:  # AllenNLP's indexers and embedders have no common name for it
        [ids] = tensors.values()
        return embedder(ids)
    return embedder(**tensors)
