import gzip
from pathlib import Path
from typing import Optional

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.modules.token_embedders import TokenEmbedder

from datnet_allennlp.modules import word_vectors
from datnet_allennlp.modules.word_vectors import WordVectors

# Padding is 0, the unknown word 1.
VOCABULARY = Vocabulary(tokens_to_add={"words": ["hund", "katze", "Ñandú", "maus"]})
GLOVE = "katze 1 2 -3.5\nhund 4e-1 5 6\nnobody 7 8 9\nÑandú 0 0 0\n"
PADDING, UNKNOWN, HUND, KATZE, NANDU, MAUS = range(6)


def embedder(folder: Path, content: bytes, name: str = "vectors.txt", dim: int = 3) -> WordVectors:
    (folder / name).write_bytes(content)
    return WordVectors(VOCABULARY, "words", dim, str(folder / name))


@pytest.mark.parametrize("header", ["", "4 3\n"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", " \n"])
@pytest.mark.parametrize("zipped", [False, True])
def test_reads_text_vectors(tmp_path: Path, header: str, line_end: str, zipped: bool) -> None:
    content = (header + GLOVE).replace("\n", line_end).encode()
    if zipped:
        vectors = embedder(tmp_path, gzip.compress(content), "vectors.txt.gz")
    else:
        vectors = embedder(tmp_path, content)
    found = vectors(torch.tensor([[KATZE, HUND, NANDU], [UNKNOWN, MAUS, PADDING]]))
    unknown = vectors.unknown.tolist()
    expected = [
        [[1.0, 2.0, -3.5], [0.4, 5.0, 6.0], [0.0, 0.0, 0.0]],
        [unknown, unknown, [0.0, 0.0, 0.0]],
    ]
    torch.testing.assert_close(found, torch.tensor(expected))
    assert vectors.get_output_dim() == 3


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
    scaled = WordVectors(VOCABULARY, "words", 3, str(tmp_path / "vectors.txt"), 1.5)
    known = torch.tensor([KATZE, HUND, NANDU])
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
        WordVectors(VOCABULARY, "words", 3, str(tmp_path / "vectors.txt"), standard_deviation)


def test_a_saved_model_needs_no_file(tmp_path: Path) -> None:
    embedder(tmp_path, GLOVE.encode())
    vectors = WordVectors(VOCABULARY, "words", 3, str(tmp_path / "vectors.txt"), 2.0)
    torch.save(vectors.state_dict(), tmp_path / "weights.th")
    (tmp_path / "vectors.txt").unlink()

    loaded = WordVectors(VOCABULARY, "words", 3, standard_deviation=2.0)
    loaded.load_state_dict(torch.load(tmp_path / "weights.th"))
    everything = torch.arange(6).unsqueeze(0)
    assert torch.equal(loaded(everything), vectors(everything))


def test_from_a_config(tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_text(GLOVE)
    config = {
        "type": "word_vectors",
        "vocab_namespace": "words",
        "embedding_dim": 3,
        "pretrained_file": str(tmp_path / "vectors.txt"),
    }
    vectors = TokenEmbedder.from_params(Params(config), vocab=VOCABULARY)
    assert isinstance(vectors, WordVectors)


@pytest.mark.parametrize(
    "content, line, found",
    [
        ("hund 1 2 3\nkatze 1 2\n", 2, "found 2 values, expected 3"),
        ("4 5\nhund 1 2 3 4 5\n", 2, "found 5 values, expected 3"),
        # A first line that is no header.
        ("hund 1\n", 1, "found 1 values, expected 3"),
        ("hund 1 2 3\n\nkatze 1 2 3\n", 2, "found 0 values, expected 3"),
        ("hund 1 2 3\nkatze 1 two 3\n", 2, "'two', expected 3 numbers"),
        ("hund 1 2 3\nkatze 1 nan 3\n", 2, "infinite or no number, expected 3 numbers"),
        ("hund 1 2 1e60\n", 1, "infinite or no number, expected 3 numbers"),
    ],
)
@pytest.mark.parametrize("name", ["vectors.txt", "vectors.txt.gz"])
def test_names_the_line_of_what_it_cannot_read(
    tmp_path: Path, content: str, line: int, found: str, name: str
) -> None:
    raw = gzip.compress(content.encode()) if name.endswith("gz") else content.encode()
    with pytest.raises(ConfigurationError) as error:
        embedder(tmp_path, raw, name)
    assert str(error.value).startswith(f"{tmp_path / name}:{line}: ")
    assert found in str(error.value)


def test_names_the_line_that_is_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"vectors\.txt:2: expected UTF-8, found"):
        embedder(tmp_path, "hund 1 2 3\nÑandú 1 2 3\n".encode("latin-1"))


@pytest.mark.parametrize("content", [b"", b"nobody 1 2 3\n"])
def test_refuses_a_file_without_the_words(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"vectors\.txt: found a vector for none of the"):
        embedder(tmp_path, content)


@pytest.mark.parametrize(
    "content", [GLOVE.encode(), gzip.compress(GLOVE.encode() * 50)[:-9], b"\x1f\x8b\x08\x00junk"]
)
def test_refuses_a_damaged_gzip_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"vectors\.txt\.gz: .*expected a whole gzip file"):
        embedder(tmp_path, content, "vectors.txt.gz")


@pytest.mark.parametrize("name", ["absent.txt", "absent.txt.gz", "folder"])
def test_refuses_what_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigurationError) as error:
        WordVectors(VOCABULARY, "words", 3, str(tmp_path / name))
    assert f"pretrained_file: found no file '{tmp_path / name}'" in str(error.value)


def test_a_download_is_unzipped_by_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where a download is kept, its name is a hash without an ending.
    (tmp_path / "0f3a").write_bytes(gzip.compress(GLOVE.encode()))
    monkeypatch.setattr(word_vectors, "cached_path", lambda path: str(tmp_path / "0f3a"))
    vectors = WordVectors(VOCABULARY, "words", 3, "https://example.org/vectors.txt.gz")
    assert vectors(torch.tensor([KATZE])).tolist() == [[1.0, 2.0, -3.5]]


@pytest.mark.parametrize("path", [None, "vectors.txt"])
def test_refuses_an_unknown_namespace(path: Optional[str]) -> None:
    with pytest.raises(ConfigurationError) as error:
        WordVectors(VOCABULARY, "wrods", 3, path)
    assert "vocab_namespace: found 'wrods', expected one of" in str(error.value)
    assert "['words']" in str(error.value)


@pytest.mark.parametrize("line_end", ["\n", " \r\n"])
def test_reading_at_once_is_reading_line_by_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line_end: str
) -> None:
    random = torch.Generator().manual_seed(0)
    words = [f"w{i}é" for i in range(300)]
    rows = torch.randn(300, 20, generator=random).tolist()
    lines = [f"{word} {' '.join(map(str, row))}" for word, row in zip(words, rows, strict=True)]
    lines[250] = lines[250].replace(words[250], words[249])  # the second counts
    (tmp_path / "v.txt").write_text("".join(line + line_end for line in lines))
    vocabulary = Vocabulary(tokens_to_add={"words": [*words[::2], words[249], "absent"]})
    monkeypatch.setattr(word_vectors, "_BLOCK_SIZE", 5000)

    def read() -> WordVectors:
        return WordVectors(vocabulary, "words", 20, str(tmp_path / "v.txt"))

    fast = read()
    assert int(fast.is_unknown.sum()) == 3  # the unknown word, `absent` and w250
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_vectors, "_read_block", lambda *block: False)
        slow = read()
    assert torch.equal(fast.vectors, slow.vectors)
    assert torch.equal(fast.is_unknown, slow.is_unknown)


def test_usual_lines_are_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_vectors, "_read_line", lambda *line: pytest.fail("read by line"))
    assert embedder(tmp_path, GLOVE.encode()).vectors[KATZE].tolist() == [1.0, 2.0, -3.5]
