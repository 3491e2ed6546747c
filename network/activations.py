"""Activation functions, and the one table that knows them by name.

Every function takes pre-activations ``z`` of shape (..., n) and returns activations of the same
shape and floating type. All are elementwise except softmax, which works along the last axis.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from network.errors import InputError

# float64 for films and checks, float32 inside training.
Floats = npt.NDArray[np.floating[Any]]
Float32 = npt.NDArray[np.float32]


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + e^-z), without overflow: the exponent is never positive."""
    e = np.exp(-np.abs(z))
    value: Floats = np.where(z >= 0, 1, e) / (1 + e)
    return value.astype(z.dtype, copy=False)


def relu(z: Floats) -> Floats:
    """max(0, z)."""
    return np.maximum(z, z.dtype.type(0))


def tanh(z: Floats) -> Floats:
    """(e^z - e^-z) / (e^z + e^-z)."""
    return np.tanh(z)


def leaky_relu(z: Floats, slope: float = 0.01) -> Floats:
    """z where it is positive, ``slope`` z elsewhere (0.01 in PyTorch and ONNX)."""
    return np.where(z > 0, z, z.dtype.type(slope) * z)


def _normal_cdf(z: Floats) -> Floats:
    """The share of a normal distribution below z: (1 + erf(z / sqrt 2)) / 2."""
    # NumPy has no erf. erfc instead of 1 + erf: no digits are lost far below zero.
    share = np.frompyfunc(lambda x: math.erfc(-x / math.sqrt(2)) / 2, 1, 1)(z)
    return np.asarray(share).astype(z.dtype)


def gelu(z: Floats) -> Floats:
    """z Phi(z), exactly: with the error function, not with the approximation by tanh.

    Hendrycks and Gimpel, 2016; the default of PyTorch, Keras and ONNX.
    """
    value: Floats = z * _normal_cdf(z)
    return value


def _gelu_slope(z: Floats, a: Floats) -> Floats:
    """Phi(z) + z phi(z), phi being the normal density."""
    # Beyond 40 the density is 0 in any float; the limit keeps the square from overflowing.
    density = np.exp(-0.5 * np.minimum(np.abs(z), z.dtype.type(40)) ** 2) / math.sqrt(2 * math.pi)
    return _normal_cdf(z) + z * density.astype(z.dtype, copy=False)


def softmax(z: Floats) -> Floats:
    """e^z / sum(e^z) along the last axis; the maximum is taken off first, against overflow."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    value: Floats = e / e.sum(axis=-1, keepdims=True)
    return value


def identity(z: Floats) -> Floats:
    """z itself."""
    return z


@dataclass(frozen=True, repr=False)
class Activation:
    """An activation function and what the rest of the project needs to know about it.

    ``derivative`` gives da/dz from (z, a), elementwise; None where the Jacobian is not diagonal,
    so that the function can only be trained in the last layer. ``range`` is the open or closed
    interval that activations lie in; ``formula`` is for people.
    """

    name: str
    function: Callable[[Floats], Floats]
    derivative: Callable[[Floats, Floats], Floats] | None
    range: tuple[float, float]
    formula: str

    def backward(self, z: Floats, a: Floats, slope: Floats) -> Floats:
        """dC/dz from ``slope``, dC/da: all of shape (..., n)."""
        if self.derivative is not None:
            return slope * self.derivative(z, a)
        # The only one is softmax: da_i/dz_j is a_i (1 - a_j) where i is j, else -a_i a_j.
        value: Floats = a * (slope - (slope * a).sum(axis=-1, keepdims=True))
        return value

    def __repr__(self) -> str:
        return f"Activation({self.name}: {self.formula})"


def _leaky(slope: float) -> Activation:
    name = "leaky_relu" if slope == 0.01 else f"leaky_relu:{slope:g}"
    return Activation(
        name,
        partial(leaky_relu, slope=slope),
        lambda z, a: np.where(z > 0, 1, slope).astype(z.dtype),
        (-inf, inf),
        f"z > 0: z, else {slope:g} z",
    )


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, lambda z, a: a * (1 - a), (0.0, 1.0), "1 / (1 + e^-z)"),
        Activation(
            "tanh", tanh, lambda z, a: 1 - a * a, (-1.0, 1.0), "(e^z - e^-z) / (e^z + e^-z)"
        ),
        Activation("relu", relu, lambda z, a: (z > 0).astype(z.dtype), (0.0, inf), "max(0, z)"),
        _leaky(0.01),
        # The lowest value, at z = -0.7518: no closed form.
        Activation("gelu", gelu, _gelu_slope, (-0.16997121, inf), "z (1 + erf(z / sqrt 2)) / 2"),
        Activation("softmax", softmax, None, (0.0, 1.0), "e^z_i / sum_j e^z_j"),
        Activation("identity", identity, lambda z, a: np.ones_like(z), (-inf, inf), "z"),
    )
}


def get_activation(name: str) -> Activation:
    """The activation called ``name``.

    A leaky_relu with another slope than 0.01 has the slope in its name: ``leaky_relu:0.3``.
    Raises InputError if the table does not know the name.
    """
    if isinstance(name, str):
        if name in ACTIVATIONS:
            return ACTIVATIONS[name]
        slope = re.fullmatch(r"leaky_relu:(\d{1,3}(?:\.\d{1,9})?|\d(?:\.\d{1,9})?e-\d{1,2})", name)
        if slope and 0 <= float(slope[1]) < 1:
            return _leaky(float(slope[1]))
    raise InputError(f"unknown activation {name!r}, expected one of {', '.join(ACTIVATIONS)}")
