import logging
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import BatchSampler, Instance, Token, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.fields import MetadataField, TextField
from allennlp.data.token_indexers import SingleIdTokenIndexer

from datnet_allennlp.data.dataset_readers import ConllColumnsReader, MultiResourceReader
from datnet_allennlp.data.indexed_text_field import IndexedTextField
from datnet_allennlp.data.samplers import ResourceBucketSampler

FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    state = random.getstate()
    random.seed(7)
    yield
    random.setstate(state)


def sentence(resource: str, num_tokens: int) -> Instance:
    tokens = TextField([Token("w")] * num_tokens, {"tokens": SingleIdTokenIndexer()})
    return Instance({"tokens": tokens, "resource": MetadataField(resource)})


def corpus(num_source: int = 83, num_target: int = 21) -> list[Instance]:
    """Mixed up, with lengths from 1 to 40."""
    resources = ["source"] * num_source + ["target"] * num_target
    instances = [sentence(resource, random.randint(1, 40)) for resource in resources]
    random.shuffle(instances)
    return instances


def epoch(sampler: BatchSampler, instances: list[Instance]) -> list[tuple[str, list[int]]]:
    """The batches of an epoch, each with its one resource."""
    batches = []
    for indices in sampler.get_batch_indices(instances):
        [resource] = {instances[i]["resource"].metadata for i in indices}
        batches.append((resource, indices))
    assert len(batches) == sampler.get_num_batches(instances)
    return batches


def uses(batches: list[tuple[str, list[int]]], wanted: str) -> Counter:
    """How often each sentence of a resource is used."""
    return Counter(i for resource, indices in batches for i in indices if resource == wanted)


def indices_of(instances: list[Instance], resource: str) -> list[int]:
    return [i for i, each in enumerate(instances) if each["resource"].metadata == resource]


@pytest.mark.parametrize("num_source, num_target", [(83, 21), (80, 16), (1, 50), (0, 9), (8, 1)])
def test_each_sentence_once_by_default(num_source: int, num_target: int) -> None:
    instances = corpus(num_source, num_target)
    batches = epoch(ResourceBucketSampler(batch_size=8), instances)
    assert sorted(i for _, batch in batches for i in batch) == list(range(len(instances)))
    assert len(batches) == -(-num_source // 8) + -(-num_target // 8)
    assert max(len(batch) for _, batch in batches) <= 8


@pytest.mark.parametrize("rate, num_batches", [(0.3, 3), (0.01, 1), (1.0, 11), (2.5, 28), (3, 33)])
def test_rate_is_the_share_of_batches(rate: float, num_batches: int) -> None:
    instances = corpus()
    batches = epoch(ResourceBucketSampler(8, rates={"source": rate}), instances)
    assert Counter(resource for resource, _ in batches) == {"source": num_batches, "target": 3}
    times = uses(batches, "source")
    whole, rest = divmod(num_batches, 11)
    if whole:
        assert sorted(times) == indices_of(instances, "source")
    assert set(times.values()) <= {whole, whole + 1} - {0}
    more = sum(count == whole + 1 for count in times.values())
    # All batches are full but the one of the longest three sentences.
    assert more in (8 * rest, max(0, 8 * rest - 5))
    assert set(uses(batches, "target").values()) == {1}


def test_a_rate_of_0_leaves_a_resource_out() -> None:
    instances = corpus()
    sampler = ResourceBucketSampler(8, rates={"source": 0.0})
    assert {resource for resource, _ in epoch(sampler, instances)} == {"target"}
    assert sampler.get_num_batches(instances) == 3
    sampler = ResourceBucketSampler(8, rates={"source": 0.0, "target": 0})
    with pytest.raises(ConfigurationError, match="rates: found 0 for every resource, expected"):
        sampler.get_num_batches(instances)


def test_a_low_rate_goes_through_other_sentences_in_each_epoch() -> None:
    instances = corpus()
    sampler = ResourceBucketSampler(8, rates={"source": 0.3})
    epochs = [epoch(sampler, instances) for _ in range(30)]
    assert uses(epochs[0], "source") != uses(epochs[1], "source")
    seen = {i for batches in epochs for i in uses(batches, "source")}
    assert seen == set(indices_of(instances, "source"))


def test_a_batch_holds_sentences_of_similar_length() -> None:
    instances = corpus(160, 0)
    lengths = [len(instance["tokens"]) for instance in instances]
    exact = epoch(ResourceBucketSampler(8, padding_noise=0.0), instances)
    by_shortest = sorted([lengths[i] for i in batch] for _, batch in exact)
    assert [length for batch in by_shortest for length in sorted(batch)] == sorted(lengths)

    def padding(batches: list[tuple[str, list[int]]]) -> int:
        return sum(
            max(lengths[i] for i in batch) - lengths[j] for _, batch in batches for j in batch
        )

    noisy = epoch(ResourceBucketSampler(8), instances)
    shuffled = [("source", list(range(k, k + 8))) for k in range(0, 160, 8)]
    assert padding(exact) < padding(noisy) < padding(shuffled) / 3


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
def test_max_tokens_bounds_each_batch_with_its_padding(noise: float) -> None:
    instances = corpus(160, 0)
    instances.append(sentence("source", 130))
    for instance in instances:
        instance.index_fields(Vocabulary())
    sampler = ResourceBucketSampler(16, padding_noise=noise, max_tokens=100)
    numbers = set()
    for _ in range(10):
        batches = [indices for _, indices in epoch(sampler, instances)]
        assert sorted(i for batch in batches for i in batch) == list(range(161))
        numbers.add(len(batches))
        lengths = [[len(instances[i]["tokens"]) for i in batch] for batch in batches]
        assert [130] in lengths
        lengths.remove([130])
        assert all(len(batch) * max(batch) <= 100 for batch in lengths)
        assert max(map(len, lengths)) > 4
        if noise == 0:
            # None could have taken the shortest sentence of the next one too.
            lengths.sort(key=lambda batch: (min(batch), max(batch), -len(batch)))
            for batch, longer in zip(lengths, lengths[1:], strict=False):
                more = [*batch, min(longer)]
                assert len(more) > 16 or len(more) * max(more) > 100
    assert len(numbers) == 1


def test_max_tokens_counts_word_pieces() -> None:
    class Letters(SingleIdTokenIndexer):
        """Has as many ids as there are letters, under the name that a transformer's have."""

        def tokens_to_indices(self, tokens, vocabulary):
            return {"token_ids": [0] * sum(len(token.text) for token in tokens)}

        def get_empty_token_list(self):
            return {"token_ids": []}

    def of(word: str) -> Instance:
        field = IndexedTextField([Token(word)] * 2, {"words": Letters()})
        instance = Instance({"tokens": field, "resource": MetadataField("source")})
        instance.index_fields(Vocabulary())
        return instance

    instances = [of("w" * length) for length in [1, 1, 1, 1, 5, 5, 5, 10]]
    sampler = ResourceBucketSampler(8, padding_noise=0.0, max_tokens=20)
    batches = [sorted(indices) for _, indices in epoch(sampler, instances)]
    assert sorted(batches) == [[0, 1, 2, 3], [4, 5], [6], [7]]


def test_batches_differ_from_epoch_to_epoch_and_follow_the_seed() -> None:
    instances = corpus()
    sampler = ResourceBucketSampler(8, rates={"source": 0.5})
    random.seed(1)
    first, second = epoch(sampler, instances), epoch(sampler, instances)
    random.seed(1)
    assert epoch(sampler, instances) == first
    assert {frozenset(batch) for _, batch in first} != {frozenset(batch) for _, batch in second}


def test_resources_are_interleaved_at_random() -> None:
    instances = corpus(80, 80)
    orders = set()
    for _ in range(20):
        order = "".join(resource[0] for resource, _ in epoch(ResourceBucketSampler(8), instances))
        assert order.count("s") == order.count("t") == 10
        assert "st" in order and "ts" in order
        orders.add(order)
    assert len(orders) > 15
    first = Counter(order[0] for order in orders)
    assert first["s"] > 2 and first["t"] > 2


@pytest.mark.parametrize("tail, kept_back", [(0.3, 3), (1.0, 10), (0.0, 0)])
def test_tail_is_kept_for_the_end(tail: float, kept_back: int) -> None:
    instances = corpus(80, 80)
    sampler = ResourceBucketSampler(8, tail={"target": tail})
    last = []
    for _ in range(10):
        batches = epoch(sampler, instances)
        assert sorted(i for _, batch in batches for i in batch) == list(range(160))
        assert all(resource == "target" for resource, _ in batches[len(batches) - kept_back :])
        last.append(batches[len(batches) - kept_back - 1][0])
    # Before the tail the other batches are mixed as ever.
    assert set(last) == ({"source"} if tail == 1.0 else {"source", "target"})


def test_tail_of_a_rate() -> None:
    instances = corpus(80, 80)
    sampler = ResourceBucketSampler(8, rates={"target": 2.0}, tail={"target": 0.5})
    batches = epoch(sampler, instances)
    assert set(uses(batches, "target").values()) == {2}
    assert [resource for resource, _ in batches[-10:]] == ["target"] * 10


def test_logs_how_many_sentences_an_epoch_holds(caplog: pytest.LogCaptureFixture) -> None:
    sampler = ResourceBucketSampler(8, rates={"source": 0.5, "target": 2.0})
    with caplog.at_level(logging.INFO, logger="datnet_allennlp"):
        list(sampler.get_batch_indices(corpus(80, 21)))
    assert sorted(caplog.messages) == [
        "This epoch holds 40 sentences of resource 'source' (it has 80), in 5 batches.",
        "This epoch holds 42 sentences of resource 'target' (it has 21), in 6 batches.",
    ]


def test_works_in_a_data_loader_of_two_resources() -> None:
    params = {"type": "resource_bucket", "batch_size": 16, "rates": {"source": 0.3, "target": 2}}
    readers = {name: ConllColumnsReader(tag_namespace=f"{name}_tags") for name in params["rates"]}
    loader = MultiProcessDataLoader(
        MultiResourceReader(readers),
        {name: str(FIXTURES / f"{name}/train.conll") for name in readers},
        batch_sampler=BatchSampler.from_params(Params(params)),
        num_workers=2,
        quiet=True,
    )
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    for _ in range(2):
        batches = list(loader)
        assert len(batches) == len(loader) == 3 + 8
        assert all(len(set(batch["resource"])) == 1 for batch in batches)
        sizes = Counter(name for batch in batches for name in batch["resource"])
        assert sizes == {"source": 48, "target": 120}


def test_needs_the_resource_of_each_instance() -> None:
    sampler = ResourceBucketSampler(8)
    plain = Instance({"tokens": TextField([Token("w")])})
    for call in (sampler.get_num_batches, lambda each: list(sampler.get_batch_indices(each))):
        with pytest.raises(ConfigurationError) as error:
            call([sentence("source", 3), plain])
        assert "found an instance without a resource" in str(error.value)
        assert "expected the instances of a 'multi_resource' reader" in str(error.value)


@pytest.mark.parametrize("key", ["rates", "tail"])
def test_refuses_a_resource_that_the_data_lacks(key: str) -> None:
    sampler = ResourceBucketSampler(8, **{key: {"sorce": 0.5}})
    with pytest.raises(ConfigurationError) as error:
        sampler.get_num_batches(corpus())
    assert f"batch_sampler.{key}: found resource 'sorce'" in str(error.value)
    assert "expected one of those in the training data: ['source', 'target']" in str(error.value)


@pytest.mark.parametrize(
    "options, found",
    [
        ({"max_tokens": 0}, "batch_sampler.max_tokens: found 0, expected at least 1"),
        ({"padding_noise": 1.0}, "padding_noise: found 1.0, expected at least 0, below 1"),
        ({"batch_size": 0}, "batch_sampler.batch_size: found 0, expected at least 1"),
        ({"rates": {"source": -1}}, "rates.source: found -1, expected 0 or more"),
        ({"tail": {"target": 1.1}}, "tail.target: found 1.1, expected 0 to 1"),
        ({"tail": {"target": -0.1}}, "tail.target: found -0.1, expected 0 to 1"),
    ],
)
def test_refuses_values_out_of_range(options: dict, found: str) -> None:
    params = Params({"type": "resource_bucket", "batch_size": 8, **options})
    with pytest.raises(ConfigurationError) as error:
        BatchSampler.from_params(params)
    assert found in str(error.value)
    assert str(error.value).count("batch_sampler.") == 1


def test_a_chunk_is_a_little_epoch_with_what_it_holds() -> None:
    sampler = ResourceBucketSampler(8, rates={"source": 0.5, "target": 2.0}, tail={"target": 0.5})
    for num_source, num_target, expected in (
        (80, 16, {"source": 5, "target": 4}),
        (96, 0, {"source": 6}),
        (1, 95, {"source": 1, "target": 24}),
    ):
        batches = epoch(sampler, corpus(num_source, num_target))
        assert Counter(resource for resource, _ in batches) == expected


def test_the_first_chunk_has_to_hold_all_resources() -> None:
    sampler = ResourceBucketSampler(8, rates={"source": 0.5, "target": 2.0})
    with pytest.raises(
        ConfigurationError, match="found resource 'target'.* set dataset_reader.int"
    ):
        list(sampler.get_batch_indices(corpus(80, 0)))


@pytest.mark.long
@pytest.mark.parametrize("num_workers", [0, 2])
def test_works_in_chunks_of_interleaved_resources(num_workers: int) -> None:
    rates = {"source": 0.5, "target": 2.0}
    readers = {name: ConllColumnsReader(tag_namespace=f"{name}_tags") for name in rates}
    loader = MultiProcessDataLoader(
        MultiResourceReader(readers, interleave=True),
        {name: str(FIXTURES / f"{name}/train.conll") for name in readers},
        batch_sampler=ResourceBucketSampler(4, rates=rates),
        max_instances_in_memory=55,
        num_workers=num_workers,
        quiet=True,
    )
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    # Four chunks of 40 and 15 sentences; by worker, two of them.
    for _ in range(2):
        batches = [batch["resource"] for batch in loader]
        assert all(len(set(batch)) == 1 for batch in batches)
        assert Counter(batch[0] for batch in batches) == {"source": 20, "target": 32}
        if not num_workers:
            assert [len({batch[0] for batch in batches[i : i + 13]}) for i in (0, 13, 26, 39)] == [
                2
            ] * 4


@pytest.mark.parametrize(
    "temperature, source, target", [(1.0, 100, 4), (2.0, 87, 17), (1e9, 52, 52)]
)
def test_mixes_by_size_and_temperature(temperature: float, source: int, target: int) -> None:
    # 800 and 32 sentences, so 104 batches; by the square root 28.28 to 5.66.
    instances = corpus(800, 32)
    sampler = ResourceBucketSampler(batch_size=8, temperature=temperature)
    assert Counter(name for name, _ in epoch(sampler, instances)) == {
        "source": source,
        "target": target,
    }


@pytest.mark.parametrize(
    "options, found", [({"temperature": 0.5}, "0.5,"), ({"rates": {"a": 1.0}}, "2.0 beside rates,")]
)
def test_refuses_a_temperature(options: dict, found: str) -> None:
    with pytest.raises(ConfigurationError, match=f"temperature: found {found} expected 1 or more"):
        ResourceBucketSampler(8, **{"temperature": 2.0, **options})
