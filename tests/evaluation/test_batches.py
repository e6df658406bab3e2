"""Reading a corpus by the reader of a model."""

from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp_models.tagging.dataset_readers import Conll2003DatasetReader

from datnet_allennlp.evaluation.batches import read_set


def test_a_file_that_the_reader_cannot_read(tmp_path: Path) -> None:
    """An archive may have any reader, and its own errors."""
    path = tmp_path / "two.conll"
    path.write_text("Mia\tB-PER\n")
    message = (
        r"two.conll: found a file that the reader of the model .Conll2003.* cannot read .Value"
    )
    with pytest.raises(ConfigurationError, match=message):
        read_set(Conll2003DatasetReader(), str(path))
