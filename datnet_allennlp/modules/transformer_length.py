"""How many word pieces a pretrained transformer takes at once."""

from collections.abc import Mapping
from typing import Any, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.token_embedders import PretrainedTransformerEmbedder

# The kinds with a vector for each position, so that there is a last one.
_COUNTED = ("bert", "distilbert", "electra", "albert")
_COUNTED_FROM_PADDING = ("roberta", "xlm-roberta", "camembert")


def most_word_pieces(config: Mapping[str, Any]) -> Optional[int]:
    """
    # Parameters

    config : `Mapping[str, Any]`
        What stands in the transformer's `config.json`.

    # Returns

    `int`, optional
        None for a transformer that does not count positions.
    """
    longest = config.get("max_position_embeddings")
    if longest is not None and config.get("model_type") in _COUNTED_FROM_PADDING:
        return longest - config.get("pad_token_id", 1) - 1
    return longest if config.get("model_type") in _COUNTED else None


def refuse_longer_sentences(module: torch.nn.Module) -> None:
    """
    Has the transformers within raise a `ConfigurationError` for a sentence that is longer than what
    they take and that their indexer did not cut into windows, in place of an error of tensors.
    """
    for part in module.modules():
        if isinstance(part, PretrainedTransformerEmbedder):
            longest = most_word_pieces(part.config.to_dict())
            if longest is not None:
                part.register_forward_pre_hook(_Refusal(longest), with_kwargs=True)


class _Refusal:
    """A class and no closure, so that the model can be copied and sent to another process."""

    def __init__(self, longest: int) -> None:
        self._longest = longest

    def __call__(
        self, module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        length = (args[0] if args else kwargs["token_ids"]).size(1)
        if length > self._longest and kwargs.get("segment_concat_mask") is None:
            raise ConfigurationError(
                f"model.text_field_embedder: found a sentence of {length} word pieces, expected at "
                f"most {self._longest}, or that number as max_length of the embedder and of its "
                "indexer, which then read in windows"
            )
