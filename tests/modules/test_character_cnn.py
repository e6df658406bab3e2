from contextlib import nullcontext
from typing import List, Sequence

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2vec_encoders import Seq2VecEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import conv1d

from datnet_allennlp import kernels
from datnet_allennlp.modules.character_cnn import CharacterCnn


def mask_of(lengths: List[int], num_characters: int) -> torch.Tensor:
    return torch.arange(num_characters) < torch.tensor(lengths).unsqueeze(1)


def word_by_word(cnn: CharacterCnn, words: List[torch.Tensor]) -> torch.Tensor:
    """Every window that touches a character of the word, whose own length is `len(word)`."""
    encoded = []
    for word in words:
        features = []
        for convolution in cnn.convolutions:
            if len(word) == 0:
                features.append(word.new_zeros(convolution.out_channels))
                continue
            windows = conv1d(
                word.t().unsqueeze(0),
                convolution.weight,
                convolution.bias,
                padding=convolution.kernel_size[0] - 1,
            )
            features.append(torch.tanh(windows).max(dim=2).values[0])
        encoded.append(torch.cat(features))
    return torch.stack(encoded)


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 8), min_size=1, max_size=12),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.integers(0, 3),
    st.integers(0, 2**20),
    # The kernels are for float32; other types take the way through PyTorch.
    st.sampled_from([torch.float32, torch.float64]),
)
def test_equals_convolutions_word_by_word(
    lengths: List[int],
    kernel_sizes: Sequence[int],
    more_padding: int,
    seed: int,
    dtype: torch.dtype,
) -> None:
    torch.manual_seed(seed)
    cnn = CharacterCnn(3, 4, kernel_sizes).to(dtype)
    num_characters = max(lengths) + more_padding
    # Padding holds anything.
    tokens = torch.randn(len(lengths), num_characters, 3, dtype=dtype).requires_grad_()
    weights = torch.randn(len(lengths), cnn.get_output_dim(), dtype=dtype)

    found = cnn(tokens, mask_of(lengths, num_characters))
    words = [word[:length] for word, length in zip(tokens, lengths, strict=True)]
    expected = word_by_word(cnn, words)

    torch.testing.assert_close(found, expected)
    if any(lengths):
        inputs = [tokens, *cnn.parameters()]
        for one, other in zip(
            torch.autograd.grad((found * weights).sum(), inputs),
            torch.autograd.grad((expected * weights).sum(), inputs),
            strict=True,
        ):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_under_autocast_it_is_as_exact_as_without() -> None:
    torch.manual_seed(0)
    cnn = CharacterCnn(3, 4)
    tokens, mask = torch.randn(5, 6, 3), mask_of([6, 1, 0, 4, 2], 6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = cnn(tokens, mask)
    torch.testing.assert_close(found, cnn(tokens, mask), check_dtype=False)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_no_number_stays_none(dtype: torch.dtype) -> None:
    cnn = CharacterCnn(3, 4).to(dtype)
    tokens = torch.randn(2, 5, 3, dtype=dtype)
    tokens[0, 1] = float("nan")
    found = cnn(tokens, mask_of([4, 3], 5))
    assert found[0].isnan().all() and found[1].isfinite().all()


@pytest.mark.parametrize("kernels_are", [nullcontext, kernels.disabled])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_of_equal_windows_the_first_gets_the_gradient(kernels_are, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    cnn = CharacterCnn(3, 8, kernel_sizes=[1, 2, 3, 4]).to(dtype)
    h, a = torch.randn(2, 3, dtype=dtype)
    words = [[h, a, h, a, h, a], [a, a, a, a], [h, a, a, h, a, a, h]]
    tokens = torch.zeros(3, 7, 3, dtype=dtype)
    for word, characters in zip(tokens, words, strict=True):
        word[: len(characters)] = torch.stack(characters)
    tokens.requires_grad_()
    lengths = [len(word) for word in words]
    with kernels_are():
        (found,) = torch.autograd.grad(cnn(tokens, mask_of(lengths, 7)).sum(), tokens)

    # By hand: tanh'(maximum) times the filter, at the characters of the first maximal window.
    expected = torch.zeros_like(tokens)
    for n, length in enumerate(lengths):
        for convolution in cnn.convolutions:
            size = convolution.kernel_size[0]
            padded = torch.zeros(length + 2 * (size - 1), 3, dtype=dtype)
            padded[size - 1 : size - 1 + length] = tokens[n, :length].detach()
            for weight, bias in zip(convolution.weight, convolution.bias, strict=True):
                values = [
                    ((padded[w : w + size] * weight.t()).sum() + bias).item()
                    for w in range(length + size - 1)
                ]
                # Sums of the same numbers, up to their last bits.
                first = next(w for w, v in enumerate(values) if v > max(values) - 1e-5)
                by_window = (1 - torch.tanh(torch.tensor(values[first], dtype=dtype)) ** 2) * weight
                for place in range(size):
                    if 0 <= first + place - (size - 1) < length:
                        expected[n, first + place - (size - 1)] += by_window[:, place]
    torch.testing.assert_close(found, expected.detach(), rtol=1e-4, atol=1e-5)


def test_padding_changes_nothing() -> None:
    torch.manual_seed(0)
    cnn = CharacterCnn(3, 5)
    lengths = [1, 7, 3, 0, 2, 12, 1]
    tokens = torch.randn(7, 20, 3, requires_grad=True)
    encoded = cnn(tokens, mask_of(lengths, 20))
    (grad,) = torch.autograd.grad(encoded.sum(), tokens)
    assert grad[~mask_of(lengths, 20)].eq(0).all()
    for i, length in enumerate(lengths):
        alone = cnn(tokens[i : i + 1, :length], mask_of([length], length))
        torch.testing.assert_close(encoded[i : i + 1], alone)


def test_words_shorter_than_the_kernels_and_empty_ones() -> None:
    torch.manual_seed(1)
    cnn = CharacterCnn(2, 3, kernel_sizes=[4])
    encoded = cnn(torch.randn(2, 4, 2), mask_of([1, 0], 4))
    assert encoded[0].isfinite().all() and encoded[0].ne(0).all()
    assert encoded[1].eq(0).all()


@pytest.mark.parametrize("num_words, num_characters", [(0, 3), (2, 0), (0, 0)])
def test_no_words_and_no_characters(num_words: int, num_characters: int) -> None:
    cnn = CharacterCnn(2, 3)
    encoded = cnn(
        torch.randn(num_words, num_characters, 2), torch.ones(num_words, num_characters).bool()
    )
    assert encoded.shape == (num_words, 9) and encoded.eq(0).all()


def test_without_a_mask_there_is_no_padding() -> None:
    cnn, tokens = CharacterCnn(2, 3), torch.randn(4, 5, 2)
    assert torch.equal(cnn(tokens, None), cnn(tokens, torch.ones(4, 5).bool()))


def test_registered_with_its_dimensions() -> None:
    cnn = Seq2VecEncoder.by_name("character_cnn")(embedding_dim=30, num_filters=20)
    assert isinstance(cnn, CharacterCnn)
    assert (cnn.get_input_dim(), cnn.get_output_dim()) == (30, 60)
    assert [c.kernel_size for c in cnn.convolutions] == [(2,), (3,), (4,)]


@pytest.mark.parametrize("row", [-1, 5])
def test_a_character_that_does_not_exist(row: int) -> None:
    rows = torch.tensor([[0, 1], [4, row]])
    with pytest.raises(IndexError, match=r"word 1 of the batch: .* from 0 to 4"):
        CharacterCnn(3, 2).encode_rows(torch.randn(5, 3), rows, torch.ones(2, 2))


@pytest.mark.parametrize("sizes", [[], [0, 3], [-2]])
def test_refuses_sizes_that_are_none(sizes: List[int]) -> None:
    with pytest.raises(ConfigurationError, match="character_cnn.kernel_sizes: found"):
        CharacterCnn(4, 3, sizes)
