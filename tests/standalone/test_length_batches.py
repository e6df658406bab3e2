from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.standalone.length_batches import Size, length_batches

SIZES = st.lists(st.builds(Size, st.integers(1, 60), st.integers(1, 20)), max_size=80)


def test_like_lengths_share_a_batch() -> None:
    sizes = [Size(3, 5), Size(50, 5), Size(2, 5), Size(3, 5), Size(49, 5)]
    assert length_batches(sizes, 100, 10**6) == [[1, 4], [0, 3, 2]]
    assert length_batches(sizes, 97, 10**6) == [[1], [4], [0, 3, 2]]


def test_a_long_token_ends_a_batch() -> None:
    sizes = [Size(4, 3), Size(4, 100), Size(4, 3)]
    assert length_batches(sizes, 100, 10**6) == [[1, 0, 2]]
    assert length_batches(sizes, 100, 800) == [[1, 0], [2]]
    assert length_batches(sizes, 100, 400) == [[1], [0, 2]]


def test_nothing() -> None:
    assert length_batches([], 10, 10) == []


@given(SIZES, st.integers(1, 200), st.integers(1, 2000))
def test_bounds(sizes: list[Size], max_tokens: int, max_characters: int) -> None:
    batches = length_batches(sizes, max_tokens, max_characters)
    assert sorted(index for batch in batches for index in batch) == list(range(len(sizes)))
    for batch in batches:
        padded = len(batch) * max(sizes[index].num_tokens for index in batch)
        widest = max(sizes[index].longest_token for index in batch)
        assert len(batch) == 1 or padded <= max_tokens and padded * widest <= max_characters
