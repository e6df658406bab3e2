import copy
import pickle

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Token, Vocabulary
from allennlp.data.batch import Batch
from allennlp.data.fields import SequenceLabelField, TextField
from hypothesis import given
from hypothesis import strategies as st

from datnet_allennlp.data.tag_field import TagField

WORDS = TextField([Token("Mira"), Token("sings")])


@pytest.fixture
def vocabulary() -> Vocabulary:
    vocabulary = Vocabulary()
    vocabulary.add_tokens_to_namespace(["O", "U-PER", "U-LOC"], "target_tags")
    return vocabulary


def test_indexes_and_pads_the_tags_in_their_namespace(vocabulary: Vocabulary) -> None:
    longer = TagField(["U-PER", "O"], WORDS, "target_tags")
    shorter = TagField(["U-LOC"], TextField([Token("Oslo")]), "target_tags")
    batch = Batch([Instance({"tags": longer}), Instance({"tags": shorter})])
    batch.index_instances(vocabulary)
    assert batch.as_tensor_dict({"tags": {"num_tokens": 2}})["tags"].tolist() == [[1, 0], [2, 0]]


def test_counts_the_tags_for_the_vocabulary() -> None:
    instance = Instance({"tags": TagField(["U-PER", "O"], WORDS, "target_tags")})
    vocabulary = Vocabulary.from_instances([instance])
    assert set(vocabulary.get_token_to_index_vocabulary("target_tags")) == {"U-PER", "O"}


def test_names_the_place_of_an_unknown_tag(vocabulary: Vocabulary) -> None:
    field = TagField(["O", "U-ORG"], WORDS, "target_tags", origin="news/dev.conll:17")
    with pytest.raises(ConfigurationError) as error:
        field.index(vocabulary)
    message = str(error.value)
    assert message.startswith("news/dev.conll:17, token 1 ('sings'): found tag 'U-ORG', expected")
    assert "'target_tags': ['O', 'U-LOC', 'U-PER']" in message


def test_does_not_take_an_unknown_tag_for_the_unknown_word(vocabulary: Vocabulary) -> None:
    vocabulary.add_token_to_namespace("O", "padded")
    assert vocabulary.get_token_index("U-PER", "padded") == 1
    with pytest.raises(ConfigurationError, match="a sentence, token 0 .*'U-PER'"):
        TagField(["U-PER", "O"], WORDS, "padded").index(vocabulary)


@given(st.lists(st.lists(st.sampled_from(["O", "U-PER", "U-LOC"]), max_size=6), min_size=1))
def test_has_the_tensors_of_a_sequence_label_field(sentences: list[list[str]]) -> None:
    vocab = Vocabulary(tokens_to_add={"target_tags": ["O", "U-PER", "U-LOC"]})

    def tensors(kind: type[SequenceLabelField], longest: int) -> torch.Tensor:
        fields = [
            kind(tags, TextField([Token("w")] * len(tags)), "target_tags") for tags in sentences
        ]
        batch = Batch([Instance({"tags": field}) for field in fields])
        batch.index_instances(vocab)
        return batch.as_tensor_dict({"tags": {"num_tokens": longest}})["tags"]

    for longest in {max(map(len, sentences)), 3}:
        found, expected = tensors(TagField, longest), tensors(SequenceLabelField, longest)
        assert found.dtype == expected.dtype and torch.equal(found, expected)


def test_travels_and_compares(vocabulary: Vocabulary) -> None:
    field = TagField(["U-LOC", "O"], WORDS, "target_tags", "x:3")
    field.index(vocabulary)
    for other in (copy.deepcopy(field), pickle.loads(pickle.dumps(field)), field.duplicate()):
        assert other == field and other.origin == "x:3"
        assert other.as_tensor({"num_tokens": 3}).tolist() == [2, 0, 0]
    assert field != TagField(["U-LOC", "O"], WORDS, "target_tags", "x:3")


def test_refuses_what_a_sequence_label_field_refuses() -> None:
    with pytest.raises(ConfigurationError, match="don't match: 1 and 2"):
        TagField(["O"], WORDS, "target_tags")
    with pytest.raises(ConfigurationError, match="all strings or all ints"):
        TagField(["O", 1], WORDS, "target_tags")  # type: ignore[list-item]
    with pytest.raises(ConfigurationError, match="not indexed"):
        TagField(["O", "O"], WORDS, "target_tags").as_tensor({"num_tokens": 2})


def test_gives_the_vocabulary_all_tags_those_that_occur_first() -> None:
    all_tags = ["O", "U-ORG", "U-PER", "U-LOC"]

    def field(*tags: str) -> Instance:
        words = TextField([Token("w") for _ in tags])
        return Instance({"tags": TagField(list(tags), words, "target_tags", all_tags=all_tags)})

    # Most frequent first; of equally frequent ones, the one that occurs first.
    vocabulary = Vocabulary.from_instances([field("U-LOC", "O"), field("O", "U-PER"), field("O")])
    assert list(vocabulary.get_token_to_index_vocabulary("target_tags")) == [
        "O",
        "U-LOC",
        "U-PER",
        "U-ORG",
    ]
