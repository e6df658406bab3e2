import pytest
import torch

from datnet_allennlp.training.state_file import BestWeights, is_whole, save_state


@pytest.fixture
def state():
    return {"weights": torch.arange(1000.0), "epoch": 3}


def test_the_name_does_not_change_the_bytes(state, tmp_path) -> None:
    for name in ("a.th", "b.th"):
        save_state(state, tmp_path / name)
    assert (tmp_path / "a.th").read_bytes() == (tmp_path / "b.th").read_bytes()
    assert torch.equal(torch.load(tmp_path / "a.th")["weights"], state["weights"])


def test_knows_a_whole_file_from_a_damaged_one(state, tmp_path) -> None:
    path = tmp_path / "a.th"
    save_state(state, path)
    assert is_whole(path)
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        assert not is_whole(path)
    weights = whole.index(state["weights"].numpy().tobytes())
    for place in range(weights, weights + 4000, 331):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        assert not is_whole(path)
    assert not is_whole(tmp_path / "missing.th")


def test_the_best_weights_of_a_checkpoint_are_those_before_it(tmp_path) -> None:
    best = BestWeights(tmp_path)
    assert best.before(9) is None
    for epoch in (0, 2, 10):
        save_state({}, best.path(epoch))
    (tmp_path / "best.th").touch()
    assert best.epochs() == [0, 2, 10]
    assert [best.before(n) for n in (0, 1, 2, 3, 10, 11)] == [None, 0, 0, 2, 2, 10]
    best.keep({2, None})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.th", "best_e2.th"]
