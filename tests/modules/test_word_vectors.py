from pathlib import Path
from typing import Optional

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules.token_embedders import TokenEmbedder

from datnet_allennlp.modules.word_vectors import WordVectors

GLOVE = "katze 1 2 -3.5\nhund 4e-1 5 6\nnobody 7 8 9\nÑandú 0 0 0\n"
PADDING, UNKNOWN, HUND, KATZE, NANDU, MAUS = range(6)


def vocabulary() -> Vocabulary:
    return Vocabulary(tokens_to_add={"words": ["hund", "katze", "Ñandú", "maus"]})


def embedder(
    folder: Path, content: bytes, name: str = "vectors.txt", dim: Optional[int] = 3
) -> WordVectors:
    (folder / name).write_bytes(content)
    return WordVectors(vocabulary(), "words", dim, str(folder / name))


def test_embeds_the_words_of_the_file(tmp_path: Path) -> None:
    vectors = embedder(tmp_path, GLOVE.encode())
    found = vectors(torch.tensor([[KATZE, HUND, NANDU], [UNKNOWN, MAUS, PADDING]]))
    unknown = vectors.unknown.tolist()
    expected = [
        [[1.0, 2.0, -3.5], [0.4, 5.0, 6.0], [0.0, 0.0, 0.0]],
        [unknown, unknown, [0.0, 0.0, 0.0]],
    ]
    torch.testing.assert_close(found, torch.tensor(expected))
    assert vectors.get_output_dim() == 3


@pytest.mark.parametrize("dim", [1, 3, 300])
def test_the_file_states_the_words_and_the_width(tmp_path: Path, dim: int) -> None:
    vocabulary = Vocabulary()
    values = " ".join(map(str, range(dim)))
    (tmp_path / "v.txt").write_text(f"hund {values}\nkatze 9.5{' 1' * (dim - 1)}\n")
    config = {
        "type": "word_vectors",
        "vocab_namespace": "words",
        "pretrained_file": str(tmp_path / "v.txt"),
    }
    vectors = TokenEmbedder.from_params(Params(config), vocab=vocabulary)
    assert isinstance(vectors, WordVectors) and vectors.get_output_dim() == dim
    assert vectors.vectors.shape == (4, dim)
    known = ["@@PADDING@@", "@@UNKNOWN@@", "hund", "katze"]
    assert list(vocabulary.get_token_to_index_vocabulary("words")) == known


def test_only_the_unknown_vector_is_trained(tmp_path: Path) -> None:
    vectors = embedder(tmp_path, GLOVE.encode())
    assert [name for name, _ in vectors.named_parameters()] == ["unknown"]
    embedded = vectors(torch.tensor([[HUND, MAUS, UNKNOWN, PADDING, MAUS]]))
    embedded.sum().backward()
    assert vectors.unknown.grad is not None
    assert vectors.unknown.grad.tolist() == [3.0, 3.0, 3.0]  # once for each unknown word

    before = vectors.vectors.clone()
    torch.optim.SGD(vectors.parameters(), lr=1.0).step()
    assert torch.equal(vectors.vectors, before)
    assert torch.equal(vectors(torch.tensor([MAUS]))[0], vectors.unknown)

    vectors.zero_grad()
    known = vectors(torch.tensor([[HUND, KATZE, PADDING]]))
    known.sum().backward()
    assert vectors.unknown.grad is None or vectors.unknown.grad.eq(0).all()


def test_the_unknown_vector_is_as_large_as_the_known(tmp_path: Path) -> None:
    torch.manual_seed(0)
    words = [f"w{i}" for i in range(3)]
    lines = "".join(f"{word} " + " ".join(["200", "-200"] * 500) + "\n" for word in words)
    (tmp_path / "large.txt").write_text(lines)
    vectors = WordVectors(
        Vocabulary(tokens_to_add={"words": words}), "words", 1000, str(tmp_path / "large.txt")
    )
    assert vectors.unknown.std().item() == pytest.approx(200, rel=0.1)


def test_brought_to_a_standard_deviation(tmp_path: Path) -> None:
    torch.manual_seed(0)
    content = GLOVE.encode()
    as_they_are = embedder(tmp_path, content)
    scaled = WordVectors(vocabulary(), "words", 3, str(tmp_path / "vectors.txt"), 1.5)
    known = torch.tensor([KATZE, HUND, NANDU, MAUS + 1])  # the last is `nobody`
    before, after = as_they_are(known), scaled(known)
    assert after.std(correction=0).item() == pytest.approx(1.5)
    torch.testing.assert_close(after, before * (1.5 / before.std(correction=0)))
    assert scaled(torch.tensor([PADDING])).eq(0).all()


def test_the_unknown_vector_is_scaled_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    words = [f"w{i}" for i in range(3)]
    lines = "".join(f"{word} " + " ".join(["200", "-200"] * 500) + "\n" for word in words)
    (tmp_path / "large.txt").write_text(lines)
    vocabulary = Vocabulary(tokens_to_add={"words": words})
    vectors = WordVectors(vocabulary, "words", 1000, str(tmp_path / "large.txt"), 3.0)
    assert vectors.unknown.std().item() == pytest.approx(3.0, rel=0.1)


@pytest.mark.parametrize(
    "standard_deviation, content, message",
    [
        (0.0, GLOVE, "standard_deviation: found 0.0, expected more than 0"),
        (-1.0, GLOVE, "standard_deviation: found -1.0"),
        (10**38, GLOVE, "standard_deviation: found 10{38}, expected more than 0 and at most 1e6"),
        (
            1.0,
            "hund 2 2 2\nkatze 2 2 2\n",
            "vectors.txt: found vectors whose values are all the same",
        ),
    ],
)
def test_a_standard_deviation_that_cannot_be(
    tmp_path: Path, standard_deviation: float, content: str, message: str
) -> None:
    (tmp_path / "vectors.txt").write_text(content)
    with pytest.raises(ConfigurationError, match=message):
        WordVectors(vocabulary(), "words", 3, str(tmp_path / "vectors.txt"), standard_deviation)


def test_a_saved_model_needs_no_file(tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_text(GLOVE)
    vocab = vocabulary()
    vectors = WordVectors(vocab, "words", None, str(tmp_path / "vectors.txt"), 2.0)
    torch.save(vectors.state_dict(), tmp_path / "weights.th")
    vocab.save_to_files(str(tmp_path / "vocabulary"))
    (tmp_path / "vectors.txt").unlink()

    vocab = Vocabulary.from_files(str(tmp_path / "vocabulary"))
    loaded = WordVectors(vocab, "words", standard_deviation=2.0)
    loaded.load_state_dict(torch.load(tmp_path / "weights.th"))
    everything = torch.arange(7).unsqueeze(0)
    assert torch.equal(loaded(everything), vectors(everything))


def test_refuses_another_width_than_is_stated(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"vectors\.txt: found vectors of 3 .*expected 5"):
        embedder(tmp_path, GLOVE.encode(), dim=5)


def test_two_files_for_one_namespace_have_one_width(tmp_path: Path) -> None:
    vocab = vocabulary()
    for content in (GLOVE, GLOVE + "haus 1 2 3\n"):
        (tmp_path / "vectors.txt").write_text(content)
        WordVectors(vocab, "words", None, str(tmp_path / "vectors.txt"))
    (tmp_path / "vectors.txt").write_text("hund 1\nkatze 2\n")
    with pytest.raises(ConfigurationError, match=r"found vectors of 3 and 1 values for .*'words'"):
        WordVectors(vocab, "words", None, str(tmp_path / "vectors.txt"))


def test_a_vocabulary_that_pads_other_namespaces(tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_text(GLOVE)
    vocab = Vocabulary(non_padded_namespaces=["*tags"])
    vectors = WordVectors(vocab, "words", None, str(tmp_path / "vectors.txt"))
    assert vectors.get_output_dim() == 3


@pytest.mark.parametrize("dim", [None, 3])
def test_neither_a_file_nor_a_loaded_model(dim: Optional[int]) -> None:
    with pytest.raises(ConfigurationError, match=r"found no file .*'words'.*corpus\(folder, null"):
        WordVectors(vocabulary(), "words", dim)
