import pytest
import torch
from allennlp.common.checks import ConfigurationError

from datnet_allennlp import kernels
from datnet_allennlp.modules import character_cnn, dropout
from datnet_allennlp.modules.character_cnn import CharacterCnn
from datnet_allennlp.modules.crf import LinearChainCrf, decoding, scaled_likelihood
from datnet_allennlp.modules.dropout import Dropout

# Every kernel, where it is used.
USES = [
    (character_cnn, "window_maxima"),
    (character_cnn, "by_table"),
    (dropout, "fill_mask"),
    (decoding, "best_paths"),
    (scaled_likelihood, "forward_scaled"),
    (scaled_likelihood, "backward_scaled"),
]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the kernels that have run."""
    names: set[str] = set()

    def record(name, kernel):
        return lambda *args: (names.add(name), kernel(*args))[1]

    for module, name in USES:
        monkeypatch.setattr(module, name, record(name, getattr(module, name)))
    return names


def run_everything() -> None:
    crf, cnn = LinearChainCrf(3), CharacterCnn(2, 2)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    vectors = Dropout(0.5)(torch.randn(2, 3, 2))
    encoded = cnn(vectors, mask)
    logits = encoded.new_zeros(2, 3, 3) + encoded.sum()
    crf(logits, torch.zeros_like(mask, dtype=torch.long), mask).backward()
    crf.viterbi_tags(logits, mask)


def test_they_are_used_unless_disabled(used: set[str]) -> None:
    assert kernels.enabled()
    with kernels.disabled():
        assert not kernels.enabled() and not kernels.runs_on(torch.zeros(1))
        with kernels.disabled():
            pass
        run_everything()
        assert not used
    run_everything()
    assert used == {name for _, name in USES}


def test_enabled_again_after_an_error() -> None:
    with pytest.raises(KeyError), kernels.disabled():
        raise KeyError
    assert kernels.enabled()


def test_environment_variable(used: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATNET_KERNELS", "0")
    run_everything()
    assert not used
    monkeypatch.setenv("DATNET_KERNELS", "1")
    assert kernels.enabled()
    monkeypatch.setenv("DATNET_KERNELS", "off")
    with pytest.raises(ConfigurationError, match="DATNET_KERNELS: found 'off', expected 0 or 1"):
        run_everything()
