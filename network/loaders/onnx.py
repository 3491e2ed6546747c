"""``.onnx``: a graph of operations, of which litnet follows the ones that make a plain network.

Gemm, and MatMul with Add, are fully connected layers; Relu, Sigmoid, Tanh, LeakyRelu, Gelu, Softmax
their activations; Identity, Flatten, Reshape and Dropout change nothing that matters here. The
graph is data, and no operation is run.
"""

from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from network.errors import InputError, printable
from network.loaders.common import (
    DAMAGE,
    Anything,
    Options,
    Steps,
    damaged,
    installed,
    limited,
    limited_parameters,
    load_apart,
    not_filmable,
    optional,
)
from network.mlp import MLP

PLAIN = {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Identity": "identity"}


EXPECTED = "a graph in one file"


def load(file: Path, options: Options) -> MLP:
    """Raises InputError if the file is damaged or not a network that litnet can film."""
    installed("onnx", "onnx")
    return load_apart("onnx", file, options, "ONNX", EXPECTED)


def parse(file: Path, options: Options) -> MLP:
    """The same as ``load``, in this process, whose memory a hostile file may fill."""
    onnx = optional("onnx", "onnx")
    numpy_helper = optional("onnx.numpy_helper", "onnx")
    message = optional("google.protobuf.message", "onnx")
    options.refuse("an ONNX graph")
    limited(file.stat().st_size)
    try:
        graph = onnx.load_model_from_string(file.read_bytes()).graph
        return _Walk(onnx, numpy_helper, graph).mlp()
    except InputError:
        raise
    except (*DAMAGE, message.Error) as error:
        raise damaged("ONNX", EXPECTED) from error


class _Walk:
    """From the graph's input along its nodes to its output."""

    def __init__(self, onnx: Any, numpy_helper: Any, graph: Any) -> None:
        self._onnx, self._numpy_helper, self._graph = onnx, numpy_helper, graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._arrays: dict[str, Anything] = {}
        self._flat = False
        self._steps = Steps()

    def mlp(self) -> MLP:
        graph = self._graph
        inputs = [value for value in graph.input if value.name not in self._constants]
        if len(inputs) != 1 or len(graph.output) != 1:
            raise not_filmable(
                f"a graph of {len(inputs)} inputs and {len(graph.output)} outputs (not one each)"
            )
        current = inputs[0].name
        self._flat = len(inputs[0].type.tensor_type.shape.dim) <= 2
        for node in graph.node:
            kind = printable(node.op_type, 80)
            if node.domain not in ("", "ai.onnx"):
                raise not_filmable(f"the operation {printable(node.domain, 80)}.{kind}")
            settings = {a.name: self._onnx.helper.get_attribute_value(a) for a in node.attribute}
            names = [name for name in node.input if name]
            if kind == "Constant" and "value" in settings:
                self._constants[node.output[0]] = settings["value"]
                continue
            if kind in ("Identity", "Transpose") and names and names[0] in self._constants:
                self._constant_of(kind, settings, names[0], node.output[0])
                continue
            flowing = [name for name in names if name not in self._constants]
            if flowing != [current]:
                raise not_filmable(f"{kind} with {len(flowing)} inputs in a branch")
            self._step(kind, settings, [name for name in names if name != current], names, current)
            current = node.output[0]
        if current != graph.output[0].name:
            raise not_filmable("an output that is not the end of the graph")
        return self._steps.mlp()

    def _constant_of(self, kind: str, settings: dict[str, Any], name: str, output: str) -> None:
        array = self._array(name)
        if kind == "Transpose":
            array = array.transpose(settings.get("perm"))
        self._constants[output] = self._constants[name]
        self._arrays[output] = array

    def _step(
        self, kind: str, settings: dict[str, Any], constants: list[str], names: list[str], data: str
    ) -> None:
        """One operation on the data: ``constants`` are its other inputs' names."""
        steps = self._steps
        if kind in ("Gemm", "MatMul"):
            if not self._flat and not steps.begun:
                raise not_filmable(f"{kind} on inputs that are not flat")
            if names[0] != data or settings.get("transA", 0):
                raise not_filmable(f"{kind} whose first factor is not the data")
            matrix = self._array(constants[0])
            if matrix.ndim != 2:
                raise not_filmable(f"{kind} with an array of shape {matrix.shape}")
            weights = matrix if settings.get("transB", 0) else matrix.T
            bias = self._bias(constants[1], len(weights)) if len(constants) > 1 else None
            steps.linear(weights, bias, settings.get("alpha", 1.0), settings.get("beta", 1.0))
        elif kind == "Add":
            array = self._array(constants[0])
            if not steps.add(self._bias(constants[0], array.shape[-1] if array.ndim else 1)):
                raise not_filmable("Add that is not a layer's bias")
        elif kind in PLAIN:
            steps.activation(PLAIN[kind])
        elif kind == "LeakyRelu":
            steps.activation(f"leaky_relu:{settings.get('alpha', 0.01):g}")
        elif kind == "Gelu":
            if settings.get("approximate", b"none") != b"none":
                raise not_filmable("Gelu by the approximation with tanh")
            steps.activation("gelu")
        elif kind == "Softmax":
            if settings.get("axis", -1) not in (-1, 1):
                raise not_filmable(f"Softmax along axis {settings['axis']}")
            steps.activation("softmax")
        elif kind == "Flatten":
            if settings.get("axis", 1) != 1:
                raise not_filmable(f"Flatten from axis {settings['axis']}")
            self._flat = True
        elif kind == "Reshape":
            shape = self._array(constants[0])
            if shape.size != 2 and steps.begun:
                raise not_filmable(f"Reshape to {shape.size} dimensions between layers")
            self._flat = shape.size == 2
        elif kind != "Dropout":
            raise not_filmable(f"the operation {kind}")

    def _array(self, name: str) -> Anything:
        if name not in self._arrays:
            tensor = self._constants[name]
            if tensor.data_location == self._onnx.TensorProto.EXTERNAL:
                raise InputError(
                    f"found '{printable(name, 80)}' in another file, expected all weights in this "
                    "one: torch.onnx.export(..., external_data=False)"
                )
            limited_parameters(prod(tensor.dims))
            self._arrays[name] = np.asarray(self._numpy_helper.to_array(tensor))
        return self._arrays[name]

    def _bias(self, name: str, n_out: int) -> Anything:
        """Gemm's C and Add's other summand may be (n_out,), (1, n_out), (1,) or a number."""
        array = self._array(name)
        if array.size not in (1, n_out) or array.shape[-1:] not in ((n_out,), (1,), ()):
            raise not_filmable(f"a bias of shape {array.shape} for {n_out} neurons")
        flat = array.reshape(-1)
        return np.repeat(flat, n_out) if flat.size == 1 else flat
