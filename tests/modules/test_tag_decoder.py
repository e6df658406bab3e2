import itertools
from typing import Optional

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from datnet_allennlp.data.tag_coding import all_tags
from datnet_allennlp.modules.tag_decoder import TagDecoder, label_encoding_of

LABELS = ["O", "U-PER", "B-PER", "L-PER"]
VOCABULARY = Vocabulary(tokens_to_add={"target_tags": LABELS, "source_tags": ["O", "B-ORG"]})


def make_decoder(label_encoding: Optional[str] = "BIOUL", boundaries: bool = True) -> TagDecoder:
    torch.manual_seed(0)
    return TagDecoder(VOCABULARY, "target_tags", 5, label_encoding, boundaries)


@pytest.mark.parametrize("boundaries", [True, False])
def test_the_loss_is_the_mean_of_minus_log_p(boundaries: bool) -> None:
    decoder = make_decoder(boundaries=boundaries)
    encoded = torch.randn(2, 3, 5)
    tags, lengths = torch.tensor([[2, 3, 0], [1, 0, 0]]), [3, 1]
    mask = torch.tensor([[True] * 3, [True, False, False]])
    logits = decoder(encoded)
    torch.testing.assert_close(
        logits, encoded @ decoder.projection.weight.t() + decoder.projection.bias
    )

    def score(sentence: int, path) -> torch.Tensor:
        crf = decoder.crf
        total = sum(logits[sentence, t, tag] for t, tag in enumerate(path))
        total = total + sum(crf.transitions[pair] for pair in itertools.pairwise(path))
        if boundaries:
            total = total + crf.start_transitions[path[0]] + crf.end_transitions[path[-1]]
        return total

    expected = torch.zeros(())
    for i, length in enumerate(lengths):
        # The constraints do not affect the loss.
        paths = itertools.product(range(4), repeat=length)
        log_z = torch.stack([score(i, path) for path in paths]).logsumexp(dim=0)
        expected = expected + (log_z - score(i, tags[i, :length].tolist())) / 2
    torch.testing.assert_close(decoder.loss(logits, tags, mask), expected)


def test_the_loss_of_entities_is_minus_log_p_of_their_tags_alone() -> None:
    decoder = make_decoder()
    logits = torch.randn(2, 3, 4, requires_grad=True)
    tags, lengths = torch.tensor([[2, 3, 0], [0, 0, 0]]), [3, 1]
    mask = torch.tensor([[True] * 3, [True, False, False]])

    def scores(sentence: int, fits) -> torch.Tensor:
        crf = decoder.crf
        return torch.stack(
            [
                sum(logits[sentence, t, tag] for t, tag in enumerate(path))
                + sum(crf.transitions[pair] for pair in itertools.pairwise(path))
                + crf.start_transitions[path[0]]
                + crf.end_transitions[path[-1]]
                for path in itertools.product(range(4), repeat=lengths[sentence])
                if fits(path)
            ]
        )

    entity = scores(0, lambda path: path[:2] == (2, 3)).logsumexp(dim=0)
    # The second sentence has none.
    expected = (scores(0, lambda path: True).logsumexp(dim=0) - entity) / 2
    found = decoder.loss_of_entities(logits, tags, mask)
    torch.testing.assert_close(found, expected)
    [by_expected] = torch.autograd.grad(expected, logits)
    [by_found] = torch.autograd.grad(found, logits)
    torch.testing.assert_close(by_found, by_expected, atol=1e-6, rtol=1e-4)


def enumerated_divergence(decoder: TagDecoder, clean, moved, lengths) -> torch.Tensor:
    """Mean over the sentences of the sum of KL over their tokens, of marginals by enumeration."""
    crf, total = decoder.crf, torch.zeros((), dtype=torch.float64)
    for i, length in enumerate(lengths):
        marginals = []
        for logits in (clean, moved):
            sums = torch.zeros(length, 4, dtype=torch.float64)
            paths = list(itertools.product(range(4), repeat=length))
            scores = [
                sum(logits[i, t, tag] for t, tag in enumerate(path))
                + sum(crf.transitions[pair] for pair in itertools.pairwise(path))
                + crf.start_transitions[path[0]]
                + crf.end_transitions[path[-1]]
                for path in paths
            ]
            for path, p in zip(paths, torch.stack(scores).softmax(0), strict=True):
                for t, tag in enumerate(path):
                    sums[t, tag] += p
            marginals.append(sums)
        p, q = marginals
        total += (p * (p.log() - q.log())).sum() / len(lengths)
    return total


def test_the_divergence_is_kl_of_marginals_by_enumeration_and_so_is_its_gradient() -> None:
    decoder = make_decoder().double()
    mask = torch.tensor([[True] * 3, [True, False, False]])
    clean, moved = torch.randn(2, 2, 3, 4, dtype=torch.float64)
    p = decoder.crf.log_marginals(clean, mask).exp().detach()
    moved.requires_grad_()
    found = decoder.divergence(p, moved, mask)
    with torch.no_grad():
        torch.testing.assert_close(found, enumerated_divergence(decoder, clean, moved, [3, 1]))
        assert decoder.divergence(p, clean, mask).abs() < 1e-12 < found
    found.backward()
    # The clean side is fixed, so the transitions move the other one alone.
    for values in (moved, decoder.crf.transitions, decoder.crf.start_transitions):
        by_difference = torch.zeros_like(values)
        for index in itertools.product(*map(range, values.shape)):
            sides = []
            for step in (1e-6, -1e-6):
                with torch.no_grad():
                    values[index] += step
                    q = decoder.crf.marginals(moved, mask)[mask]
                    sides.append((p[mask] * (p[mask].log() - q.log())).sum() / 2)
                    values[index] -= step
            by_difference[index] = (sides[0] - sides[1]) / 2e-6
        torch.testing.assert_close(values.grad, by_difference, rtol=1e-5, atol=1e-7)


def test_the_divergence_from_tags_that_are_certain() -> None:
    decoder = make_decoder()
    p = torch.eye(4, dtype=torch.float64)[[0, 3]].unsqueeze(0)
    loss = decoder.divergence(p, torch.zeros(1, 2, 4), torch.ones(1, 2, dtype=torch.bool))
    assert loss.isfinite() and loss > 0


def test_decoding_keeps_to_the_coding_and_the_length() -> None:
    decoder = make_decoder()
    # Each token by itself would be L.
    logits = torch.tensor([0.0, 0.5, 0.8, 9.0]).expand(2, 3, 4)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    for parameter in (decoder.crf.transitions, decoder.crf.start_transitions):
        parameter.data.zero_()
    decoder.crf.end_transitions.data.zero_()
    decoded = [decoder.to_labels(ids) for ids in decoder.decode(logits, mask)]
    # U B L and B L U cost the same.
    assert sorted(decoded[0]) == ["B-PER", "L-PER", "U-PER"]
    assert "".join(tag[0] for tag in decoded[0]) in ("UBL", "BLU")
    assert decoded[1] == ["U-PER"]


def test_without_a_coding_all_sequences_are_allowed() -> None:
    decoder = make_decoder(label_encoding=None)
    logits = torch.tensor([0.0, 0.5, 0.8, 99.0]).expand(1, 3, 4)
    assert decoder.decode(logits, torch.ones(1, 3).bool()) == [[3, 3, 3]]


def test_gradients_reach_projection_crf_and_encoder() -> None:
    decoder = make_decoder()
    encoded = torch.randn(2, 3, 5, requires_grad=True)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    decoder.loss(decoder(encoded), torch.randint(4, (2, 3)), mask).backward()
    trained = {n for n, p in decoder.named_parameters() if p.grad is not None and p.grad.any()}
    assert trained == {
        "projection.weight",
        "projection.bias",
        "crf.transitions",
        "crf.start_transitions",
        "crf.end_transitions",
    }
    assert encoded.grad is not None
    assert encoded.grad.ne(0).any(dim=2).tolist() == mask.tolist()


def test_refuses_an_unknown_label_namespace() -> None:
    with pytest.raises(ConfigurationError) as error:
        TagDecoder(VOCABULARY, "trget_tags", 5)
    assert str(error.value) == (
        "model.tag_namespaces: found 'trget_tags', expected one of those in the vocabulary: "
        "['source_tags', 'target_tags']"
    )


def test_refuses_an_unknown_coding() -> None:
    with pytest.raises(ConfigurationError) as error:
        make_decoder("BILOU")
    assert "model.label_encoding: found 'BILOU', expected one of ['BIO'" in str(error.value)


def test_refuses_tags_of_another_coding() -> None:
    with pytest.raises(ConfigurationError) as error:
        make_decoder("BIO")
    assert "model.label_encoding: found 'BIO' with the tag" in str(error.value)
    assert "'target_tags'" in str(error.value)


def test_tags_that_the_vocabulary_pads() -> None:
    vocabulary = Vocabulary(
        tokens_to_add={"target_tags": LABELS}, non_padded_namespaces=["source_tags"]
    )
    with pytest.raises(ConfigurationError, match="vocabulary.non_padded_namespaces: .*'target_t"):
        label_encoding_of(vocabulary, "target_tags")


@pytest.mark.parametrize("coding", ["BIO", "BIOUL", "BMES"])
def test_the_tags_tell_their_coding(coding: str) -> None:
    vocabulary = Vocabulary(tokens_to_add={"x_tags": all_tags(["PER", "geo-loc"], coding)})
    assert label_encoding_of(vocabulary, "x_tags") == coding


def test_tags_of_no_coding() -> None:
    vocabulary = Vocabulary(tokens_to_add={"x_tags": ["O", "B-PER", "U-PER", "E-PER"]})
    with pytest.raises(ConfigurationError, match=r"'x_tags': found .*\['B', 'E', 'O', 'U'\]"):
        label_encoding_of(vocabulary, "x_tags")
