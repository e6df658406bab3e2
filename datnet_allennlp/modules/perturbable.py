"""What adversarial training (section 3.5) may move in a model, and where its mask comes from."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from allennlp.modules.text_field_embedders import TextFieldEmbedder
from allennlp.modules.token_embedders import PretrainedTransformerEmbedder, TokenEmbedder
from allennlp.nn.util import get_text_field_mask
from torch.nn.functional import pad
from torch.utils.hooks import RemovableHandle

Move = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Perturbable(Protocol):
    """Vectors of each sentence that a model computes and that may be moved on their way."""

    def on_vectors(self, move: Move) -> Sequence[RemovableHandle]:
        """
        From now on each forward pass goes on with `move(vectors, mask)` in place of its vectors.
        Several moves come one after the other.

        # Parameters

        move : `Callable[[torch.Tensor, torch.Tensor], torch.Tensor]`
            Gets the vectors, of shape `(batch_size, ..., dim)`, and which of them are no padding,
            a `torch.BoolTensor` of shape `(batch_size, ...)`. Returns vectors of the same shape.

        # Returns

        `Sequence[RemovableHandle]`
            All of these have to be removed to end it.
        """


@runtime_checkable
class HasPerturbable(Protocol):
    """A module that says itself what of it may be moved."""

    def perturbable(self) -> dict[str, Perturbable]:
        """By the name of the submodule that computes the vectors."""


def perturbable(model: torch.nn.Module) -> dict[str, Perturbable]:
    """
    All that may be moved in a model, by the name of the submodule that computes it: the output of
    each token embedder of a `TextFieldEmbedder`, whatever its class, with the mask of the tokens;
    the word-piece embeddings of AllenNLP's pretrained transformers, with the mask of the word
    pieces, `[CLS]` and the like among them; and what a module with a method `perturbable` names.
    """
    found: dict[str, Perturbable] = {}
    for prefix, module in model.named_modules():
        parts: dict[str, Perturbable] = {}
        if isinstance(module, HasPerturbable):
            parts = module.perturbable()
        elif isinstance(module, TextFieldEmbedder):
            parts = _token_vectors(module)
        elif isinstance(module, PretrainedTransformerEmbedder):
            parts = _word_piece_vectors(module)
        found.update({f"{prefix}.{name}".lstrip("."): part for name, part in parts.items()})
    return found


class _OutputWithin:
    """The output of a module, whose mask follows from the arguments of a module around it."""

    def __init__(
        self,
        part: torch.nn.Module,
        whole: torch.nn.Module,
        mask_of: Callable[[dict[str, Any]], torch.Tensor],
    ) -> None:
        self._part = part
        self._whole = whole
        self._mask_of = mask_of

    def on_vectors(self, move: Move) -> Sequence[RemovableHandle]:
        signature = inspect.signature(self._whole.forward)
        masks: list[torch.Tensor] = []  # that of the call of `whole` that is under way, if any

        def enter(module: torch.nn.Module, args: tuple, kwargs: dict[str, Any]) -> None:
            masks[:] = [self._mask_of(signature.bind(*args, **kwargs).arguments)]

        def output(module: torch.nn.Module, args: tuple, vectors: torch.Tensor) -> torch.Tensor:
            return move(vectors, masks[0]) if masks else vectors

        def leave(module: torch.nn.Module, args: tuple, result: torch.Tensor) -> None:
            masks.clear()

        return [
            self._whole.register_forward_pre_hook(enter, with_kwargs=True),
            self._part.register_forward_hook(output),
            self._whole.register_forward_hook(leave, always_call=True),
        ]


class _WordPieces(_OutputWithin):
    """The same within a transformer, where a long sentence is several rows, the last filled up."""

    def on_vectors(self, move: Move) -> Sequence[RemovableHandle]:
        def by_sentence(rows: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            vectors = rows.reshape(len(mask), -1, rows.size(-1))
            filled_up = pad(mask, (0, vectors.size(1) - mask.size(1)))
            return move(vectors, filled_up).view_as(rows)

        return super().on_vectors(by_sentence)


def _token_vectors(whole: TextFieldEmbedder) -> dict[str, Perturbable]:
    parts: dict[str, Perturbable] = {}
    for name, part in whole.named_modules():
        inside = any(name.startswith(f"{other}.") for other in parts)
        if isinstance(part, TokenEmbedder) and not inside:
            parts[name] = _OutputWithin(
                part, whole, lambda arguments: get_text_field_mask(arguments["text_field_input"])
            )
    return parts


def _word_piece_vectors(whole: PretrainedTransformerEmbedder) -> dict[str, Perturbable]:
    if whole.config.model_type == "xlnet":
        return {}  # its word pieces are of shape `(num_pieces, batch_size, dim)`

    def mask_of(arguments: dict[str, Any]) -> torch.Tensor:
        # That of the windows, with their special tokens, where the indexer has a `max_length`.
        windows = arguments.get("segment_concat_mask")
        return arguments["mask"] if windows is None else windows

    part = whole.transformer_model.get_input_embeddings()
    [name] = [name for name, module in whole.named_modules() if module is part]
    return {name: _WordPieces(part, whole, mask_of)}
