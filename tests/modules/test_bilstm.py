from typing import List, Optional

import pytest
import torch
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from datnet_allennlp.modules.bilstm import BiLstm


def mask_of(lengths: List[int], num_tokens: int = 0) -> torch.Tensor:
    num_tokens = num_tokens or max(lengths)
    return torch.arange(num_tokens) < torch.tensor(lengths).unsqueeze(1)


def torch_twin(lstm: BiLstm) -> torch.nn.LSTM:
    """PyTorch's bidirectional LSTM with the same weights."""
    input_size, hidden_size = lstm.get_input_dim(), lstm.get_output_dim() // 2
    twin = torch.nn.LSTM(input_size, hidden_size, batch_first=True, bidirectional=True).double()
    twin.load_state_dict(lstm.lstm.state_dict())
    return twin


@settings(max_examples=25)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(0, 2**20))
def test_equals_a_packed_lstm(lengths: List[int], seed: int) -> None:
    torch.manual_seed(seed)
    lstm = BiLstm(3, 4).double()
    twin = torch_twin(lstm)
    inputs = torch.randn(len(lengths), max(lengths), 3).double().requires_grad_()
    weights = torch.randn(len(lengths), max(lengths), 8).double()

    found = lstm(inputs, mask_of(lengths))
    packed = pack_padded_sequence(inputs, torch.tensor(lengths), True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(twin(packed)[0], batch_first=True)

    torch.testing.assert_close(found, expected)
    found_grads = torch.autograd.grad(
        (found * weights).sum(),
        [inputs, *lstm.parameters()],
    )
    expected_grads = torch.autograd.grad((expected * weights).sum(), [inputs, *twin.parameters()])
    for one, other in zip(found_grads, expected_grads, strict=True):
        torch.testing.assert_close(one, other)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=4).filter(any), st.integers(0, 2**20))
def test_the_way_on_a_gpu_gives_the_same(lengths: List[int], seed: int) -> None:
    torch.manual_seed(seed)
    lstm = BiLstm(3, 4).double()
    mask = mask_of(lengths, max(lengths) + 1)
    inputs = torch.randn(*mask.shape, 3).double().requires_grad_()
    weights = torch.randn(*mask.shape, 8).double() * mask.unsqueeze(-1)

    found, expected = lstm._packed(inputs, mask), lstm._dense(inputs, mask)
    assert found.shape == expected.shape
    torch.testing.assert_close(found[mask], expected[mask])
    inputs_and_weights = [inputs, *lstm.parameters()]
    for one, other in zip(
        torch.autograd.grad((found * weights).sum(), inputs_and_weights),
        torch.autograd.grad((expected * weights).sum(), inputs_and_weights),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("way", ["_packed", "_dense"])
def test_padding_changes_nothing(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    lstm = BiLstm(3, 4)
    monkeypatch.setattr(lstm, "_dense", getattr(lstm, way))
    lengths = [2, 5, 1, 0]
    inputs = torch.randn(4, 9, 3, requires_grad=True)
    encoded = lstm(inputs, mask_of(lengths, 9))
    assert encoded[~mask_of(lengths, 9)].eq(0).all()
    (grad,) = torch.autograd.grad(encoded.sum(), inputs)
    assert grad[~mask_of(lengths, 9)].eq(0).all()
    for i, length in enumerate(lengths[:3]):
        alone = lstm(inputs[i : i + 1, :length], mask_of([length]))
        torch.testing.assert_close(encoded[i : i + 1, :length], alone)


def test_each_half_sees_its_own_direction() -> None:
    torch.manual_seed(1)
    lstm = BiLstm(2, 3)
    inputs = torch.randn(1, 5, 2, requires_grad=True)
    encoded = lstm(inputs, mask_of([5]))
    (ahead,) = torch.autograd.grad(encoded[0, 2, :3].sum(), inputs, retain_graph=True)
    (behind,) = torch.autograd.grad(encoded[0, 2, 3:].sum(), inputs)
    assert ahead[0].ne(0).any(dim=1).tolist() == [True, True, True, False, False]
    assert behind[0].ne(0).any(dim=1).tolist() == [False, False, True, True, True]


@pytest.mark.parametrize("batch_size", [1, 3])
def test_a_batch_without_tokens(batch_size: int) -> None:
    encoded = BiLstm(2, 3)(torch.randn(batch_size, 0, 2), torch.zeros(batch_size, 0).bool())
    assert encoded.shape == (batch_size, 0, 6)


@pytest.mark.parametrize("mask", [None, torch.ones(2, 4), torch.ones(2, 4, dtype=torch.long)])
def test_masks_that_allennlps_encoders_take(mask: Optional[torch.Tensor]) -> None:
    lstm, inputs = BiLstm(2, 3), torch.randn(2, 4, 2)
    assert torch.equal(lstm(inputs, mask), lstm(inputs, torch.ones(2, 4).bool()))


def test_registered_with_its_dimensions() -> None:
    lstm = Seq2SeqEncoder.by_name("bilstm")(input_size=7, hidden_size=2)
    assert isinstance(lstm, BiLstm)
    assert (lstm.get_input_dim(), lstm.get_output_dim()) == (7, 4)
    assert lstm.is_bidirectional()
