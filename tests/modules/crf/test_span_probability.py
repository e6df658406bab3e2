"""Probabilities of entities against a sum over all sequences of tags that the coding allows."""

import itertools

import pytest
import torch
from allennlp.data import Vocabulary

from datnet_allennlp.data.tag_coding import Span, read_spans_leniently
from datnet_allennlp.modules.crf import LinearChainCrf, span_probability
from datnet_allennlp.modules.tag_decoder import TagDecoder

LABELS = {
    "BIO": ["B-PER", "O", "I-LOC", "I-PER", "B-LOC"],
    "IOB1": ["I-PER", "O", "B-LOC", "B-PER", "I-LOC"],
    "BIOUL": ["O", "B-x-y", "I-x-y", "L-x-y", "U-x-y", "U-LOC"],
    "BMES": ["O", "B-PER", "M-PER", "E-PER", "S-PER", "S-LOC"],
    None: ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"],
}
LENGTHS = [4, 1, 3, 2]


def make_decoder(coding: str | None, boundaries: bool, scale: float) -> TagDecoder:
    vocab = Vocabulary(tokens_to_add={"tags": LABELS[coding]})
    decoder = TagDecoder(vocab, "tags", 3, coding, boundaries)
    for parameter in decoder.crf.parameters():
        if parameter.requires_grad:
            parameter.data = scale * torch.randn_like(parameter)
    return decoder.double()


def allowed(crf: LinearChainCrf, path: tuple[int, ...]) -> bool:
    ends = (crf.num_tags, *path, crf.num_tags + 1)
    return all(crf._constraint_mask[pair] for pair in itertools.pairwise(ends))


def enumerate_paths(
    decoder: TagDecoder, emissions: torch.Tensor, temperature: float
) -> dict[tuple[int, ...], float]:
    """The probability of each sequence of tags, by the score of each by itself."""
    crf = decoder.crf
    scores = {}
    for path in itertools.product(range(crf.num_tags), repeat=len(emissions)):
        if not allowed(crf, path):
            continue
        score = sum(emissions[t, tag] for t, tag in enumerate(path))
        score = score + sum(crf.transitions[pair] for pair in itertools.pairwise(path))
        if crf.include_start_end_transitions:
            score = score + crf.start_transitions[path[0]] + crf.end_transitions[path[-1]]
        scores[path] = score / temperature
    total = torch.stack(list(scores.values())).logsumexp(dim=0)
    return {path: (score - total).exp().item() for path, score in scores.items()}


def make_batch(decoder: TagDecoder, scale: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and mask; what stands at padding reaches nothing."""
    mask = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS).unsqueeze(1)
    logits = scale * torch.randn(*mask.shape, decoder.crf.num_tags).double()
    return logits.masked_fill(~mask.unsqueeze(2), float("nan")), mask


@pytest.mark.parametrize("coding", LABELS)
@pytest.mark.parametrize(
    "boundaries, scale, temperature", [(True, 1.0, 2.5), (False, 1.0, 1.0), (True, 100.0, 1.0)]
)
def test_every_possible_entity(coding, boundaries, scale, temperature) -> None:
    torch.manual_seed(len(str(coding)))
    decoder = make_decoder(coding, boundaries, scale)
    logits, mask = make_batch(decoder, scale)
    labels = decoder.labels
    types = sorted({label[2:] for label in labels.values()} - {""})
    spans = [
        [
            Span(start, end, entity_type)
            for start in range(length)
            for end in range(start + 1, length + 1)
            for entity_type in types
        ]
        for length in LENGTHS
    ]
    found = decoder.confidences(logits, mask, spans, temperature)
    some = 0
    for i, length in enumerate(LENGTHS):
        paths = enumerate_paths(decoder, logits[i, :length], temperature)
        expected = dict.fromkeys(spans[i], 0.0)
        for path, probability in paths.items():
            for span in read_spans_leniently([labels[tag] for tag in path]):
                expected[span] += probability
        assert found[i] == pytest.approx([expected[span] for span in spans[i]], abs=1e-12)
        assert all(0 <= each <= 1 for each in found[i])
        some += sum(each > 0.01 for each in found[i])
    assert some > 3 or scale > 1  # then one sequence has all the probability


@pytest.mark.parametrize("coding", LABELS)
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_the_best_sequences(coding, temperature) -> None:
    torch.manual_seed(1)
    decoder = make_decoder(coding, True, 1.0)
    logits, mask = make_batch(decoder, 1.0)
    logits = logits.masked_fill(~mask.unsqueeze(2), 0)
    found = decoder.best(logits, mask, 6, temperature)
    for i, length in enumerate(LENGTHS):
        paths = enumerate_paths(decoder, logits[i, :length], temperature)
        expected = sorted(paths.items(), key=lambda pair: -pair[1])[:6]
        assert [tuple(tags) for tags, _ in found[i]] == [path for path, _ in expected]
        assert [p for _, p in found[i]] == pytest.approx([p for _, p in expected], abs=1e-12)


def test_both_ways_of_a_step(monkeypatch) -> None:
    """The product of matrices gives what sums in log space give, for a long sentence too."""
    torch.manual_seed(2)
    decoder = make_decoder("BIOUL", True, 3.0)
    logits = 5 * torch.randn(2, 200, decoder.crf.num_tags)
    mask = torch.ones(2, 200, dtype=torch.bool)
    spans = [[Span(i, i + 1 + i % 4, "x-y") for i in range(0, 190, 7)]] * 2
    found = [decoder.confidences(logits, mask, spans)]
    monkeypatch.setattr(span_probability, "_SAFE_SPREAD", 0.0)
    found.append(decoder.confidences(logits, mask, spans))
    for fast, slow in zip(*found, strict=True):
        assert fast == pytest.approx(slow, rel=1e-9)
    assert max(found[0][0]) > 0.1


def test_scores_far_apart() -> None:
    """By single tokens the entity is hopeless, but the only other path ends forbidden."""
    decoder = make_decoder("BIOUL", False, 0.0)
    logits = torch.zeros(1, 2, decoder.crf.num_tags).double()
    name = {label: i for i, label in decoder.labels.items()}
    logits[0, 0, name["B-x-y"]] = 5000.0
    logits[0, 1, name["I-x-y"]] = 9000.0
    logits[0, 1, name["O"]] = 4999.0
    mask = torch.ones(1, 2, dtype=torch.bool)
    # Allowed and near the top: B L with 5000, and O O, U O and U-LOC O with 4999.
    (confidence,) = decoder.confidences(logits, mask, [[Span(0, 2, "x-y")]])[0]
    e = torch.tensor(1.0).double().exp().item()
    assert confidence == pytest.approx(e / (e + 3))


def test_no_allowed_sequence() -> None:
    vocab = Vocabulary(tokens_to_add={"tags": ["B-x", "I-x"]})
    decoder = TagDecoder(vocab, "tags", 3, "BIOUL")
    mask = torch.ones(1, 2, dtype=torch.bool)
    assert decoder.confidences(torch.zeros(1, 2, 2), mask, [[Span(0, 2, "x")]]) == [[0.0]]


def test_no_entities() -> None:
    decoder = make_decoder("BIO", True, 1.0)
    mask = torch.ones(2, 3, dtype=torch.bool)
    assert decoder.confidences(torch.zeros(2, 3, 5), mask, [[], []]) == [[], []]


def test_an_empty_sentence_has_one_way() -> None:
    decoder = make_decoder("BIO", True, 1.0)
    mask = torch.tensor([[True, True], [False, False]])
    assert decoder.best(torch.zeros(2, 2, 5), mask, 3)[1] == [([], 1.0)]
