import itertools
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance, Vocabulary
from allennlp.data.fields import MetadataField

from datnet_allennlp.data.data_loaders import OrderedDataLoader
from datnet_allennlp.data.dataset_readers import ConllColumnsReader, MultiResourceReader
from datnet_allennlp.data.samplers import ResourceBucketSampler

FIXTURES = Path(__file__).parents[3] / "fixtures"
PATHS = {name: str(FIXTURES / name / "train.conll") for name in ("source", "target")}


def loader(num_workers: int, interleave: bool = False, **options: Any) -> OrderedDataLoader:
    readers: dict[str, DatasetReader] = {
        name: ConllColumnsReader(tag_namespace=f"{name}_tags") for name in PATHS
    }
    paths = {name: {"path": path, **options.pop(name, {})} for name, path in PATHS.items()}
    maximum = options.pop("max_instances", None)
    reader = MultiResourceReader(readers, interleave=interleave, max_instances=maximum)
    options.setdefault("batch_sampler", ResourceBucketSampler(8))
    return OrderedDataLoader(reader, paths, num_workers=num_workers, quiet=True, **options)


def origins(instances: Any) -> list[str]:
    return [instance["metadata"].metadata["origin"] for instance in instances]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:This DataLoader will create 3 worker processes")
@pytest.mark.parametrize("num_workers", [1, 2, 3])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"interleave": True},
        {"max_instances_in_memory": 50},
        {"interleave": True, "source": {"max_sentences": 7}},
        {"max_instances": 130},
    ],
)
def test_workers_change_neither_the_instances_nor_their_order(num_workers, options) -> None:
    expected = origins(loader(0, **options).iter_instances())
    assert len(set(expected)) == len(expected) > 60
    assert origins(loader(num_workers, **options).iter_instances()) == expected


@pytest.mark.long
@pytest.mark.parametrize("options", [{}, {"interleave": True, "max_instances_in_memory": 50}])
def test_workers_change_neither_batches_nor_random_numbers(options) -> None:
    def two_epochs(num_workers: int) -> Any:
        random.seed(5)
        torch.manual_seed(5)
        made = loader(num_workers, **options)
        made.index_with(Vocabulary.from_instances(made.iter_instances()))
        batches = [
            [each["origin"] for each in batch["metadata"]] for batch in itertools.chain(made, made)
        ]
        return batches, random.random(), torch.rand(()).item()

    expected = two_epochs(0)
    assert len(expected[0]) > 20
    assert two_epochs(2) == expected


def test_reads_once_what_fits_in_memory(tmp_path) -> None:
    class Counted(DatasetReader):
        def _read(self, file_path):
            with open(tmp_path / "reads", "a") as reads:
                reads.write("read\n")
            yield Instance({"n": MetadataField(1)})

    made = OrderedDataLoader(Counted(), "", batch_size=1, num_workers=1, quiet=True)
    assert [len(list(made.iter_instances())) for _ in range(3)] == [1, 1, 1]
    assert (tmp_path / "reads").read_text() == "read\n"


def test_an_error_in_a_worker_is_the_error(tmp_path) -> None:
    bad = tmp_path / "bad.conll"
    bad.write_text("Mira\tB-PER\nHolm\tI-LOC\n")
    with pytest.raises(ConfigurationError, match=f"^{bad}:2: found 'I-LOC' after 'B-PER'"):
        OrderedDataLoader(ConllColumnsReader(), str(bad), batch_size=4, num_workers=2, quiet=True)
