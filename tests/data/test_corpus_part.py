import pytest
from allennlp.common.checks import ConfigurationError
from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.data.corpus_part import CorpusPart


def part(take: str, share: float = 0.2, **keys: object) -> CorpusPart:
    return CorpusPart.of({"path": "a", "part": {"share": share, "take": take, "seed": 1}, **keys})


def test_a_path_or_a_list_is_all_of_it() -> None:
    for data_path, paths in (("a", ["a"]), (["a", "b"], ["a", "b"])):
        whole = CorpusPart.of(data_path)
        assert whole.is_whole and not whole.is_start and whole.paths == paths
        assert whole.chosen(3) == [0, 1, 2]
    assert CorpusPart.of({"path": ["a", "b"]}).paths == ["a", "b"]


def test_what_stands_in_the_configuration_stays_there():
    keys = {"path": "a", "part": {"share": 0.5, "take": "rest"}}
    CorpusPart.of(keys)
    assert keys == {"path": "a", "part": {"share": 0.5, "take": "rest"}}


@given(
    st.integers(2, 200), st.floats(0.01, 0.99), st.integers(0, 3), st.none() | st.integers(2, 90)
)
def test_the_two_parts_are_the_sample(
    total: int, share: float, seed: int, max_sentences: int | None
) -> None:
    keys = {"max_sentences": max_sentences, "sample_seed": seed}
    sample = CorpusPart.of({"path": "a", **keys}).chosen(total)
    held_out = part("held_out", share, **keys).chosen(total)
    rest = part("rest", share, **keys).chosen(total)
    assert held_out and rest
    assert sorted(held_out + rest) == sample
    assert held_out == sorted(held_out) and rest == sorted(rest)
    assert abs(len(held_out) - len(sample) * share) <= 1


def test_a_fifth_of_ten_is_two_drawn_at_random() -> None:
    assert len(part("held_out", max_sentences=10).chosen(1000)) == 2
    assert (
        len({tuple(part("held_out", sample_seed=s, max_sentences=10).chosen(99)) for s in range(9)})
        > 5
    )


@pytest.mark.parametrize(
    "keys, message",
    [
        ({}, r"found the keys \[\], expected 'path'"),
        ({"path": "a", "sample": 3}, "Extra parameters passed to CorpusPart: {'sample': 3}"),
        ({"path": []}, "empty list"),
        ({"path": "a", "max_sentences": 0}, "max_sentences: found 0, expected at least 1"),
        ({"path": "a", "fraction": 0.0}, "fraction: found 0.0, expected above 0"),
        ({"path": "a", "max_sentences": 1, "fraction": 0.5}, "both max_sentences and fraction"),
        ({"path": "a", "part": {"share": 1.0, "take": "rest"}}, "part.share: found 1.0"),
        ({"path": "a", "part": {"share": 0.2, "take": "dev"}}, "part.take: found 'dev'"),
    ],
)
def test_refuses_what_makes_no_sense(keys: dict, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        CorpusPart.of(keys)


def test_one_sentence_cannot_be_parted() -> None:
    with pytest.raises(ConfigurationError, match="found 1 sentence"):
        part("rest").chosen(1)


@pytest.mark.parametrize("keys", [{"max_sentences": 10}, {"fraction": 0.3, "sample_seed": 4}])
def test_the_complement_is_what_is_left_out(keys: dict) -> None:
    chosen = CorpusPart.of({"path": "a", **keys}).chosen(50)
    complement = CorpusPart.of({"path": "a", "complement": True, **keys})
    assert not complement.is_whole and not complement.is_start
    assert sorted(chosen + complement.chosen(50)) == list(range(50))
    assert not set(chosen) & set(complement.chosen(50))


def test_a_complement_that_is_empty() -> None:
    with pytest.raises(ConfigurationError, match=r"complement: found that all 9 .*\['a'\]"):
        CorpusPart.of({"path": "a", "max_sentences": 10, "complement": True}).chosen(9)
