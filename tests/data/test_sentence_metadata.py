import copy
import pickle

import pytest
import torch
from allennlp.common.util import sanitize
from allennlp.nn.util import move_to_device

from datnet_allennlp.data.sentence_metadata import SentenceMetadata


def test_is_a_mapping() -> None:
    metadata = SentenceMetadata(["in", "Oslo"], "a.conll:3")
    expected = {"words": ["in", "Oslo"], "origin": "a.conll:3"}
    assert metadata == expected and dict(metadata) == expected and len(metadata) == 2
    assert metadata["words"] == ["in", "Oslo"] and metadata.get("resource") is None
    assert repr(metadata) == repr(expected)
    assert sanitize(metadata) == expected
    for other in (copy.deepcopy(metadata), pickle.loads(pickle.dumps(metadata))):
        assert other == metadata
    with pytest.raises(KeyError):
        metadata["__slots__"]


def test_allennlp_does_not_walk_through_it() -> None:
    class Untouchable(list):
        def __iter__(self):
            raise AssertionError("found someone who looks for tensors among the words")

    metadata = SentenceMetadata(Untouchable(["in"]))
    batch = {"metadata": [metadata], "tags": torch.zeros(1)}
    assert move_to_device(batch, torch.device("cpu"))["metadata"][0] is metadata
