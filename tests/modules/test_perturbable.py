import pytest
import torch
from allennlp.common import Params
from allennlp.data import Instance, Token, Vocabulary
from allennlp.data.token_indexers import (
    PretrainedTransformerMismatchedIndexer,
    SingleIdTokenIndexer,
    TokenCharactersIndexer,
)
from allennlp.modules.text_field_embedders import TextFieldEmbedder
from allennlp.modules.token_embedders import PretrainedTransformerMismatchedEmbedder

from datnet_allennlp.data.indexed_text_field import IndexedTextField
from datnet_allennlp.modules.per_resource_embedder import PerResourceEmbedder
from datnet_allennlp.modules.perturbable import perturbable

# In windows of 16 pieces, two of which are special: three windows, one window.
LONG = "a bcd efghi j klmno pqrs tuvwx yz abcdefg hi".split()
SHORT = "nora ran".split()
PIECES = "_matched_embedder.transformer_model.embeddings.word_embeddings"


@pytest.fixture(params=[("bert", None), ("bert", 16), ("roberta", None), ("roberta", 16)])
def transformer(request, tiny_transformer, as_batch):
    """An embedder that has nothing but a transformer, and a batch for it."""
    kind, max_length = request.param
    options = {"model_name": tiny_transformer(kind), "max_length": max_length}
    indexers = {"words": PretrainedTransformerMismatchedIndexer(**options)}
    fields = [IndexedTextField(list(map(Token, each)), indexers) for each in (SHORT, LONG)]
    batch = as_batch([Instance({"tokens": field}) for field in fields], Vocabulary())
    part = PretrainedTransformerMismatchedEmbedder(**options)
    embedder = PerResourceEmbedder(shared={"words": part}).double()
    return embedder, batch["tokens"], max_length


def seen_in(embedder, name, tensors, change=lambda vectors, mask: vectors):
    """The vectors and mask of a forward pass, and its output."""
    seen = []

    def move(vectors, mask):
        vectors = change(vectors, mask)
        vectors.retain_grad()
        seen.append((vectors, mask))
        return vectors

    handles = perturbable(embedder)[name].on_vectors(move)
    output = embedder(tensors)
    for handle in handles:
        handle.remove()
    [(vectors, mask)] = seen
    embedder(tensors)
    assert len(seen) == 1, "removed, but called"
    assert not any(
        module._forward_hooks or module._forward_pre_hooks for module in embedder.modules()
    )
    return vectors, mask, output


class TestTransformer:
    def test_names(self, transformer):
        embedder, _, _ = transformer
        assert perturbable(embedder).keys() == {"shared.words", f"shared.words.{PIECES}"}

    def test_masks(self, transformer):
        embedder, tensors, max_length = transformer
        vectors, mask, _ = seen_in(embedder, "shared.words", tensors)
        assert vectors.shape == (2, 10, 8)
        assert mask.sum(dim=1).tolist() == [len(SHORT), len(LONG)]
        vectors, mask, _ = seen_in(embedder, f"shared.words.{PIECES}", tensors)
        letters = [sum(map(len, each)) for each in (SHORT, LONG)]
        assert letters == [7, 35]
        windows = [1, 1] if max_length is None else [1, 3]
        expected = [n + 2 * w for n, w in zip(letters, windows, strict=True)]
        width = expected[1] if max_length is None else 3 * 16
        assert vectors.shape == (2, width, 8)
        # What counts comes first.
        assert mask.equal(torch.arange(width) < torch.tensor(expected).unsqueeze(1))

    @pytest.mark.parametrize("name", ["shared.words", f"shared.words.{PIECES}"])
    def test_the_mask_is_what_the_output_rests_on(self, name, transformer):
        embedder, tensors, _ = transformer
        mask = torch.tensor([[i < len(each) for i in range(10)] for each in (SHORT, LONG)])
        weight = torch.randn(8, dtype=torch.double)
        vectors, found, output = seen_in(embedder, name, tensors)
        (output[mask] @ weight).sum().backward()
        assert vectors.grad.abs().sum(dim=-1).gt(1e-9).equal(found)

    @pytest.mark.parametrize("name", ["shared.words", f"shared.words.{PIECES}"])
    def test_the_gradient_is_that_of_finite_differences(self, name, transformer):
        embedder, tensors, _ = transformer
        torch.manual_seed(0)
        weight = torch.randn(2, 10, 8, dtype=torch.double)
        vectors, mask, output = seen_in(embedder, name, tensors)
        (output * weight).sum().backward()
        for sentence in range(2):
            by = torch.randn_like(vectors) * mask.unsqueeze(-1)
            by[1 - sentence] = 0
            ends = []
            for step in (-1e-5 * by, 1e-5 * by):
                moved = seen_in(embedder, name, tensors, lambda v, _, step=step: v + step)
                ends.append((moved[2] * weight).sum())
            difference = (ends[1] - ends[0]) / 2e-5
            torch.testing.assert_close(difference, (vectors.grad * by).sum(), rtol=1e-5, atol=1e-6)


def test_in_a_basic_embedder_of_allennlp(as_batch) -> None:
    """The tokens' mask, for any class of token embedder; what is within one is not offered."""
    vocab = Vocabulary(tokens_to_add={"tokens": ["nora", "ran"], "token_characters": list("noar")})
    indexers = {
        "words": SingleIdTokenIndexer(),
        "characters": TokenCharactersIndexer(min_padding_length=1),
    }
    embedder = TextFieldEmbedder.from_params(
        Params(
            {
                "token_embedders": {
                    "words": {"type": "embedding", "embedding_dim": 3},
                    "characters": {
                        "type": "character_encoding",
                        "embedding": {"embedding_dim": 4, "vocab_namespace": "token_characters"},
                        "encoder": {"type": "boe", "embedding_dim": 4},
                    },
                }
            }
        ),
        vocab=vocab,
    )
    fields = [IndexedTextField(list(map(Token, each)), indexers) for each in (SHORT, SHORT[:1])]
    tensors = as_batch([Instance({"tokens": field}) for field in fields], vocab)["tokens"]
    names = {"token_embedder_words": 3, "token_embedder_characters": 4}
    assert perturbable(embedder).keys() == names.keys()
    for name, dim in names.items():
        vectors, mask, _ = seen_in(embedder, name, tensors)
        assert vectors.shape == (2, 2, dim)
        assert mask.tolist() == [[True, True], [True, False]]


def test_moves_come_one_after_the_other(as_batch) -> None:
    vocab = Vocabulary(tokens_to_add={"tokens": SHORT})
    part = {"type": "embedding", "embedding_dim": 3}
    params = Params({"type": "per_resource", "per_resource": {"target": part}})
    embedder = TextFieldEmbedder.from_params(params, vocab=vocab)
    field = IndexedTextField(list(map(Token, SHORT)), {"words": SingleIdTokenIndexer()})
    tensors = as_batch([Instance({"tokens": field})], vocab)["tokens"]
    plain = embedder(tensors)
    [words] = perturbable(embedder).values()
    words.on_vectors(lambda vectors, mask: vectors + 1)
    words.on_vectors(lambda vectors, mask: vectors * 2)
    torch.testing.assert_close(embedder(tensors), 2 * (plain + 1))


def test_a_part_that_is_called_outside_is_left_alone(transformer) -> None:
    embedder, tensors, _ = transformer
    for part in perturbable(embedder).values():
        part.on_vectors(lambda vectors, mask: vectors + 1)
    pieces = embedder.get_submodule(f"shared.words.{PIECES}")
    ids = tensors["words"]["token_ids"]
    assert pieces(ids).equal(pieces.weight[ids])
