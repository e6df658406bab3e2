import itertools
from typing import List

import pytest
import torch
from allennlp.modules.conditional_random_field import ConditionalRandomField
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from datnet_allennlp.modules.crf import LinearChainCrf, scan_likelihood
from datnet_allennlp.modules.crf.scan_likelihood import ScanLikelihood, within_range

# Half of the range of the transition scores that the scan is for.
WIDEST = scan_likelihood._SAFE_RANGE / 2 - 0.01


class CountOperations(TorchDispatchMode):
    """Counts what would be launches of kernels on a GPU: what is no view and no empty tensor."""

    NO_LAUNCH = ("aten._unsafe_view.", "aten.new_empty.", "aten.empty")

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += not (func.is_view or str(func).startswith(self.NO_LAUNCH))
        return func(*args, **(kwargs or {}))


def make_scores(num_tags: int, spread: float) -> List[torch.Tensor]:
    """Transition, start and end scores within plus or minus `spread`."""
    shapes = [(num_tags, num_tags), (num_tags,), (num_tags,)]
    return [spread * (2 * torch.rand(shape).double() - 1) for shape in shapes]


def reference(
    scores: List[torch.Tensor], inputs: torch.Tensor, tags: torch.Tensor, lengths: List[int]
) -> torch.Tensor:
    """AllenNLP's autograd in float64, sentence by sentence."""
    crf = ConditionalRandomField(inputs.size(2)).double()
    del crf.transitions, crf.start_transitions, crf.end_transitions
    crf.transitions, crf.start_transitions, crf.end_transitions = scores
    values = []
    for sentence, gold, length in zip(inputs, tags, lengths, strict=True):
        alone = sentence[None, :length], gold[None, :length]
        values.append(crf(*alone) if length else sentence.sum() * 0)
    return torch.stack(values)


def assert_equals_reference(
    lengths: List[int], num_tags: int, scale: float, spread: float, dtype: torch.dtype, tol: float
) -> None:
    num_tokens = max(lengths)
    mask = torch.arange(num_tokens) < torch.tensor(lengths).unsqueeze(1)
    tags = torch.randint(num_tags, mask.shape).masked_fill(~mask, 99)
    inputs = scale * torch.randn(len(lengths), num_tokens, num_tags).double()
    # As many digits as the type holds, so that both sides get the same numbers.
    scores = [
        x.to(dtype).double().requires_grad_() for x in [inputs, *make_scores(num_tags, spread)]
    ]
    narrow = [x.detach().to(dtype).requires_grad_() for x in scores]
    weights = torch.randn(len(lengths)).to(dtype)

    found = ScanLikelihood.apply(*narrow, tags, mask)
    expected = reference(scores[1:], scores[0], tags, lengths)

    size = 1 + expected.abs().max().item()
    torch.testing.assert_close(found.double(), expected, rtol=tol, atol=tol * size)
    found_gradients = torch.autograd.grad((found * weights).sum(), narrow)
    expected_gradients = torch.autograd.grad(
        (expected * weights).sum(), scores, materialize_grads=True
    )
    for one, other in zip(found_gradients, expected_gradients, strict=True):
        torch.testing.assert_close(
            one.double(), other, rtol=tol, atol=tol * (1 + other.abs().max().item())
        )
    assert found_gradients[0][~mask].eq(0).all()


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=4).filter(any),
    st.integers(1, 4),
    st.sampled_from([0.1, 3.0, 100.0, 1e4]),
    st.sampled_from([0.1, 2.0, WIDEST]),
    st.sampled_from([(torch.float32, 1e-4), (torch.float64, 1e-9)]),
    # How many numbers may be multiplied at once: one token after the other, a few, all.
    st.sampled_from([1, 100, 2**26]),
    st.integers(0, 2**20),
)
def test_equals_allennlps_autograd(
    lengths, num_tags, scale, spread, precision, most_numbers, seed
) -> None:
    torch.manual_seed(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan_likelihood, "_MOST_NUMBERS", most_numbers)
        assert_equals_reference(lengths, num_tags, scale, spread, *precision)


@pytest.mark.long
@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
@pytest.mark.parametrize("spread", [1.0, WIDEST])
def test_long_sentences_in_float32(scale: float, spread: float) -> None:
    torch.manual_seed(0)
    assert_equals_reference([1000, 3], 5, scale, spread, torch.float32, 2e-3)


def test_unlikely_tags_may_still_be_gold_in_float32() -> None:
    """A path through tags that are exp(-60) times as likely as the others."""
    torch.manual_seed(1)
    inputs = torch.zeros(1, 40, 3)
    inputs[..., 0] = 60.0
    inputs[0, 20, 2] = 120.0  # so that one path has to leave the likeliest tag
    transitions = torch.full((3, 3), -WIDEST).fill_diagonal_(WIDEST)
    scores = [inputs, transitions, torch.zeros(3), torch.zeros(3)]
    tags = torch.ones(1, 40, dtype=torch.long)
    found = ScanLikelihood.apply(*scores, tags, torch.ones(1, 40, dtype=torch.bool))
    expected = reference([x.double() for x in scores[1:]], inputs.double(), tags, [40])
    torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=1e-4)


def test_operations_grow_with_the_logarithm_of_the_length() -> None:
    def operations(num_tokens: int) -> int:
        inputs = torch.randn(2, num_tokens, 3).requires_grad_()
        mask = torch.ones(2, num_tokens, dtype=torch.bool)
        scores = [x.float().requires_grad_() for x in make_scores(3, 1.0)]
        with CountOperations() as operations:
            value = ScanLikelihood.apply(inputs, *scores, mask.long(), mask)
            value.sum().backward()
        return operations.count

    # One step more than a power of two has tokens.
    counts = [operations(2**n + 1) for n in (3, 5, 7, 9)]
    steps = {later - earlier for earlier, later in itertools.pairwise(counts)}
    assert len(steps) == 1 and steps.pop() <= 2 * 9
    assert counts[1] < 150


@pytest.mark.parametrize("spread, is_safe", [(9.99, True), (10.01, False), (float("nan"), False)])
def test_the_range_that_it_is_for(spread: float, is_safe: bool) -> None:
    scores = [torch.full((2, 2), -spread), torch.full((2,), spread), torch.zeros(2)]
    assert within_range(*scores) == is_safe


@pytest.mark.parametrize("spread", [1.0, 50.0])
def test_the_crf_uses_it_where_it_can(spread: float, monkeypatch: pytest.MonkeyPatch) -> None:
    used = []
    monkeypatch.setattr(
        ScanLikelihood, "apply", lambda inputs, *rest: used.append(1) or inputs.sum(dim=(1, 2))
    )
    crf = LinearChainCrf(3).double()  # in this type as on a GPU
    crf.transitions.data.fill_(0)[0, 0] = spread
    tags = torch.zeros(2, 4, dtype=torch.long)
    crf(torch.randn(2, 4, 3).double(), tags, tags == 0)
    assert bool(used) == (spread == 1.0)
