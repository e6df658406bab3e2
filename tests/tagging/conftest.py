import pytest

from datnet_allennlp import Tagger


@pytest.fixture(scope="session")
def tagger(archive) -> Tagger:
    return Tagger.load(archive)
