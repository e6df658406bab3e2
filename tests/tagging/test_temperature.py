import itertools
import math
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from datnet_allennlp import Tagger
from datnet_allennlp.modules.tag_decoder import TagDecoder
from datnet_allennlp.tagging.calibration import expected_calibration_error
from datnet_allennlp.tagging.temperature import (
    GoldBatch,
    fit_temperature,
    fit_temperatures,
    log_loss,
)

FIXTURES = Path(__file__).parents[2] / "fixtures"
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


@pytest.mark.long
@pytest.mark.parametrize("temperature", [0.4, 3.0])
def test_the_temperature_of_drawn_tags_is_found(decoder, temperature) -> None:
    batches = [draw(decoder, temperature, 3000), draw(decoder, temperature, 3000, num_tokens=1)]
    found = fit_temperature(decoder, batches).temperature
    assert found == pytest.approx(temperature, rel=0.08)


@pytest.mark.long
def test_confidence_becomes_reliable(decoder) -> None:
    fit = fit_temperature(decoder, [draw(decoder, 3.0, 4000)])
    assert fit.num_sentences == 4000
    assert expected_calibration_error(fit.before) > 0.1
    assert expected_calibration_error(fit.after) < 0.03
    assert fit.loss_after < fit.loss_before
    assert sum(each.num_entities for each in fit.before) == fit.num_entities > 1000


@pytest.mark.long
def test_it_is_fitted_to_the_predicted_entities_and_not_to_all_tags(decoder) -> None:
    """Where no entity is predicted, the gold tags say nothing of the confidence of entities."""
    batch = draw(decoder, 1.0, 3000)
    # A sentence of one token that is `O` with certainty, though its gold tag is an entity.
    outside = torch.full((3000, 1, len(LABELS)), -9.0)
    outside[..., 0] = 9.0
    missed = GoldBatch(outside, torch.ones(3000, 1, dtype=torch.bool), torch.ones(3000, 1).long())
    assert fit_temperature(decoder, [batch, missed]).temperature == pytest.approx(
        fit_temperature(decoder, [batch]).temperature
    )


@pytest.mark.parametrize("seed", range(8))
def test_few_sentences_do_not_make_the_calibration_error_higher(decoder, seed) -> None:
    torch.manual_seed(seed)
    fit = fit_temperature(decoder, [draw(decoder, 1.2, 40)])
    before, after = map(expected_calibration_error, (fit.before, fit.after))
    assert after <= before and fit.loss_after <= fit.loss_before


def test_log_loss_by_hand() -> None:
    loss = log_loss([0.8, 0.5, 0.9, 1.0], [True, False, False, True])
    assert loss == pytest.approx(-(math.log(0.8) + math.log(0.5) + math.log(0.1)) / 4)
    assert math.isfinite(log_loss([0.0, 1.0], [True, False]))


def test_entities_that_are_all_wrong(decoder) -> None:
    batch = draw(decoder, 1.0, 50)
    wrong = batch._replace(tags=torch.zeros_like(batch.tags))
    with pytest.raises(ConfigurationError, match=r"found \d+ predicted .*, 0 of them right, exp"):
        fit_temperature(decoder, [wrong])


def test_scores_that_say_nothing(decoder) -> None:
    batch = draw(decoder, 1.0, 500)
    noise = batch._replace(logits=torch.randn_like(batch.logits) * 50)
    with pytest.raises(ConfigurationError, match="found no temperature between 0.05 and 20"):
        fit_temperature(decoder, [noise])


def test_of_a_model() -> None:
    tagger = Tagger.load(FIXTURES / "golden" / "model.tar.gz")
    instances = list(tagger.dataset_reader.read(str(FIXTURES / "target" / "dev.conll")))
    fits = fit_temperatures(tagger, instances)
    assert set(fits) == {"target"} and fits["target"].num_sentences == len(instances)
    assert fits["target"].loss_after < fits["target"].loss_before
    with pytest.raises(ConfigurationError, match="found no sentences, expected some"):
        fit_temperatures(tagger, [])
    bare = tagger.dataset_reader.text_to_instance(list(instances[0]["tokens"]))
    with pytest.raises(ConfigurationError, match="found a sentence without tags, expected gold"):
        fit_temperatures(tagger, [bare])
