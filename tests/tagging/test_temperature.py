import copy
import itertools

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from datnet_allennlp import Tagger
from datnet_allennlp.modules.tag_decoder import TagDecoder
from datnet_allennlp.tagging.calibration import expected_calibration_error
from datnet_allennlp.tagging.temperature import (
    GoldBatch,
    _describe,
    _loss,
    fit_temperature,
    fit_temperatures,
)

LABELS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


@pytest.fixture
def decoder() -> TagDecoder:
    torch.manual_seed(0)
    vocab = Vocabulary(tokens_to_add={"tags": LABELS})
    decoder = TagDecoder(vocab, "tags", 3, "BIO")
    for parameter in decoder.crf.parameters():
        if parameter.requires_grad:
            parameter.data = torch.randn_like(parameter)
    return decoder


def draw(decoder: TagDecoder, temperature: float, number: int, num_tokens: int = 3) -> GoldBatch:
    """Sentences whose tags are drawn from the CRF at this temperature, path by path."""
    crf = decoder.crf
    ends = (len(LABELS), len(LABELS) + 1)
    paths = [
        path
        for path in itertools.product(range(len(LABELS)), repeat=num_tokens)
        if all(crf._constraint_mask[p] for p in itertools.pairwise((ends[0], *path, ends[1])))
    ]
    steps = torch.tensor(paths)
    fixed = crf.start_transitions[steps[:, 0]] + crf.end_transitions[steps[:, -1]]
    fixed = fixed + crf.transitions[steps[:, :-1], steps[:, 1:]].sum(dim=1)
    logits = 2 * torch.randn(number, num_tokens, len(LABELS))
    scores = fixed + sum(logits[:, t, steps[:, t]] for t in range(num_tokens))
    chosen = torch.distributions.Categorical(logits=scores / temperature).sample()
    return GoldBatch(logits, torch.ones(number, num_tokens, dtype=torch.bool), steps[chosen])


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_of_drawn_tags_is_found(decoder, temperature) -> None:
    batches = [draw(decoder, temperature, 3000), draw(decoder, temperature, 3000, num_tokens=1)]
    assert fit_temperature(decoder, batches) == pytest.approx(temperature, rel=0.08)


def test_confidence_becomes_reliable(decoder) -> None:
    fit = _describe(decoder, [draw(decoder, 3.0, 4000)])
    assert fit.num_sentences == 4000
    assert expected_calibration_error(fit.before) > 0.1
    assert expected_calibration_error(fit.after) < 0.03
    assert fit.loss_after < fit.loss_before
    assert sum(each.num_entities for each in fit.before) > 1000


def test_the_loss_is_a_sum_over_all_paths(decoder) -> None:
    """Against the library's own likelihood, where there are no constraints; with padding."""
    free = TagDecoder(Vocabulary(tokens_to_add={"tags": LABELS}), "tags", 3)
    free.load_state_dict({**decoder.state_dict(), "crf._constraint_mask": torch.ones(7, 7)})
    batch = draw(decoder, 1.0, 6)
    mask = torch.arange(3) < torch.tensor([3, 2, 1, 3, 1, 2]).unsqueeze(1)
    tags = batch.tags.masked_fill(~mask, 99)
    expected = free.loss(batch.logits, tags, mask)
    assert _loss(free, [GoldBatch(batch.logits, mask, tags)], 1.0) == pytest.approx(expected.item())
    doubled = copy.deepcopy(free)
    for parameter in doubled.crf.parameters():
        parameter.data = parameter.data / 2
    expected = doubled.loss(batch.logits / 2, tags, mask)
    assert _loss(free, [GoldBatch(batch.logits, mask, tags)], 2.0) == pytest.approx(expected.item())


def test_scores_that_say_nothing(decoder) -> None:
    batch = draw(decoder, 1.0, 500)
    noise = batch._replace(logits=torch.randn_like(batch.logits) * 50)
    with pytest.raises(ConfigurationError, match="found no temperature between 0.05 and 20"):
        fit_temperature(decoder, [noise])


def test_of_a_model(tagger: Tagger, small_config) -> None:
    dev = small_config("datnet_f")["validation_data_path"]
    instances = list(tagger.dataset_reader.read(dev))[:30]
    fits = fit_temperatures(tagger, instances)
    assert set(fits) == {"target"} and fits["target"].num_sentences == 30
    assert fits["target"].loss_after <= fits["target"].loss_before
    with pytest.raises(ConfigurationError, match="found no sentences, expected some"):
        fit_temperatures(tagger, [])
    bare = tagger.dataset_reader.text_to_instance(list(instances[0]["tokens"]))
    with pytest.raises(ConfigurationError, match="found a sentence without tags, expected gold"):
        fit_temperatures(tagger, [bare])
