from typing import Dict, List, Optional

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder

from datnet_allennlp.modules.bilstm import BiLstm
from datnet_allennlp.modules.encoders import SharedPrivateEncoder
from datnet_allennlp.modules.gradient_reversal import ConstantReversal

MASK = torch.tensor([[True, True, True], [True, False, False]])


def bilstm(hidden_size: int, input_size: int = 3) -> Dict[str, object]:
    return {"type": "bilstm", "input_size": input_size, "hidden_size": hidden_size}


def make_encoder(
    shared: Optional[dict] = None, source: Optional[dict] = None, target: Optional[dict] = None
) -> SharedPrivateEncoder:
    torch.manual_seed(0)
    config = {
        "type": "shared_private",
        "shared": shared or bilstm(2),
        "private": {"source": source or bilstm(1), "target": target or bilstm(1)},
    }
    encoder = Seq2SeqEncoder.from_params(Params(config))
    assert isinstance(encoder, SharedPrivateEncoder)
    return encoder


def trained(encoder: SharedPrivateEncoder) -> List[str]:
    """The parts all of whose parameters have a gradient; no part may be trained by halves."""
    parts = {"shared": encoder.shared, **dict(encoder.private.items())}
    names = []
    for name, part in parts.items():
        touched = {p.grad is not None and bool(p.grad.any()) for p in part.parameters()}
        assert len(touched) == 1
        if touched.pop():
            names.append(name)
    return names


@pytest.mark.parametrize("resource", ["source", "target"])
def test_the_output_is_private_and_then_shared(resource: str) -> None:
    encoder = make_encoder()
    inputs = torch.randn(2, 3, 3)
    encoded = encoder(inputs, MASK, resource=resource)
    private = encoder.private[resource]
    assert isinstance(private, BiLstm)
    assert torch.equal(encoded[..., :2], private(inputs, MASK))
    assert torch.equal(encoded[..., 2:], encoder.shared(inputs, MASK))
    assert torch.equal(encoder.shared_part(encoded), encoder.shared(inputs, MASK))


@pytest.mark.parametrize("resource", ["source", "target"])
def test_a_batch_trains_its_own_and_the_shared_part(resource: str) -> None:
    encoder = make_encoder()
    encoder(torch.randn(2, 3, 3), MASK, resource=resource).sum().backward()
    assert trained(encoder) == ["shared", resource]


@pytest.mark.parametrize("resource", ["source", "target"])
def test_the_discriminator_trains_the_shared_part_alone(resource: str) -> None:
    encoder = make_encoder()
    encoded = encoder(torch.randn(2, 3, 3), MASK, resource=resource)
    ConstantReversal(0.5)(encoder.shared_part(encoded)).sum().backward()
    assert trained(encoder) == ["shared"]


def test_dimensions() -> None:
    encoder = make_encoder()
    assert encoder.get_input_dim() == 3
    assert encoder.get_shared_dim() == 4
    assert encoder.get_output_dim() == 6
    assert encoder.is_bidirectional()


@pytest.mark.parametrize("resource", ["trget", None])
def test_refuses_a_batch_of_an_unknown_resource(resource: Optional[str]) -> None:
    with pytest.raises(ConfigurationError) as error:
        make_encoder()(torch.randn(2, 3, 3), MASK, resource=resource)
    assert str(error.value) == (
        f"encoder.private: found a batch of resource '{resource}', expected one of "
        "['source', 'target']"
    )


def test_refuses_encoders_that_do_not_agree() -> None:
    with pytest.raises(ConfigurationError) as error:
        make_encoder(target=bilstm(1, input_size=5))
    assert "encoder: found input dimensions {'shared': 3, 'source': 3, 'target': 5}" in str(
        error.value
    )
    with pytest.raises(ConfigurationError) as error:
        make_encoder(source=bilstm(4))
    assert "encoder: found private output dimensions {'source': 8, 'target': 2}" in str(error.value)
