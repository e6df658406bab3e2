import re

import pytest
import torch
from allennlp.common import Lazy, Params
from allennlp.common.checks import ConfigurationError
from allennlp.training.learning_rate_schedulers import LearningRateScheduler

from datnet_allennlp.training import InverseTimeDecay


@pytest.fixture
def optimizer():
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.01}]
    return torch.optim.Adam(groups, lr=0.001)


def rates(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


def test_follows_the_papers_formula(optimizer):
    scheduler = InverseTimeDecay(optimizer, rho=0.05)
    for epoch in range(30):
        decay = 1 + 0.05 * epoch
        assert rates(optimizer) == pytest.approx([0.001 / decay, 0.01 / decay])
        # The trainer counts batches within the epoch, which must not change the rate.
        scheduler.step_batch(epoch * 7)
        assert rates(optimizer) == pytest.approx([0.001 / decay, 0.01 / decay])
        scheduler.step(0.5)


def test_goes_on_where_a_checkpoint_was(optimizer):
    scheduler = InverseTimeDecay(optimizer, rho=0.1)
    for _ in range(3):
        scheduler.step()
    state, rate = scheduler.state_dict(), rates(optimizer)
    optimizer_state = optimizer.state_dict()

    recovered = InverseTimeDecay(optimizer, rho=0.1)
    optimizer.load_state_dict(optimizer_state)
    recovered.load_state_dict(state)
    assert rates(optimizer) == rate
    recovered.step()
    assert rates(optimizer) == pytest.approx([0.001 / 1.4, 0.01 / 1.4])


def test_in_training_the_first_epoch_has_the_first_rate(small_config, build):
    config = small_config("base")
    config["trainer"]["num_epochs"] = 3
    trainer = build(config).trainer
    seen = []
    trainer.optimizer.register_step_pre_hook(lambda *_: seen.append(*rates(trainer.optimizer)))
    trainer.train()
    batches = len(trainer.data_loader)
    expected = [0.001 / (1 + 0.05 * epoch) for epoch in range(3) for _ in range(batches)]
    assert seen == pytest.approx(expected)


def test_from_a_configuration(optimizer):
    params = Params({"type": "inverse_time_decay", "rho": 0.2})
    scheduler = Lazy(LearningRateScheduler, params=params).construct(optimizer=optimizer)
    assert isinstance(scheduler, InverseTimeDecay)
    assert scheduler.rho == 0.2


@pytest.mark.parametrize("rho", [-0.1, 1e38, float("nan")])
def test_decay_out_of_range(optimizer, rho):
    message = f"rho: found {re.escape(str(rho))}, expected 0 to 1e6"
    with pytest.raises(ConfigurationError, match=message):
        InverseTimeDecay(optimizer, rho=rho)
