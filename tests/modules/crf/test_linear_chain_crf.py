import copy
import itertools
import re
from contextlib import nullcontext
from typing import List, Optional, Tuple

import numpy
import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.conditional_random_field import ConditionalRandomField
from allennlp.modules.conditional_random_field.conditional_random_field import allowed_transitions
from hypothesis import given, settings
from hypothesis import strategies as st

from datnet_allennlp import kernels
from datnet_allennlp.kernels import crf as crf_kernels
from datnet_allennlp.kernels.crf import is_safe
from datnet_allennlp.modules.crf import LinearChainCrf, scan_likelihood
from datnet_allennlp.modules.crf.log_space_likelihood import LogSpaceLikelihood
from datnet_allennlp.modules.crf.scaled_likelihood import ScaledLikelihood
from datnet_allennlp.modules.crf.scan_likelihood import ScanLikelihood

# Small letters are a second entity type.
TAGS = {
    "BIO": ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
    "BIOUL": ["O", "B-PER", "I-PER", "L-PER", "U-PER", "B-LOC", "I-LOC", "L-LOC", "U-LOC"],
}
WELL_FORMED = {"BIO": "(O|BI*|bi*)*", "BIOUL": "(O|U|u|BI*L|bi*l)*"}


def letters(labels: List[str]) -> str:
    return "".join(tag[0].lower() if tag.endswith("LOC") else tag[0] for tag in labels)


@pytest.fixture(params=[ScaledLikelihood, ScanLikelihood, LogSpaceLikelihood])
def one_way(request, monkeypatch: pytest.MonkeyPatch):
    """Makes a CRF in float32 whose likelihood is computed by one of the ways there are."""
    likelihoods = {ScaledLikelihood, ScanLikelihood, LogSpaceLikelihood}
    for other in likelihoods - {request.param}:
        monkeypatch.setattr(other, "apply", lambda *args: pytest.fail("another way"))

    def make(num_tags: int) -> LinearChainCrf:
        crf = make_crf(num_tags).float()
        if request.param is LogSpaceLikelihood:
            crf.transitions.data[0, 0] = 50.0
        return crf

    with kernels.disabled() if request.param is ScanLikelihood else nullcontext():
        yield make


def make_crf(
    num_tags: int, scale: float = 1.0, with_boundaries: bool = True, offset: float = 0.0
) -> LinearChainCrf:
    crf = LinearChainCrf(num_tags, None, with_boundaries).double()
    for parameter in parameters(crf):
        parameter.data = torch.randn_like(parameter)
    crf.transitions.data = scale * torch.randn(num_tags, num_tags).double() + offset
    return crf


def parameters(crf: ConditionalRandomField) -> List[torch.nn.Parameter]:
    return [parameter for parameter in crf.parameters() if parameter.requires_grad]


@pytest.mark.parametrize("coding", [None, *TAGS])
def test_begins_as_allennlps_does(coding: Optional[str]) -> None:
    constraints = None
    if coding is not None:
        constraints = allowed_transitions(coding, dict(enumerate(TAGS[coding])))
    states = []
    for kind in (LinearChainCrf, ConditionalRandomField):
        torch.manual_seed(1)
        states.append(kind(9, constraints).state_dict())
    torch.testing.assert_close(*states, rtol=0, atol=0)
    if constraints is not None:
        # In any order, as a set for one.
        assert torch.equal(
            LinearChainCrf(9, set(constraints))._constraint_mask, states[0]["_constraint_mask"]
        )


def make_batch(
    lengths: List[int], num_tags: int, scale: float = 1.0
) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Emissions, tags and mask; tag ids that do not exist, and any emissions, at padding."""
    num_tokens = max(lengths)
    mask = torch.arange(num_tokens) < torch.tensor(lengths).unsqueeze(1)
    emissions = scale * torch.randn(len(lengths), num_tokens, num_tags).double()
    tags = torch.randint(num_tags, mask.shape).masked_fill(~mask, 99)
    return emissions.requires_grad_(), tags, mask


def all_paths(num_tokens: int, num_tags: int) -> torch.Tensor:
    return torch.tensor(list(itertools.product(range(num_tags), repeat=num_tokens)))


def path_scores(crf: LinearChainCrf, emissions: torch.Tensor, paths: torch.Tensor) -> torch.Tensor:
    """The score of each path, `(num_paths, num_tokens)`, for emissions `(num_tokens, num_tags)`."""
    scores = emissions[torch.arange(len(emissions)), paths].sum(dim=1)
    scores = scores + crf.transitions[paths[:, :-1], paths[:, 1:]].sum(dim=1)
    if crf.include_start_end_transitions:
        scores = scores + crf.start_transitions[paths[:, 0]] + crf.end_transitions[paths[:, -1]]
    return scores


def enumerated_log_likelihood(
    crf: LinearChainCrf, emissions: torch.Tensor, tags: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    values = []
    for scores, gold, length in zip(emissions, tags, mask.sum(dim=1).tolist(), strict=True):
        if length == 0:
            values.append(scores.sum() * 0)
            continue
        paths = all_paths(length, crf.num_tags)
        log_z = path_scores(crf, scores[:length], paths).logsumexp(dim=0)
        values.append(path_scores(crf, scores[:length], gold[None, :length])[0] - log_z)
    return torch.stack(values)


def gradients(
    value: torch.Tensor, crf: ConditionalRandomField, emissions: torch.Tensor
) -> List[torch.Tensor]:
    grads = torch.autograd.grad(value, [emissions, *parameters(crf)], allow_unused=True)
    return [torch.zeros(()) if grad is None else grad for grad in grads]


def assert_all_close(found: List[torch.Tensor], expected: List[torch.Tensor], tol: float) -> None:
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other.expand_as(one), rtol=tol, atol=tol, check_dtype=False)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=4).filter(any),
    st.integers(1, 4),
    st.sampled_from([0.1, 3.0, 100.0]),
    st.sampled_from([(1.0, 0.0), (40.0, 0.0), (1.0, 95.0), (1.0, -95.0)]),
    st.booleans(),
    st.integers(0, 2**20),
    # The kernels are for float32; other types take the way through PyTorch.
    st.sampled_from([torch.float32, torch.float64]),
)
def test_log_likelihood_and_gradients_equal_enumeration(
    lengths, num_tags, scale, transitions, with_boundaries, seed, dtype
) -> None:
    torch.manual_seed(seed)
    crf = make_crf(num_tags, transitions[0], with_boundaries, transitions[1]).to(dtype)
    exact = copy.deepcopy(crf).double()
    emissions, tags, mask = make_batch(lengths, num_tags, scale)
    inputs = emissions.detach().to(dtype).requires_grad_()
    emissions = inputs.detach().double().requires_grad_()
    weights = torch.randn(len(lengths)).to(dtype)

    found = crf.log_likelihood(inputs, tags, mask)
    expected = enumerated_log_likelihood(exact, emissions, tags, mask)

    rtol, atol = (1e-9, 1e-9) if dtype is torch.float64 else (1e-6, 1e-4)
    torch.testing.assert_close(found, expected, rtol=rtol, atol=atol, check_dtype=False)
    assert found[mask.sum(dim=1) == 0].eq(0).all()
    assert_all_close(
        gradients((found * weights).sum(), crf, inputs),
        gradients((expected * weights).sum(), exact, emissions),
        tol=atol,
    )


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 4), min_size=1, max_size=3).filter(any),
    st.integers(1, 3),
    # With the last, a product of matrices would underflow.
    st.sampled_from([0.1, 3.0, 100.0]),
    st.booleans(),
    st.integers(0, 2**20),
)
def test_log_marginals_and_gradients_equal_enumeration(
    lengths, num_tags, scale, with_boundaries, seed
) -> None:
    torch.manual_seed(seed)
    crf = make_crf(num_tags, scale, with_boundaries)
    emissions, _, mask = make_batch(lengths, num_tags, scale)
    weights = torch.randn_like(emissions)
    spoilt = emissions.masked_fill(~mask.unsqueeze(2), float("nan"))
    found = crf.log_marginals(spoilt, mask)[mask]
    expected = []
    for scores, length in zip(emissions, lengths, strict=True):
        if length:
            paths = all_paths(length, num_tags)
            log_p = path_scores(crf, scores[:length], paths).log_softmax(dim=0)
            of_tag = [[paths[:, t] == tag for tag in range(num_tags)] for t in range(length)]
            expected += [torch.stack([log_p[of].logsumexp(0) for of in row]) for row in of_tag]
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-9, atol=1e-9)
    assert_all_close(
        gradients((torch.stack(expected) * weights[mask]).sum(), crf, emissions),
        gradients((found * weights[mask]).sum(), crf, emissions),
        tol=1e-8,
    )


@pytest.mark.parametrize("with_kernels", [True, False])
def test_marginals_and_their_logarithms_are_two_ways_to_the_same(with_kernels: bool) -> None:
    torch.manual_seed(8)
    crf = make_crf(5).float()
    emissions, _, mask = make_batch([30, 4, 0, 1], 5, scale=2.0)
    with nullcontext() if with_kernels else kernels.disabled():
        found = crf.marginals(emissions.detach().float(), mask)
    exact = crf.double().log_marginals(emissions, mask).exp()
    torch.testing.assert_close(found[mask].double(), exact[mask], rtol=1e-4, atol=1e-6)


def test_log_marginals_of_no_tokens() -> None:
    found = make_crf(3).log_marginals(torch.zeros(2, 0, 3), torch.zeros(2, 0, dtype=torch.bool))
    assert found.shape == (2, 0, 3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_marginals_equal_enumeration(dtype: torch.dtype) -> None:
    torch.manual_seed(6)
    crf = make_crf(3)
    emissions, _, mask = make_batch([4, 1, 0, 3], 3, scale=2.0)
    found = crf.to(dtype).marginals(emissions.detach().to(dtype), mask)
    assert found.shape == emissions.shape and found[~mask].eq(0).all()
    crf.double()
    for marginals, scores, length in zip(found, emissions, [4, 1, 0, 3], strict=True):
        if length:
            paths = all_paths(length, 3)
            probability = path_scores(crf, scores[:length], paths).softmax(dim=0)
            for t in range(length):
                for tag in range(3):
                    expected = probability[paths[:, t] == tag].sum().item()
                    assert marginals[t, tag].item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("with_boundaries", [True, False])
@pytest.mark.parametrize(
    "scale, offset, safe", [(1.0, 0.0, True), (40.0, 0.0, False), (1.0, 95.0, False)]
)
def test_both_recursions_agree_with_enumeration_in_float32(
    scale: float, offset: float, safe: bool, with_boundaries: bool
) -> None:
    torch.manual_seed(1)
    exact = make_crf(4, scale, with_boundaries, offset)
    exact.transitions.data[0, 0] = offset + scale  # at least one score on this side of the limit
    crf = LinearChainCrf(4, None, with_boundaries)
    crf.load_state_dict(exact.state_dict())
    scores = (crf.transitions, *crf._boundary_transitions())
    assert is_safe(*(x.detach().numpy() for x in scores)) == safe
    emissions, tags, mask = make_batch([5, 1, 3, 4], 4, scale=5.0)
    inputs = emissions.detach().float().requires_grad_()
    weights = torch.tensor([1.0, -2.0, 0.5, 0.0])

    found = crf.log_likelihood(inputs, tags, mask)
    expected = enumerated_log_likelihood(exact, emissions, tags, mask)

    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-4)
    assert_all_close(
        gradients((found * weights).sum(), crf, inputs),
        gradients((expected * weights).sum(), exact, emissions),
        tol=1e-4,
    )


@pytest.mark.long
@pytest.mark.parametrize("kernels_are", [nullcontext, kernels.disabled])
def test_transitions_at_the_limit_of_probability_space(kernels_are) -> None:
    """Paths through tags that float32 can hardly hold, which the transitions make likely again."""
    limit = (crf_kernels if kernels_are is nullcontext else scan_likelihood)._SAFE_RANGE
    for seed in range(150):
        torch.manual_seed(seed)
        crf = LinearChainCrf(3)
        for parameter in parameters(crf):
            parameter.data = (limit / 2 - 0.01) * (2.0 * torch.randint(2, parameter.shape) - 1)
        exact = copy.deepcopy(crf).double()
        inputs = torch.tensor([0.0, -60.0, -88.0, -1e4])[torch.randint(4, (1, 6, 3))]
        inputs.requires_grad_()
        emissions = inputs.detach().double().requires_grad_()
        tags = torch.randint(3, (1, 6))
        mask = torch.ones_like(tags, dtype=torch.bool)

        with kernels_are():
            found = crf(inputs, tags, mask)
        expected = enumerated_log_likelihood(exact, emissions, tags, mask).sum()

        torch.testing.assert_close(found.double(), expected, rtol=1e-6, atol=1e-5)
        assert_all_close(
            gradients(found, crf, inputs), gradients(expected, exact, emissions), tol=2e-6
        )


@pytest.mark.parametrize(
    "num_tokens, num_tags, kernels_are",
    [
        *itertools.product([1], [1, 200], [nullcontext, kernels.disabled]),
        *itertools.product([5000], [1, 9], [nullcontext, kernels.disabled]),
        # Takes minutes without kernels.
        pytest.param(5000, 200, nullcontext, marks=pytest.mark.long),
    ],
)
def test_shortest_and_longest(num_tokens: int, num_tags: int, kernels_are) -> None:
    torch.manual_seed(8)
    crf = make_crf(num_tags).float()
    emissions, tags, mask = make_batch([num_tokens, 1], num_tags, scale=2.0)
    inputs = emissions.detach().float().requires_grad_()
    with kernels_are():
        found = crf.log_likelihood(inputs, tags, mask)
        found.sum().backward()
        (path, score), _ = crf.viterbi_tags(inputs, mask)

    # The recursions in NumPy and float64.
    exact = crf.double()
    start, transitions, end, logits = (
        x.detach().double().numpy()
        for x in (exact.start_transitions, exact.transitions, exact.end_transitions, inputs[0])
    )
    alpha = delta = start + logits[0]
    for token in logits[1:]:
        alpha = numpy.log(numpy.exp(alpha - alpha.max()) @ numpy.exp(transitions)) + (
            alpha.max() + token
        )
        delta = (delta[:, None] + transitions).max(axis=0) + token
    gold = path_scores(exact, inputs[0].double(), tags[:1]).item()
    expected = gold - numpy.logaddexp.reduce(alpha + end)
    assert found[0].item() == pytest.approx(expected, rel=1e-5, abs=1e-4)
    best = (delta + end).max()
    assert score == pytest.approx(best, rel=1e-4)
    best_path = path_scores(exact, inputs[0].double(), torch.tensor([path]))
    assert best_path.item() == pytest.approx(best, rel=1e-6)
    # Observed minus expected uses: the marginals of each token sum to one.
    assert inputs.grad is not None and inputs.grad.isfinite().all()
    torch.testing.assert_close(
        inputs.grad.sum(dim=2), torch.zeros(2, num_tokens), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("transition_scale", [1.0, 10.0])
def test_float32_gradient_stays_accurate_on_a_long_sentence(transition_scale: float) -> None:
    torch.manual_seed(2)
    exact = make_crf(9, transition_scale)
    crf = LinearChainCrf(9)
    crf.load_state_dict(exact.state_dict())
    emissions, tags, mask = make_batch([150, 80], 9, scale=20.0)
    inputs = emissions.detach().float().requires_grad_()
    # Enumeration is out of reach here, so AllenNLP's autograd in float64 has to do.
    reference = ConditionalRandomField(9).double()
    reference.load_state_dict(exact.state_dict())
    safe_tags = tags.masked_fill(~mask, 0)

    assert_all_close(
        gradients(crf(inputs, tags, mask), crf, inputs),
        gradients(reference(emissions, safe_tags, mask), reference, emissions),
        tol=1e-3,
    )


@pytest.mark.parametrize("scale", [1e4, 1e6])
def test_huge_scores_stay_finite(scale: float) -> None:
    torch.manual_seed(3)
    crf = make_crf(5, scale).float()
    emissions, tags, mask = make_batch([6, 2], 5, scale)
    inputs = emissions.detach().float().requires_grad_()
    value = crf.log_likelihood(inputs, tags, mask)
    assert value.isfinite().all()
    assert all(grad.isfinite().all() for grad in gradients(value.sum(), crf, inputs))


@settings(max_examples=20)
@given(
    st.lists(st.integers(1, 12), min_size=2, max_size=5),
    st.booleans(),
    st.sampled_from([1.0, 30.0]),
    st.integers(0, 2**20),
)
def test_agrees_with_allennlp(lengths, with_boundaries, scale, seed) -> None:
    torch.manual_seed(seed)
    crf = make_crf(7, scale, with_boundaries)
    reference = ConditionalRandomField(7, None, with_boundaries).double()
    reference.load_state_dict(crf.state_dict())
    emissions, tags, mask = make_batch(lengths, 7, scale=3.0)
    tags = tags.masked_fill(~mask, 0)

    found, expected = crf(emissions, tags, mask), reference(emissions, tags, mask)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    assert_all_close(
        gradients(found, crf, emissions), gradients(expected, reference, emissions), tol=1e-8
    )
    for (tags_found, score), (tags_expected, score_expected) in zip(
        crf.viterbi_tags(emissions, mask), reference.viterbi_tags(emissions, mask), strict=True
    ):
        assert tags_found == tags_expected
        assert score == pytest.approx(score_expected, rel=1e-4)


@pytest.mark.long
@pytest.mark.parametrize(
    "emission_scale, transition_scale",
    [(1.0, 1.0), (1.0, 1e4), (1e2, 8.0), (1e4, 1.0), (1e4, 1e4)],
)
def test_two_thousand_tokens_in_float32(emission_scale: float, transition_scale: float) -> None:
    """The best path's log-likelihood is the difference of two large numbers."""
    torch.manual_seed(7)
    crf = LinearChainCrf(4)
    crf.load_state_dict(make_crf(4, transition_scale).state_dict())
    # AllenNLP's autograd in float64.
    exact = ConditionalRandomField(4).double()
    exact.load_state_dict(crf.state_dict())
    emissions, tags, mask = make_batch([2000, 3], 4, emission_scale)
    inputs = emissions.detach().float().requires_grad_()
    emissions = inputs.detach().double().requires_grad_()
    for i, (path, _) in enumerate(crf.double().viterbi_tags(emissions, mask)):
        tags[i, : len(path)] = torch.tensor(path)
    crf.float()
    expected = exact(emissions, tags.masked_fill(~mask, 0), mask)
    expected_gradients = gradients(expected, exact, emissions)

    for kernels_are in (nullcontext, kernels.disabled):
        with kernels_are():
            found = crf(inputs, tags, mask)
        torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=2e-3)
        assert_all_close(gradients(found, crf, inputs), expected_gradients, tol=1e-3)


def test_a_single_tag_is_certain() -> None:
    crf = LinearChainCrf(1)
    emissions, mask = torch.randn(2, 3, 1), torch.tensor([[True] * 3, [True, False, False]])
    tags = torch.zeros(2, 3, dtype=torch.long)
    torch.testing.assert_close(crf.log_likelihood(emissions, tags, mask), torch.zeros(2))
    assert [tags for tags, _ in crf.viterbi_tags(emissions, mask)] == [[0, 0, 0], [0]]


def test_a_gradient_has_the_gradient_of_allennlps(one_way) -> None:
    crf, stock = one_way(3), ConditionalRandomField(3)
    crf.transitions.data[0, 0] *= -1  # where it is 50, all is certain
    stock.load_state_dict(crf.state_dict())
    emissions = torch.randn(2, 4, 3, requires_grad=True)
    tags = torch.randint(3, (2, 4))
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    found = []
    for each in (crf, stock):
        by = [emissions, *parameters(each)]
        first = torch.autograd.grad(each(emissions, tags, mask), by, create_graph=True)
        penalty = sum(gradient.square().sum() for gradient in first)
        found.append([*first, *torch.autograd.grad(penalty, by)])
    assert_all_close(*found, tol=1e-5)
    assert found[0][4].abs().sum() > 0.1


def test_tags_that_are_no_whole_numbers(one_way) -> None:
    tags, mask = torch.zeros(1, 4), torch.ones(1, 4, dtype=torch.bool)
    with pytest.raises(ConfigurationError, match="found tags of torch.float32, expected whole"):
        one_way(3)(torch.randn(1, 4, 3), tags, mask)
    assert one_way(3)(torch.randn(1, 4, 3), tags.int(), mask) <= 0


@pytest.mark.parametrize("tag", [-1, 3])
def test_a_tag_that_does_not_exist(tag: int) -> None:
    crf, mask = LinearChainCrf(3), torch.ones(2, 4, dtype=torch.bool)
    tags = torch.tensor([[0, 1, 2, 0], [0, tag, 2, 0]])
    with pytest.raises(IndexError, match=r"sentence 1 of the batch: .* from 0 to 2"):
        crf(torch.randn(2, 4, 3), tags, mask)


@pytest.mark.parametrize("tag", [-1, 3])
def test_a_tag_that_does_not_exist_is_an_error_on_all_ways(one_way, tag: int) -> None:
    tags, mask = torch.tensor([[0, tag, 2, 0]]), torch.ones(1, 4, dtype=torch.bool)
    with pytest.raises((IndexError, RuntimeError)):
        one_way(3)(torch.randn(1, 4, 3), tags, mask)


@pytest.mark.parametrize("anything", [float("nan"), float("inf"), -float("inf")])
def test_padding_may_hold_anything(one_way, anything: float) -> None:
    crf = one_way(3)
    emissions, tags, mask = make_batch([4, 2, 0], 3)
    clean = emissions.detach().float().requires_grad_()
    spoilt = clean.detach().masked_fill(~mask.unsqueeze(2), anything).requires_grad_()
    expected, found = crf(clean, tags, mask), crf(spoilt, tags, mask)
    assert torch.equal(found, expected)
    assert_all_close(gradients(found, crf, spoilt), gradients(expected, crf, clean), tol=0.0)
    assert torch.equal(crf.marginals(spoilt, mask), crf.marginals(clean, mask))
    for top_k in (None, 2):
        assert crf.viterbi_tags(spoilt, mask, top_k) == crf.viterbi_tags(clean, mask, top_k)


def test_nan_at_a_token_stays_and_is_not_decoded(one_way) -> None:
    crf = one_way(3)
    emissions, tags, mask = make_batch([4, 2], 3)
    logits = emissions.detach().float()
    logits[1, 1, 2] = float("nan")
    # Training stops at a loss that is NaN; it must not be hidden.
    likelihood = crf.log_likelihood(logits, tags, mask)
    assert likelihood[0].isfinite() and likelihood[1].isnan()
    for top_k in (None, 2):
        with pytest.raises(
            ConfigurationError, match="sentence 1 of the batch, token 1: found NaN among the logits"
        ):
            crf.viterbi_tags(logits, mask, top_k)


@pytest.mark.parametrize(
    "logits, tags, mask, message",
    [
        ((2, 5, 60), (2, 5), (2, 5), r"logits of shape \(2, 5, 60\), expected \(2, 5, 3\)"),
        ((2, 5, 2), (2, 5), (2, 5), r"logits of shape \(2, 5, 2\), expected \(2, 5, 3\)"),
        ((2, 5), (2, 5), (2, 5), r"logits of shape \(2, 5\), expected \(2, 5, 3\)"),
        ((2, 5, 3), (2, 5), (2, 9), r"mask of shape \(2, 9\), expected \(2, 5\)"),
        ((2, 5, 3), (2, 5), (2, 4), r"mask of shape \(2, 4\), expected \(2, 5\)"),
        ((2, 5, 3), (2, 5), (1, 5), r"mask of shape \(1, 5\), expected \(2, 5\)"),
        ((2, 5, 3), (2, 4), (2, 5), r"tags of shape \(2, 4\), expected \(2, 5\)"),
        ((2, 5, 3), (2, 6), (2, 5), r"tags of shape \(2, 6\), expected \(2, 5\)"),
        ((2, 5, 3), (3, 5), (2, 5), r"tags of shape \(3, 5\), expected \(2, 5\)"),
    ],
)
def test_shapes_that_do_not_fit(one_way, logits, tags, mask, message: str) -> None:
    crf = one_way(3)
    tensors = torch.randn(logits), torch.zeros(tags, dtype=torch.long), torch.ones(mask).bool()
    with pytest.raises(ConfigurationError, match=message):
        crf.log_likelihood(*tensors)
    if not message.startswith("tags"):
        for top_k in (None, 2):
            with pytest.raises(ConfigurationError, match=message):
                crf.viterbi_tags(tensors[0], tensors[2], top_k)
        with pytest.raises(ConfigurationError, match=message):
            crf.marginals(tensors[0], tensors[2])


def test_padding_before_a_token_is_an_error(one_way) -> None:
    crf, logits = one_way(3), torch.randn(3, 4, 3)
    mask = torch.tensor([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]])
    message = r"the mask \[1, 0, 1, 0\] of sentence 1 of the batch, expected all tokens"
    with pytest.raises(ConfigurationError, match=message):
        crf(logits, torch.zeros_like(mask), mask)
    with pytest.raises(ConfigurationError, match=message):
        crf.viterbi_tags(logits, mask)


def test_a_padded_batch_is_its_sentences_alone() -> None:
    torch.manual_seed(4)
    crf = make_crf(5)
    lengths = [4, 1, 7, 2]
    emissions, tags, mask = make_batch(lengths, 5)
    together = crf.log_likelihood(emissions, tags, mask)
    decoded = crf.viterbi_tags(emissions, mask)
    grad = torch.autograd.grad(together.sum(), emissions)[0]
    assert grad[~mask].eq(0).all()
    for i, length in enumerate(lengths):
        alone = emissions[i : i + 1, :length].detach().requires_grad_()
        value = crf(alone, tags[i : i + 1, :length])
        torch.testing.assert_close(together[i], value)
        torch.testing.assert_close(grad[i : i + 1, :length], torch.autograd.grad(value, alone)[0])
        [(path, score)] = crf.viterbi_tags(alone)
        assert decoded[i] == (path, pytest.approx(score))


def test_a_batch_without_tokens_costs_nothing() -> None:
    crf = make_crf(3)
    emissions = torch.randn(2, 0, 3, requires_grad=True)
    nothing = torch.zeros(2, 0)
    value = crf(emissions, nothing.long(), nothing.bool())
    value.backward()
    assert value == 0
    assert crf.viterbi_tags(emissions, nothing.bool()) == [([], 0.0), ([], 0.0)]


def test_half_precision_is_widened_under_autocast() -> None:
    torch.manual_seed(5)
    crf = make_crf(3).float()
    emissions, tags, mask = make_batch([4, 2], 3)
    narrow = emissions.detach().bfloat16().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        value = crf(narrow, tags, mask)
    value.backward()
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, crf(narrow.float(), tags, mask))
    assert narrow.grad is not None and narrow.grad.dtype == torch.bfloat16


def enumerated_best(
    crf: LinearChainCrf, emissions: torch.Tensor, encoding: Optional[str], labels: List[str]
) -> List[Tuple[List[int], float]]:
    """All well-formed paths with their scores, best first."""
    paths = all_paths(len(emissions), crf.num_tags)
    scores = path_scores(crf, emissions, paths)
    return sorted(
        (
            (path, score)
            for path, score in zip(paths.tolist(), scores.tolist(), strict=True)
            if encoding is None
            or re.fullmatch(WELL_FORMED[encoding], letters([labels[i] for i in path]))
        ),
        key=lambda decoding: -decoding[1],
    )


@settings(max_examples=40)
@given(
    st.sampled_from(["BIO", "BIOUL", None]),
    st.lists(st.integers(0, 4), min_size=1, max_size=3).filter(any),
    st.sampled_from([None, 1, 3, 40]),
    st.booleans(),
    st.sampled_from([1.0, 1e5]),
    st.integers(0, 2**20),
    st.sampled_from([torch.float32, torch.float64]),
    st.sampled_from([nullcontext, kernels.disabled]),
)
def test_decoding_equals_enumeration(
    encoding, lengths, top_k, with_boundaries, scale, seed, dtype, kernels_are
) -> None:
    torch.manual_seed(seed)
    # Without constraints any tags will do.
    labels = TAGS[encoding or "BIO"]
    constraints = encoding and allowed_transitions(encoding, dict(enumerate(labels)))
    crf = LinearChainCrf(len(labels), constraints, with_boundaries).to(dtype)
    # Whatever the scores, decoding stays within the constraints.
    emissions, _, mask = make_batch(lengths, len(labels), scale)
    emissions = emissions.to(dtype)
    with kernels_are():
        found = crf.viterbi_tags(emissions, mask, top_k)
    crf.double()
    emissions = emissions.double()

    assert len(found) == len(lengths)
    for decodings, scores, length in zip(found, emissions, lengths, strict=True):
        all_expected: List[Tuple[List[int], float]] = [([], 0.0)]
        if length:
            all_expected = enumerated_best(crf, scores[:length], encoding, labels)
        expected = all_expected[: top_k or 1]
        if top_k is None:
            decodings = [decodings]
        if dtype is torch.float64:
            # In float32 rounding may swap paths of (nearly) equal scores.
            assert [path for path, _ in decodings] == [path for path, _ in expected]
        scores_found = [s for _, s in decodings]
        # Large numbers that cancel leave their rounding.
        rounding = 1e-5 if dtype is torch.float64 else 1e-6 * max(10.0, scale)
        expected_scores = [s for _, s in expected]
        assert scores_found == pytest.approx(expected_scores, rel=1e-5, abs=rounding)
        for path, score in decodings:
            all_scores = dict((tuple(p), s) for p, s in all_expected)
            assert score == pytest.approx(all_scores[tuple(path)], rel=1e-5, abs=rounding)


def test_a_sentence_that_no_allowed_sequence_fits() -> None:
    constraints = allowed_transitions("BIOUL", {0: "B-PER", 1: "L-PER"})
    crf = LinearChainCrf(2, constraints)
    [(tags, score), (pair, pair_score)] = crf.viterbi_tags(
        torch.randn(2, 2, 2), torch.tensor([[True, False], [True, True]])
    )
    assert len(tags) == 1 and score == float("-inf")
    assert pair == [0, 1] and pair_score > float("-inf")


def test_state_is_allennlps() -> None:
    theirs = ConditionalRandomField(4, [(0, 1)]).state_dict()
    assert {k: v.shape for k, v in LinearChainCrf(4, [(0, 1)]).state_dict().items()} == {
        k: v.shape for k, v in theirs.items()
    }
