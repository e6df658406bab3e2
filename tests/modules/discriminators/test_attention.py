import pytest
import torch
from allennlp.common import Lazy, Params
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2vec_encoders import BagOfEmbeddingsEncoder, Seq2VecEncoder

from datnet_allennlp.modules.discriminators import AttentionDiscriminator, ResourceDiscriminator


def by_hand(discriminator: AttentionDiscriminator, sentence: torch.Tensor) -> torch.Tensor:
    """u . sum_t a_t h_t + c with a_t = softmax_t(v . tanh(W h_t + b)), token by token."""
    w, b = discriminator.hidden.weight, discriminator.hidden.bias
    v = discriminator.score.weight[0]
    u, c = discriminator.projection.weight[0], discriminator.projection.bias[0]
    scores = [torch.exp(v @ torch.tanh(w @ h + b)) for h in sentence]
    total = torch.zeros_like(sentence[0])
    for score, h in zip(scores, sentence, strict=True):
        total = total + score / sum(scores) * h
    return u @ total + c


def mask_of(lengths: list, num_tokens: int) -> torch.Tensor:
    return torch.arange(num_tokens) < torch.tensor(lengths).unsqueeze(1)


def test_equals_the_formula_by_hand() -> None:
    torch.manual_seed(0)
    discriminator = AttentionDiscriminator(4, attention_dim=3).double()
    lengths = [1, 6, 3]
    encoded = torch.randn(3, 6, 4).double()
    logits = discriminator(encoded, mask_of(lengths, 6))
    assert logits.shape == (3,)
    for logit, sentence, length in zip(logits, encoded, lengths, strict=True):
        torch.testing.assert_close(logit, by_hand(discriminator, sentence[:length]))


def test_padding_gets_no_weight() -> None:
    torch.manual_seed(1)
    discriminator = AttentionDiscriminator(4)
    # A score at padding that would win all attention, and encodings that would show.
    discriminator.score.weight.data *= 100
    encoded = torch.randn(2, 5, 4)
    mask = mask_of([3, 1], 5)
    noisy = torch.where(mask.unsqueeze(-1), encoded, 1e6).requires_grad_()
    logits = discriminator(noisy, mask)
    logits.sum().backward()
    assert torch.equal(logits, discriminator(encoded, mask))
    assert noisy.grad is not None
    assert noisy.grad[~mask].eq(0).all()
    assert noisy.grad[mask].ne(0).all()


def test_a_sentence_without_tokens_reads_as_zero() -> None:
    torch.manual_seed(2)
    discriminator = AttentionDiscriminator(4)
    encoded = torch.randn(2, 3, 4)
    logits = discriminator(encoded, mask_of([0, 3], 3))
    assert torch.equal(logits[:1], discriminator.projection.bias)


def test_attention_dim_is_input_dim_by_default() -> None:
    assert AttentionDiscriminator(7).hidden.out_features == 7
    assert AttentionDiscriminator(7, attention_dim=2).hidden.out_features == 2


def test_another_encoder_makes_the_vector_of_the_sentence() -> None:
    torch.manual_seed(3)
    discriminator = AttentionDiscriminator(4, encoder=Lazy(BagOfEmbeddingsEncoder)).double()
    lengths = [2, 5]
    encoded = torch.randn(2, 5, 4).double()
    logits = discriminator(encoded, mask_of(lengths, 5))
    weight, bias = discriminator.projection.weight[0], discriminator.projection.bias[0]
    for logit, sentence, length in zip(logits, encoded, lengths, strict=True):
        torch.testing.assert_close(logit, weight @ sentence[:length].sum(0) + bias)


@pytest.mark.parametrize("encoder", ["boe", "lstm", "cnn", "cls_pooler"])
def test_an_encoder_by_name_needs_no_width(encoder: str) -> None:
    assert encoder in Seq2VecEncoder.list_available()
    sizes = {"lstm": {"hidden_size": 3}, "cnn": {"num_filters": 2, "ngram_filter_sizes": [1, 2]}}
    config = {"type": "grad", "encoder": {"type": encoder, **sizes.get(encoder, {})}}
    discriminator = ResourceDiscriminator.from_params(Params(config), input_dim=4)
    assert discriminator(torch.randn(2, 5, 4), mask_of([2, 5], 5)).shape == (2,)


def test_an_encoder_of_another_width_is_named() -> None:
    config = Params({"type": "cross_entropy", "encoder": {"type": "boe", "embedding_dim": 5}})
    with pytest.raises(
        ConfigurationError, match=r"discriminator\.encoder: found .* 5 values, expected 4 "
    ):
        ResourceDiscriminator.from_params(config, input_dim=4)


def test_dropout_is_on_what_the_discriminator_reads_in_training_alone() -> None:
    torch.manual_seed(4)
    discriminator = AttentionDiscriminator(400, encoder=Lazy(BagOfEmbeddingsEncoder), dropout=0.5)
    discriminator.projection.weight.data.fill_(1.0)
    discriminator.projection.bias.data.zero_()
    encoded, mask = torch.ones(50, 3, 400), mask_of([3] * 50, 3)
    logits = discriminator(encoded, mask)
    # 1,200 ones, each doubled or dropped: mean 1,200, standard deviation 34.6.
    assert logits.std() > 10
    assert logits.mean().item() == pytest.approx(1200, abs=5 * 34.6 / 50**0.5)
    assert discriminator.eval()(encoded, mask).eq(1200).all()
