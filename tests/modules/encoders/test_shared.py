import torch
from allennlp.common import Params
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder

from datnet_allennlp.modules.bilstm import BiLstm
from datnet_allennlp.modules.encoders import SharedEncoder

CONFIG = {
    "type": "shared",
    "shared": {"type": "bilstm", "input_size": 3, "hidden_size": 2},
}
MASK = torch.tensor([[True, True, True], [True, False, False]])


def make_encoder() -> SharedEncoder:
    torch.manual_seed(0)
    encoder = Seq2SeqEncoder.from_params(Params(CONFIG).duplicate())
    assert isinstance(encoder, SharedEncoder) and isinstance(encoder.shared, BiLstm)
    return encoder


def test_all_resources_have_one_encoder() -> None:
    encoder = make_encoder()
    inputs = torch.randn(2, 3, 3)
    expected = encoder.shared(inputs, MASK)
    for resource in ("source", "target", None):
        assert torch.equal(encoder(inputs, MASK, resource=resource), expected)


def test_the_shared_part_is_everything() -> None:
    encoder = make_encoder()
    encoded = encoder(torch.randn(2, 3, 3), MASK, resource="target")
    assert torch.equal(encoder.shared_part(encoded), encoded)


def test_every_resource_trains_all_of_it() -> None:
    for resource in ("source", "target"):
        encoder = make_encoder()
        encoder(torch.randn(2, 3, 3), MASK, resource=resource).sum().backward()
        assert all(p.grad is not None and p.grad.any() for p in encoder.parameters())


def test_dimensions() -> None:
    encoder = make_encoder()
    assert encoder.get_input_dim() == 3
    assert encoder.get_output_dim() == encoder.get_shared_dim() == 4
    assert encoder.is_bidirectional()
