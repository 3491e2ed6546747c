"""``.onnx``: a graph of operations, of which litnet follows the ones that make a plain network.

Gemm, and MatMul with Add, are fully connected layers; Relu, Sigmoid, Tanh, LeakyRelu, Gelu, Softmax
their activations; Sub, Div, Mul and Add before the first layer are taken into it; Identity,
Flatten, Reshape, Squeeze and Dropout change nothing that matters here. What puts a shape together
(Shape, Gather, Unsqueeze, Concat) is followed. The graph is data, and no operation is run on it.
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

MAX_NODES = 1000
MOST_SIDES = 64  # of a shape that is put together in the graph
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
    """From the graph's input along its nodes, in whatever order they stand, to its output."""

    def __init__(self, onnx: Any, numpy_helper: Any, graph: Any) -> None:
        self._onnx, self._numpy_helper, self._graph = onnx, numpy_helper, graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._arrays: dict[str, Anything] = {}
        self._sides: list[int] = []  # the data's, where they are known; -1 where not
        self._steps = Steps()

    @property
    def _flat(self) -> bool:
        return len(self._sides) <= 2

    def mlp(self) -> MLP:
        graph = self._graph
        inputs = [value for value in graph.input if value.name not in self._constants]
        if len(inputs) != 1 or len(graph.output) != 1:
            raise not_filmable(
                f"a graph of {len(inputs)} inputs and {len(graph.output)} outputs (not one each)"
            )
        if len(graph.node) > MAX_NODES:
            raise InputError(f"found {len(graph.node):,} operations, expected at most {MAX_NODES}")
        current = inputs[0].name
        self._sides = [side.dim_value or -1 for side in inputs[0].type.tensor_type.shape.dim]
        shapes = {current: list(self._sides)}
        waiting = self._needed()
        while waiting:
            node = next((node for node in waiting if self._ready(node, shapes)), None)
            if node is None:
                raise not_filmable(
                    f"{printable(waiting[0].op_type, 80)} whose input nothing in the graph gives"
                )
            waiting.remove(node)
            kind = printable(node.op_type, 80)
            if node.domain not in ("", "ai.onnx"):
                raise not_filmable(f"the operation {printable(node.domain, 80)}.{kind}")
            settings = {a.name: self._onnx.helper.get_attribute_value(a) for a in node.attribute}
            names = [name for name in node.input if name]
            output = node.output[0]
            if kind == "Constant":
                self._constant(settings, output)
            elif kind == "Shape" and names[0] in shapes:
                self._keep(output, np.array(shapes[names[0]], dtype=np.int64))
            elif names and all(name in self._constants for name in names):
                self._keep(output, self._small_work(kind, settings, names))
            else:
                flowing = [name for name in names if name not in self._constants]
                if flowing != [current]:
                    raise not_filmable(f"{kind} with {len(flowing)} inputs in a branch")
                constants = [name for name in names if name != current]
                self._step(kind, settings, constants, names, current)
                current = output
                shapes[current] = list(self._sides)
        if current != graph.output[0].name:
            raise not_filmable("an output that is not the end of the graph")
        return self._steps.mlp()

    def _needed(self) -> list[Any]:
        """The nodes that the output depends on, in the order of the file."""
        makers = {name: node for node in self._graph.node for name in node.output if name}
        wanted, seen = [self._graph.output[0].name], set()
        while wanted:
            name = wanted.pop()
            if name in makers and name not in seen:
                seen.add(name)
                wanted += makers[name].input
        return [node for node in self._graph.node if any(name in seen for name in node.output)]

    def _ready(self, node: Any, shapes: dict[str, list[int]]) -> bool:
        return all(not name or name in self._constants or name in shapes for name in node.input)

    def _constant(self, settings: dict[str, Any], output: str) -> None:
        if "value" in settings:
            self._constants[output] = settings["value"]
            return
        for key in ("value_float", "value_floats", "value_int", "value_ints"):
            if key in settings:
                self._keep(output, np.array(settings[key]))
                return
        raise not_filmable("a Constant that is no array")

    def _keep(self, name: str, array: Anything) -> None:
        self._constants[name], self._arrays[name] = None, array

    def _small_work(self, kind: str, settings: dict[str, Any], names: list[str]) -> Anything:
        """What an operation on constants gives: a matrix turned, or the sides of a new shape."""
        arrays = [self._array(name) for name in names]
        first = arrays[0]
        if kind == "Identity":
            return first
        if kind == "Transpose":
            return first.transpose(settings.get("perm"))
        axis = settings.get("axis", 0)
        axes = settings.get("axes", arrays[1].tolist() if len(arrays) > 1 else None)
        if first.size <= MOST_SIDES:
            if kind == "Cast":
                return first
            if kind == "Gather":
                return np.take(first, arrays[1], axis=axis)
            if kind == "Concat" and len(arrays) <= MOST_SIDES:
                return np.concatenate([np.atleast_1d(array) for array in arrays], axis=axis)
            if kind == "Unsqueeze":
                return np.expand_dims(first, tuple(axes or (0,)))
            if kind == "Squeeze":
                return np.squeeze(first, None if axes is None else tuple(axes))
            if kind == "Slice" and len(arrays) >= 3:
                start, stop = (int(array.reshape(-1)[0]) for array in arrays[1:3])
                return first[start:stop]
            if kind == "Mul":
                # A side that is not known makes the product unknown.
                return -np.ones_like(first) if (first < 0).any() else first * arrays[1]
            if kind == "ReduceProd":
                return np.atleast_1d(-1 if (first < 0).any() else first.prod())
        raise not_filmable(f"the operation {kind} on numbers that are no input")

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
            known = self._sides[-1] if self._sides else -1
            if known not in (-1, weights.shape[1]):
                raise not_filmable(
                    f"{kind} of {known:,} numbers with {weights.shape[1]:,} weights each"
                )
            bias = self._bias(constants[1], len(weights)) if len(constants) > 1 else None
            steps.linear(weights, bias, settings.get("alpha", 1.0), settings.get("beta", 1.0))
            self._sides = [-1, len(weights)]
        elif kind in ("Add", "Sub", "Mul", "Div") and not steps.begun:
            self._scaled(kind, self._array(constants[0]), names[0] == data)
        elif kind in ("Sub", "Mul", "Div"):
            raise not_filmable(f"{kind} after the first layer")
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
            self._sides = [self._sides[0] if self._sides else -1, self._product(self._sides[1:])]
        elif kind == "Reshape":
            shape = self._array(constants[0])
            if shape.size != 2 and steps.begun:
                raise not_filmable(f"Reshape to {shape.size} dimensions between layers")
            self._sides = [int(n) if n > 0 else -1 for n in shape.reshape(-1)[:MOST_SIDES]]
        elif kind in ("Squeeze", "Unsqueeze"):
            axes = settings.get("axes", self._array(constants[0]).tolist() if constants else [])
            if steps.begun:
                raise not_filmable(f"{kind} between layers")
            if kind == "Unsqueeze":
                self._sides += [1] * len(axes)  # what is flat is made flat again
            elif axes:
                left = {axis % max(1, len(self._sides)) for axis in axes}
                self._sides = [n for k, n in enumerate(self._sides) if k not in left]
            else:
                self._sides = [n for n in self._sides if n != 1]
        elif kind not in ("Dropout", "Cast"):
            raise not_filmable(f"the operation {kind}")

    def _product(self, sides: list[int]) -> int:
        return -1 if any(n < 0 for n in sides) else prod(sides)

    def _scaled(self, kind: str, array: Anything, data_first: bool) -> None:
        """The input times, through, plus or less a constant, before the first layer."""
        value = np.asarray(array, dtype=np.float64)
        if value.size == 1:
            value = value.reshape(())
        else:
            sides = self._sides[1:]
            if self._product(sides) < 0:
                raise not_filmable(f"{kind} with {value.shape} on an input of unknown size")
            if value.ndim > len(sides):
                value = value.reshape(value.shape[value.ndim - len(sides) :])
            try:
                value = np.broadcast_to(value, sides).reshape(-1)
            except ValueError as error:
                what = f"{kind} that is not a layer's bias" if kind == "Add" else kind
                raise not_filmable(f"{what}, with {array.shape}, on {sides}") from error
        if kind == "Add":
            self._steps.scaled(1.0, value)
        elif kind == "Mul":
            self._steps.scaled(value, 0.0)
        elif kind == "Sub":
            self._steps.scaled(*((1.0, -value) if data_first else (-1.0, value)))
        elif data_first and (value != 0).all():
            self._steps.scaled(1 / value, 0.0)
        else:
            raise not_filmable("Div by the data, or by 0")

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
