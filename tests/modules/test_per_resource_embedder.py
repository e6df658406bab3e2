from pathlib import Path
from typing import Dict, List

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules.text_field_embedders import TextFieldEmbedder
from allennlp.modules.token_embedders import Embedding, PassThroughTokenEmbedder, TokenEmbedder

from datnet_allennlp.modules.character_cnn import CharacterCnn
from datnet_allennlp.modules.per_resource_embedder import PerResourceEmbedder
from datnet_allennlp.modules.vector_alignment import ProcrustesAlignment
from datnet_allennlp.modules.word_characters import WordCharacters

WORDS = torch.tensor([[2, 3, 0], [1, 4, 2]])
CHARACTERS = torch.tensor([[4, 3, 0], [2, 1, 1]])


def embedding(dim: int) -> Embedding:
    return Embedding(embedding_dim=dim, num_embeddings=5)


def make_embedder(dropout: float = 0.0) -> PerResourceEmbedder:
    torch.manual_seed(0)
    per_resource: Dict[str, TokenEmbedder] = {"source": embedding(3), "target": embedding(3)}
    return PerResourceEmbedder(per_resource, {"characters": embedding(2)}, dropout=dropout)


TOKENS = {"words": {"tokens": WORDS}, "characters": {"tokens": CHARACTERS}}


def test_lists_of_texts() -> None:
    characters = torch.randint(5, (2, 3, 4, 6))
    shared: TokenEmbedder = WordCharacters(embedding(2), CharacterCnn(2, 3))
    embedder = PerResourceEmbedder({"target": embedding(3)}, {"characters": shared})
    words = torch.randint(5, (2, 3, 4))

    def embed(words: torch.Tensor, characters: torch.Tensor, wrapping: int) -> torch.Tensor:
        tokens = {"words": {"tokens": words}, "characters": {"token_characters": characters}}
        return embedder(tokens, num_wrapping_dims=wrapping, resource="target")

    alone = [embed(*each, 0) for each in zip(words, characters, strict=True)]
    torch.testing.assert_close(embed(words, characters, 1), torch.stack(alone))


@pytest.mark.parametrize("resource", ["source", "target"])
def test_concatenates_the_resources_own_embedding_and_the_shared(resource: str) -> None:
    embedder = make_embedder()
    embedded = embedder(TOKENS, resource=resource)
    assert embedded.shape == (2, 3, embedder.get_output_dim()) == (2, 3, 5)
    own = embedder.per_resource[resource].weight
    shared = embedder.shared["characters"].weight
    assert torch.equal(embedded[..., :3], own[WORDS])
    assert torch.equal(embedded[..., 3:], shared[CHARACTERS])


@pytest.mark.parametrize("resource, other", [("source", "target"), ("target", "source")])
def test_a_batch_trains_its_own_and_the_shared_embedding(resource: str, other: str) -> None:
    embedder = make_embedder()
    embedder(TOKENS, resource=resource).sum().backward()
    assert embedder.per_resource[resource].weight.grad.ne(0).any()
    assert embedder.shared["characters"].weight.grad.ne(0).any()
    assert embedder.per_resource[other].weight.grad is None


def test_two_embeddings_of_the_same_indexer_are_both_used() -> None:
    torch.manual_seed(0)
    own, shared = embedding(3), embedding(2)
    embedder = PerResourceEmbedder({"target": own}, {"words": shared})
    embedded = embedder({"words": {"tokens": WORDS}}, resource="target")
    assert torch.equal(embedded, torch.cat([own.weight[WORDS], shared.weight[WORDS]], dim=-1))


def test_what_an_indexer_yields_goes_by_name() -> None:
    class Difference(PassThroughTokenEmbedder):
        def forward(self, minuend: torch.Tensor, subtrahend: torch.Tensor) -> torch.Tensor:
            return minuend - subtrahend

    embedder = PerResourceEmbedder({"target": Difference(2)})
    small, large = torch.ones(1, 3, 2), torch.full((1, 3, 2), 5.0)
    embedded = embedder({"words": {"subtrahend": small, "minuend": large}})
    assert embedded.equal(torch.full((1, 3, 2), 4.0))


@pytest.mark.parametrize("resource", [None, "source", "target"])
def test_everything_may_be_shared(resource: str) -> None:
    embedder = PerResourceEmbedder(shared={"characters": embedding(2)})
    assert embedder.get_output_dim() == 2
    embedded = embedder({"characters": TOKENS["characters"]}, resource=resource)
    assert embedded.equal(embedder.shared["characters"].weight[CHARACTERS])


def test_a_single_resource_need_not_be_named() -> None:
    embedder = PerResourceEmbedder({"target": embedding(3)}, key="w")
    tokens = {"w": {"tokens": WORDS}}
    assert torch.equal(embedder(tokens), embedder(tokens, resource="target"))


def test_dropout_in_training_only() -> None:
    embedder = make_embedder(dropout=0.5)
    plain = embedder.eval()(TOKENS, resource="source")
    dropped = embedder.train()(TOKENS, resource="source")
    kept = dropped.ne(0)
    assert 0 < kept.sum() < kept.numel()
    torch.testing.assert_close(dropped[kept], 2 * plain[kept])


def test_from_a_config() -> None:
    vocabulary = Vocabulary(tokens_to_add={"s": ["a"], "t": ["a", "b"]})
    config = {
        "type": "per_resource",
        "per_resource": {
            name: {"type": "embedding", "vocab_namespace": name[0], "embedding_dim": 4}
            for name in ("source", "target")
        },
    }
    embedder = TextFieldEmbedder.from_params(Params(config), vocab=vocabulary)
    assert isinstance(embedder, PerResourceEmbedder)
    assert embedder.per_resource["target"].weight.shape == (4, 4)
    assert embedder.get_output_dim() == 4


def test_refuses_embeddings_of_different_widths() -> None:
    with pytest.raises(ConfigurationError) as error:
        PerResourceEmbedder({"source": embedding(3), "target": embedding(4)})
    assert str(error.value) == (
        "text_field_embedder.per_resource: found widths {'source': 3, 'target': 4}, "
        "expected one width"
    )


@pytest.mark.parametrize("arguments", [(), ({},), ({}, {})])
def test_refuses_no_embedder(arguments: tuple) -> None:
    with pytest.raises(ConfigurationError, match="per_resource: found no embedder, .*at least one"):
        PerResourceEmbedder(*arguments)


@pytest.mark.parametrize("resource", ["trget", None])
def test_refuses_a_batch_of_an_unknown_resource(resource: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        make_embedder()(TOKENS, resource=resource)
    assert (
        f"text_field_embedder.per_resource: found a batch of resource '{resource}', "
        "expected one of ['source', 'target']"
    ) in str(error.value)


@pytest.mark.parametrize("names", [["words"], ["words", "characters", "pos"], ["characters"]])
def test_refuses_indexers_that_do_not_match(names: List[str]) -> None:
    with pytest.raises(ConfigurationError) as error:
        make_embedder()({name: {"tokens": WORDS} for name in names}, resource="source")
    assert f"found token indexers {sorted(names)}, expected ['characters', 'words']" in str(
        error.value
    )


def aligned(
    folder: Path, vocab: Vocabulary, read: bool = True, towards: str = "source"
) -> PerResourceEmbedder:
    """Four words, the target's vectors turned by a right angle."""
    rows = {"source": ["1 0", "0 2", "3 1", "1 1"], "target": ["0 1", "-2 0", "-1 3", "-1 1"]}
    per_resource = {}
    for name, values in rows.items():
        path = folder / f"{name}.txt"
        lines = [f"word{'abcd'[i]} {vector}\n" for i, vector in enumerate(values)]
        path.write_text("".join(lines))
        per_resource[name] = {"type": "word_vectors", "vocab_namespace": name}
        if read:
            per_resource[name]["pretrained_file"] = str(path)
    alignment = {"target": {"type": "procrustes", "towards": towards}}
    config = {"type": "per_resource", "per_resource": per_resource, "alignment": alignment}
    embedder = TextFieldEmbedder.from_params(Params(config), vocab=vocab)
    assert isinstance(embedder, PerResourceEmbedder)
    return embedder


def test_one_resource_is_moved_into_the_space_of_the_other(tmp_path: Path) -> None:
    vocab = Vocabulary()
    embedder = aligned(tmp_path, vocab)
    tokens = {"words": {"tokens": torch.tensor([[2, 3, 4, 5]])}}
    source = embedder(tokens, resource="source")
    assert source.tolist() == [[[1, 0], [0, 2], [3, 1], [1, 1]]]
    torch.testing.assert_close(embedder(tokens, resource="target"), source)
    # A loaded model has them in its weights.
    loaded = aligned(tmp_path, vocab, read=False)
    loaded.load_state_dict(embedder.state_dict())
    torch.testing.assert_close(loaded(tokens, resource="target"), source)


def test_refuses_an_alignment_of_a_resource_with_itself(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="found 'target' towards 'target', expected two"):
        aligned(tmp_path, Vocabulary(), towards="target")


def test_refuses_an_alignment_of_trained_embeddings() -> None:
    alignment = {"target": ProcrustesAlignment("source")}
    with pytest.raises(ConfigurationError, match="found 'target' towards 'source', expected two"):
        PerResourceEmbedder({"source": embedding(3), "target": embedding(3)}, alignment=alignment)
