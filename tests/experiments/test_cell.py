import copy
import hashlib
import os

import pytest

from datnet_allennlp.experiments import cell as cell_module
from datnet_allennlp.experiments.cell import Cell


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Makes a cell with its data in a folder: `make(folder, train="text", **changes)`."""
    monkeypatch.chdir(tmp_path)

    def make(folder="here", train="Nora O\n", **changes):
        place = tmp_path / folder
        (place / "model").mkdir(parents=True, exist_ok=True)
        (place / "train").write_text(train)
        (place / "model" / "weights").write_text("1 2")
        content = {
            "spec": "grid",
            "factors": {"model": "Base"},
            "config": {
                "train_data_path": {"target": [f"{folder}/train"]},
                "model": {"name": f"{folder}/model", "size": 3},
            },
            "evaluate": {"dev": {"resource": "target", "path": str(place / "train")}},
        }
        return Cell(**{**content, **changes})

    return make


def test_where_the_data_lies_does_not_matter(make):
    assert make("here").identity == make("there").identity


def test_what_it_is_called_does_not_matter(make):
    other = make(spec="other", factors={"kind": 1}, keep_model=True)
    assert other.identity == make().identity
    assert other.short_identity == other.identity[:16]


@pytest.mark.parametrize(
    "trainer",
    [
        {"type": "recoverable", "checkpointer": {"type": "durable"}},
        {"callbacks": [{"type": "finite_loss"}]},
        {"type": "gradient_descent", "callbacks": []},
    ],
)
def test_how_it_is_saved_and_watched_does_not_matter(make, trainer):
    config = {"train_data_path": "here/train", "trainer": {"num_epochs": 3}}
    other = {**config, "trainer": {**config["trainer"], **trainer}}
    assert make(config=config).identity == make(config=other).identity
    attack = {"callbacks": [{"type": "adversarial_training"}, *trainer.get("callbacks", [])]}
    other["trainer"].update(attack)
    assert make(config=config).identity != make(config=other).identity


def test_how_it_is_read_does_not_matter(make):
    config = {"train_data_path": "here/train", "data_loader": {"batch_size": 3}}
    other = {**config, "data_loader": {"type": "ordered", "num_workers": 2, "batch_size": 3}}
    assert make(config=config).identity == make(config=other).identity
    other["data_loader"]["batch_size"] = 4
    assert make(config=config).identity != make(config=other).identity


def test_the_order_of_keys_does_not_matter(make):
    cell = make()
    turned = dict(reversed(cell.config.items()))
    assert make(config=turned).identity == cell.identity


def test_what_decides_the_result_does_matter(make, monkeypatch, tmp_path):
    cell = make()
    config = copy.deepcopy(cell.config)
    config["model"]["size"] = 4
    identities = {
        cell.identity,
        make(config=config).identity,
        make(evaluate={}).identity,
        make("other", train="Nora B-PER\n").identity,
    }
    third = make("third")
    (tmp_path / "third" / "model" / "weights").write_text("1 3")
    identities.add(third.identity)
    monkeypatch.setattr(cell_module, "METHOD_VERSION", 0)
    identities.add(make().identity)
    assert len(identities) == 6


def test_the_data_by_its_path_from_the_working_folder(make):
    cell = make()
    digest = hashlib.sha256(b"Nora O\n").hexdigest()
    assert cell.data["here/train"] == digest
    assert set(cell.data) == {"here/train", "here/model"}
    assert not any(os.path.isabs(path) for path in cell.data)


def test_label(make):
    assert make(factors={"model": "F", "at": True, "size": 10}).label == "model=F,at=true,size=10"
