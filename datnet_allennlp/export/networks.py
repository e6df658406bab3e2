"""
Networks in ONNX. They are written operator by operator: torch's exporter unrolls what this needs to
leave open, the number of tokens, and ONNX's LSTM knows the length of each sentence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder
from allennlp.modules.token_embedders import Embedding

from datnet_allennlp.extras import require
from datnet_allennlp.modules.bilstm import BiLstm
from datnet_allennlp.modules.character_cnn import CharacterCnn
from datnet_allennlp.modules.encoders import SharedEncoder, SharedPrivateEncoder

# All operators used are in it, and any onnxruntime of the last years knows it.
_OPSET = 17
# torch orders the gates of an LSTM as input, forget, cell, output; ONNX as these of them.
_GATES = [0, 3, 1, 2]


class Graph:
    """
    A graph to which operators are added; each gives the name of its output.

    # Parameters

    needed_by : `str`
        What an error about a missing package begins with.
    """

    def __init__(self, needed_by: str) -> None:
        self._onnx = require("onnx", "export", needed_by)
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def constant(self, values: Any, dtype: Any = numpy.float32) -> str:
        """A tensor, or an array, of fixed values."""
        array = values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else values
        name = f"constant{len(self._constants)}"
        self._constants[name] = self._onnx.numpy_helper.from_array(
            numpy.ascontiguousarray(array, dtype=dtype), name
        )
        return name

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        name = f"{operator.lower()}{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, [name], **attributes))
        return name

    def finish(
        self, inputs: Mapping[str, tuple[Any, Sequence[str | int]]], output: str, width: int
    ) -> bytes:
        """
        The model.

        # Parameters

        inputs : `Mapping[str, tuple[Any, Sequence[str | int]]]`
            For each input its numpy type and its shape, with names for what is open.
        output : `str`
        width : `int`
            The last dimension of the output.
        """
        helper = self._onnx.helper

        def value(name: str, dtype: Any, shape: Any) -> Any:
            element = helper.np_dtype_to_tensor_dtype(numpy.dtype(dtype))
            return helper.make_tensor_value_info(name, element, shape)

        [first, *_] = inputs.values()
        graph = helper.make_graph(
            self._nodes,
            "datnet",
            [value(name, *described) for name, described in inputs.items()],
            [value(output, numpy.float32, [*first[1][:-1], width])],
            list(self._constants.values()),
        )
        # The oldest format that has the operators, for runtimes older than this onnx.
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8
        )
        self._onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString()
        return content


def emissions_network(encoder: Seq2SeqEncoder, projection: torch.nn.Linear, resource: str) -> bytes:
    """
    From `vectors`, shape `(batch_size, num_tokens, word_dim)`, and `lengths`, shape
    `(batch_size,)`, to the emissions, shape `(batch_size, num_tokens, num_tags)`.

    Raises `ConfigurationError`, naming the component, for an encoder that is no `bilstm`.
    """
    graph = Graph("model.encoder")
    if isinstance(encoder, SharedPrivateEncoder):
        # What `encoder.private` is, `SharedPrivateEncoder.forward` says: [private; shared].
        parts = {f"private.{resource}": encoder.private[resource], "shared": encoder.shared}
    elif isinstance(encoder, SharedEncoder):
        parts = {"shared": encoder.shared}
    else:
        raise refused("model.encoder", encoder, "'shared' or 'shared_private'")
    tokens_first = graph.add("Transpose", "vectors", perm=[1, 0, 2])
    encoded = []
    for name, part in parts.items():
        if not isinstance(part, BiLstm):
            raise refused(f"model.encoder.{name}", part, "'bilstm'")
        encoded.append(_bilstm(graph, tokens_first, part))
    together = graph.add("Concat", *encoded, axis=2)
    weighted = graph.add("MatMul", together, graph.constant(projection.weight.t()))
    output = graph.add("Add", weighted, graph.constant(projection.bias))
    dim = int(encoder.get_input_dim())
    inputs = {
        "vectors": (numpy.float32, ("batch_size", "num_tokens", dim)),
        "lengths": (numpy.int32, ("batch_size",)),
    }
    return graph.finish(inputs, output, projection.out_features)


def characters_network(embedding: Embedding, encoder: CharacterCnn) -> bytes:
    """
    From `characters`, shape `(num_words, num_characters)`, 0 for padding behind at least one, to
    the encodings, shape `(num_words, output_dim)`.
    """
    graph = Graph("model.text_field_embedder")
    is_padding = graph.add("Equal", "characters", graph.constant([0], numpy.int64))
    is_character = graph.add("Cast", graph.add("Not", is_padding), to=1)  # to float32
    mask = graph.add("Unsqueeze", is_character, graph.constant([1], numpy.int64))
    vectors = graph.add("Gather", graph.constant(embedding.weight), "characters")
    vectors = graph.add("Mul", graph.add("Transpose", vectors, perm=[0, 2, 1]), mask)
    maxima = []
    for convolution in encoder.convolutions:
        assert isinstance(convolution, torch.nn.Conv1d) and convolution.bias is not None
        [size] = convolution.kernel_size
        pads = [size - 1, size - 1]
        weights = map(graph.constant, (convolution.weight, convolution.bias))
        windows = graph.add("Conv", vectors, *weights, pads=pads)
        # Only windows that touch a character count.
        touched = graph.add("Conv", mask, graph.constant(numpy.ones((1, 1, size))), pads=pads)
        touches = graph.add("Greater", touched, graph.constant(0.5))
        lowest = graph.constant(numpy.finfo(numpy.float32).min)
        windows = graph.add("Where", touches, windows, lowest)
        maxima.append(graph.add("ReduceMax", windows, axes=[2], keepdims=0))
    output = graph.add("Tanh", graph.add("Concat", *maxima, axis=1))
    inputs = {"characters": (numpy.int64, ("num_words", "num_characters"))}
    return graph.finish(inputs, output, encoder.get_output_dim())


def refused(place: str, found: object, expected: str) -> ConfigurationError:
    return ConfigurationError(
        f"{place}: found {type(found).__name__}, which cannot be exported, expected {expected}"
    )


def _bilstm(graph: Graph, tokens_first: str, part: BiLstm) -> str:
    hidden = part.lstm.hidden_size
    by_direction = part.lstm.all_weights  # of each: input, recurrent, two biases

    def stacked(index: int) -> numpy.ndarray:
        gates = [
            weights[index].detach().cpu().numpy().reshape(4, hidden, -1)[_GATES]
            for weights in by_direction
        ]
        return numpy.stack(gates).reshape(2, 4 * hidden, -1)

    biases = numpy.concatenate([stacked(2), stacked(3)], axis=1).squeeze(-1)
    constants = map(graph.constant, (stacked(0), stacked(1), biases))
    encoded = graph.add(
        "LSTM", tokens_first, *constants, "lengths", hidden_size=hidden, direction="bidirectional"
    )
    # (num_tokens, direction, batch_size, hidden) to (batch_size, num_tokens, 2 * hidden)
    encoded = graph.add("Transpose", encoded, perm=[2, 0, 1, 3])
    return graph.add("Reshape", encoded, graph.constant([0, 0, 2 * hidden], numpy.int64))
